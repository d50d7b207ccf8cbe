"""Tests of `nat.worlds.programs`: what hosts of a world run."""

import asyncio

import pytest

from nat import FULL_CONE
from nat.simulator import Simulation
from nat.worlds import BUILT_IN, PlanError, parse
from nat.worlds import play as play_world
from nat.worlds.programs import PingReport, echo, find_program, mapped, ping, stun

NO_COROUTINE = 5


async def late(seconds: float = 1.0, *, what: str = "x") -> str:
    await asyncio.sleep(seconds)
    return what


def play(server_program, client_program, **link):
    """Run a server and, behind a NAT, a client; gives what the client returned."""
    sim = Simulation()
    server, home = sim.host("server"), sim.nat("home", FULL_CONE, external="203.0.113.7")
    if link:
        sim.link(home, **link)
    alice = home.host("alice")

    async def main():
        async with asyncio.TaskGroup() as group:
            serving = server.start(group, server_program, offset=0)
            try:
                return await alice.run(client_program)
            except TimeoutError as error:
                return error
            finally:
                serving.cancel()

    return sim.run(main())


def test_ping_tells_how_long_answers_take_and_how_many_are_missing():
    report = play(echo(), ping("server", count=3))
    assert report == PingReport(3, report.times)
    assert report.times == pytest.approx((0.041, 0.041, 0.041))
    assert str(report) == "3 sent, 3 answered, 41.0/41.0/41.0 ms"
    silence = play(echo(), ping("server", count=3), loss=1.0)
    assert (silence.lost, str(silence)) == (3, "3 sent, 0 answered")


def test_ping_goes_on_after_a_move():
    plan = parse(
        "[nat.home]\n[host.server]\nrun = 'echo'\n[host.alice]\nnetwork = 'home'\n"
        "run = { program = 'ping', to = 'server', count = 6 }\n"
        "[[event]]\nat = 2.5\nmove = 'alice'\nto = 'internet'"
    )
    assert [outcome.value.lost for outcome in play_world(plan).outcomes if outcome.value] == [0]


def test_echo_serves_streams_as_well():
    async def talk():
        reader, writer = await asyncio.open_connection("server", 7)
        writer.write(b"hello")
        data = await reader.readexactly(5)
        writer.close()
        return data

    assert play(echo(), talk()) == b"hello"


def test_mapped_asks_again_until_it_knows_from_where_it_is_seen():
    host, colon, port = play(stun(), mapped("server")).partition(":")
    assert (host, colon) == ("203.0.113.7", ":")
    assert int(port) >= 1024
    assert play(stun(), mapped("server"), loss=0.5).startswith("203.0.113.7:")


def test_mapped_gives_up_on_a_server_that_is_silent():
    error = play(stun(), mapped("server"), loss=1.0)
    assert str(error) == "server:3478 does not answer"


def test_a_program_is_found_by_its_name_or_in_its_module():
    assert find_program("echo", BUILT_IN) is echo
    assert find_program("nat.worlds.programs:ping", {}) is ping


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ("'dance'", "there is no program 'dance'; allowed: echo, ping, stun, mapped, or \"module:"),
        ("'no.such:thing'", "'no.such:thing' cannot be loaded"),
        ("'nat.worlds.programs:nothing'", "cannot be loaded"),
        ("'nat.worlds.programs:ECHO_PORT'", "allowed: a coroutine function"),
        (
            "'ping'",
            "ping cannot start: missing a required argument: 'to'; allowed: to, port, count",
        ),
        ("{ program = 'ping', to = 'a', speed = 5 }", "unexpected keyword argument 'speed'"),
        ("'echo'", "nothing in this world ever ends"),
    ],
)
def test_what_cannot_run_is_a_fault_of_the_file(run, message):
    with pytest.raises(PlanError) as caught:
        parse(f"[host.a]\nrun = {run}\n", programs=BUILT_IN)
    assert message in str(caught.value)


def test_by_default_a_program_may_be_known_to_the_player_alone():
    assert parse("[host.a]\nrun = 'dance'").hosts[0].programs[0].name == "dance"
