"""Tests of `nat.worlds.simulated`: plans in the simulator."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nat.simulator import DeadlineError
from nat.worlds import PlanError, assemble, build, parse, play

WORLD = """
[nat.home]
behavior = "full-cone"
[host.server]
[host.alice]
network = "home"
run = "{run}"
[host.bob.interfaces]
wifi = {{ network = "home", address = "192.168.1.77" }}
mobile = {{}}
"""


def test_a_world_is_built_as_it_is_planned():
    plan = parse(WORLD.format(run="x") + "[link.bob]\njitter = 1\n[link.bob.mobile]\nloss = 0.5")
    built = assemble(plan)
    bob = built.hosts["bob"]
    assert repr(built.boxes["home"]) == "<Nat home EI/EI 203.0.113.1>"
    assert [one.name for one in bob.node.attachments] == ["wifi", "mobile"]
    assert bob.addresses == ("192.168.1.77", "198.51.100.2")
    qualities = [port.quality for port in bob.ports]
    assert [(one.jitter, one.loss, one.latency) for one in qualities] == [
        (1.0, 0.0, 0.0005), (1.0, 0.5, 0.0005),
    ]  # fmt: skip
    assert [host.name for host in build(plan).hosts] == ["server", "alice", "bob"]


def test_every_kind_of_router_is_built_whatever_the_order():
    plan = parse(
        "[nat.inner]\nnetwork = 'fence'\n[firewall.fence]\nprefix = '100.64.0.0/10'\n"
        "[firewall.six]\nlan = 'inner'\nprefix = '2001:db8:1::/64'\n"
        "[nat.mobile]\nnat64 = '64:ff9b::/96'\n"
        "[host.alice]\nnetwork = 'inner'\n[host.bob]\nnetwork = 'mobile'"
    )
    built = assemble(plan)
    assert [repr(box) for box in built.boxes.values()] == [
        "<Nat64 mobile EI/APD 203.0.113.1>",
        "<Firewall fence APD 100.64.0.0/10>",
        "<Nat inner EI/APD 100.64.0.2>",
        "<Firewall six APD 2001:db8:1::/64>",
    ]
    assert built.hosts["alice"].addresses == ("192.168.1.2", "2001:db8:1::2")
    assert built.hosts["bob"].addresses == ("2001:db8:64::2",)


def test_events_come_at_their_times_in_anybodys_run():
    events = (
        "[[event]]\nat = 3\nmove = 'alice'\nto = 'internet'\n[[event]]\nat = 5\nrenumber = 'home'"
    )
    built = assemble(parse(WORLD.format(run="x") + events))
    alice, home = built.hosts["alice"], built.boxes["home"]

    async def main():
        seen = []
        for until in (2.999, 3.001, 5.001):
            await asyncio.sleep(until - built.simulation.now)
            seen.append((alice.address, *home.external))
        return seen

    assert built.simulation.run(main()) == [
        ("192.168.1.2", "203.0.113.1"),
        ("198.51.100.3", "203.0.113.1"),
        ("198.51.100.3", "203.0.113.2"),
    ]


def test_programs_run_on_their_hosts_and_one_that_fails_stops_no_other():
    async def fine(what="done"):
        await asyncio.sleep(2)
        return what

    async def failing():
        raise ConnectionError("no way")

    text = WORLD.format(run="fine").replace("[host.server]", '[host.server]\nrun = "failing"')
    result = play(parse(text), {"fine": fine, "failing": failing})
    broken, done = result.outcomes
    assert (broken.host, str(broken.error)) == ("server", "no way")
    assert (done.value, done.error, done.ended) == ("done", None, pytest.approx(done.began + 2))
    assert not result.succeeded
    assert result.lasted == done.ended


def test_a_duration_ends_what_is_still_running():
    async def forever():
        while True:
            await asyncio.sleep(1)

    plan = parse("duration = '1 min'\n" + WORLD.format(run="forever"))
    result = play(plan, {"forever": forever})
    (outcome,) = result.outcomes
    assert (outcome.ended, outcome.error, result.lasted) == (None, None, 60.0)
    with pytest.raises(DeadlineError):
        play(parse(WORLD.format(run="forever")), {"forever": forever})


def test_a_program_that_nobody_knows_is_refused_before_anything_runs():
    with pytest.raises(PlanError, match=r"host.alice.run: there is no program 'dance'"):
        play(parse(WORLD.format(run="dance")))


def test_one_seed_gives_the_same_lively_world_in_processes_with_other_hash_seeds():
    def run(hash_seed):
        script = Path(__file__).with_name("lively_world.py")
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, str(script)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    first, second = run("1").stdout, run("2").stdout
    assert first == second
    for reason in ("LOST", "QUEUE_FULL", "BLOCKED", "LINK_DOWN"):
        assert reason in first
