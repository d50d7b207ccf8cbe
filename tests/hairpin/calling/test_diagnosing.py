"""A call's explanation rests on a diagnosis that was read, or that was made beside it, in virtual time."""

import asyncio
import dataclasses
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

import nat
import relay
import signaling
from hairpin.calling.diagnosing import PATIENCE, asked_of, read_diagnosis
from hairpin.calling.plan import CallPlan, Diagnoses, Picture
from hairpin.calling.results import CallResult
from hairpin.calling.run import STOPPED, run_call
from hairpin.calling.screen import Screen
from hairpin.diagnosis.htmlreport import page
from nat.discovery import Report, encode, judge
from nat.discovery.document import encode_report
from nat.simulator import Simulation
from nat.simulator.loop import VirtualLoop
from peer import meet, parse_servers
from peer.explanation import Cause, Source
from stunwire import Address
from tests.nat.discovery.homes import serve_at
from tests.nat.discovery.simulated import diagnose

SERVER, OTHER = Address("198.51.100.1", 3478), Address("198.51.100.2", 3479)
URL = f"ws://{SERVER.host}:80{signaling.PATH}"
MADE = Diagnoses(make=True)
TINY = Picture(160, 120, 1)


def diagnosed(behavior: nat.Behavior, external: str = "203.0.113.1") -> Report:
    return judge(diagnose(behavior, externals=(external,)).evidence)


@pytest.mark.parametrize("kind", ["evidence", "report", "page"])
def test_what_hairpin_nat_gives_out_is_read(kind: str, tmp_path: Path) -> None:
    report = diagnosed(nat.SYMMETRIC)
    texts = {
        "evidence": lambda: encode(report.evidence).decode(),
        "report": lambda: encode_report(report).decode(),
        "page": lambda: page(report),
    }
    file = tmp_path / "diagnosis"
    file.write_text(texts[kind]())
    assert read_diagnosis(file) == report


def test_a_file_that_is_none_is_a_line_and_an_end(tmp_path: Path, capsys: Any) -> None:
    with pytest.raises(typer.Exit):
        read_diagnosis(tmp_path / "nowhere.json")
    assert "cannot read" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("urls", "asked"),
    [
        (["stun:a.example", "stun:b.example:3479"], ["a.example", "b.example"]),
        (["stun:a.example", "turn:t.example"], ["a.example"]),
        (["turn:t.example", "turn:t.example?transport=tcp"], ["t.example"]),
        (["turns:t.example"], []),
        ([], []),
    ],
)
def test_the_calls_own_servers_are_asked(urls: list[str], asked: list[str]) -> None:
    servers = parse_servers([signaling.IceServer(tuple(urls), "name", "word")])
    assert [each.host for each in asked_of(servers)] == asked


@dataclasses.dataclass
class Called:
    """What came of a call, the virtual seconds from the other's leaving to its end, and when that was."""

    result: CallResult
    lasting: float
    ended: float


def call(plan: CallPlan, behavior: nat.Behavior, *, staying: float, servers: bool = True) -> Called:
    """Call from behind a NAT; somebody comes, stays so long, and leaves."""
    simulation = Simulation(1, start_spread=0.0, trace_limit=0)
    far = simulation.host("far", SERVER.host, addresses=(OTHER.host,))
    home = simulation.nat("home", behavior, external="203.0.113.1")
    for place in (far, home):
        simulation.link(place, latency=0.0125)
    alice, bob = home.host("alice"), simulation.host("bob")
    left = 0.0

    async def signals(ready: asyncio.Event) -> None:
        ice = signaling.IceSettings((f"stun:{SERVER.host}:3478",) if servers else ())
        async with signaling.serve(signaling.Settings(ice=ice), SERVER.host, 80):
            ready.set()
            await asyncio.Event().wait()

    async def guest() -> None:
        nonlocal left
        async with meet(URL, "room", name="bob") as session:
            await session.connected()
            await asyncio.sleep(staying)
        left = simulation.now

    async def main() -> Called:
        settings = relay.Settings(listen=(SERVER,), alternate=OTHER)
        ready = [asyncio.Event(), asyncio.Event()]
        async with asyncio.TaskGroup() as group:
            serving = [
                far.start(group, serve_at(settings, ready[0])),
                far.start(group, signals(ready[1])),
            ]
            for each in ready:
                await each.wait()
            calling = alice.start(group, run_call(plan, Screen(plan)))
            await asyncio.sleep(0.5)
            bob.start(group, guest())
            result = await calling
            ended = simulation.now
            for task in serving:
                task.cancel()
        return Called(result, ended - left, ended)

    return simulation.run(main(), deadline=60)


def planned(**more: Any) -> CallPlan:
    return CallPlan(room="room", url=URL, name="alice", picture=TINY, quiet=True, **more)


def test_a_diagnosis_beside_a_call_is_in_its_explanation() -> None:
    called = call(planned(diagnoses=MADE), nat.PORT_RESTRICTED_CONE, staying=4.0)
    explanation = called.result.explanation
    assert explanation is not None
    local = explanation.nats[0]
    assert (local.mapping.words, local.filtering.words) == (
        "endpoint-independent",
        "address-and-port-dependent",
    )
    assert local.filtering.source is Source.DIAGNOSIS
    document = called.result.as_document()["explanation"]["nats"]["local"]["diagnosis"]
    assert document["external"] == ["203.0.113.1"]
    assert called.lasting < 0.5


def test_the_router_is_asked_as_it_alone_knows_of_a_second_nat() -> None:
    speaking = dataclasses.replace(
        nat.PORT_RESTRICTED_CONE, port_mapping=frozenset({nat.PortMapping.NAT_PMP})
    )
    for behavior, double in ((speaking, False), (nat.PORT_RESTRICTED_CONE, None)):
        called = call(planned(diagnoses=MADE), behavior, staying=4.0)
        explained = called.result.as_document()["explanation"]["nats"]["local"]
        assert explained["diagnosis"]["double"] is double


def test_the_end_waits_for_it_no_longer_than_a_moment_and_takes_what_is_known() -> None:
    plain = call(planned(), nat.PORT_RESTRICTED_CONE, staying=0.0)
    called = call(planned(diagnoses=MADE), nat.PORT_RESTRICTED_CONE, staying=0.0)
    assert called.result.connected
    assert called.lasting - plain.lasting <= PATIENCE + 0.4
    assert called.result.explanation is not None
    assert called.result.explanation.nats[0].diagnosed is not None
    assert plain.result.explanation is not None
    assert plain.result.explanation.nats[0].diagnosed is None


def test_a_call_that_is_stopped_is_explained_at_once_with_what_is_known_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times: list[float] = []

    def interrupt(loop: VirtualLoop, number: int, stop: Callable[[], None]) -> None:
        if number == signal.SIGINT:
            loop.call_later(6.0, lambda: (times.append(loop.time()), stop()))

    monkeypatch.setattr(VirtualLoop, "add_signal_handler", interrupt)
    called = call(planned(diagnoses=MADE), nat.PORT_RESTRICTED_CONE, staying=8.0)
    assert called.result.reason == STOPPED
    assert called.ended - times[0] < 1
    assert called.result.explanation is not None
    assert called.result.explanation.nats[0].filtering.source is Source.DIAGNOSIS


def test_without_a_stun_server_nothing_is_diagnosed_and_nobody_else_is_asked(capsys: Any) -> None:
    plan = dataclasses.replace(planned(diagnoses=MADE), quiet=False)
    called = call(plan, nat.FULL_CONE, staying=0.2, servers=False)
    assert called.result.explanation is not None
    assert called.result.explanation.nats[0].diagnosed is None
    assert "the call has no STUN server" in capsys.readouterr().err


def test_a_diagnosis_that_was_read_counts_or_is_set_aside_in_words() -> None:
    good, stale = diagnosed(nat.RESTRICTED_CONE), diagnosed(nat.SYMMETRIC, "203.0.113.77")
    called = call(planned(diagnoses=Diagnoses(good)), nat.RESTRICTED_CONE, staying=0.0)
    assert called.result.explanation is not None
    assert called.result.explanation.nats[0].filtering.words == "address-dependent"
    called = call(planned(diagnoses=Diagnoses(stale)), nat.RESTRICTED_CONE, staying=0.0)
    assert called.result.explanation is not None
    causes = {one.cause for one in called.result.explanation.findings}
    assert Cause.DIAGNOSIS_SET_ASIDE in causes
