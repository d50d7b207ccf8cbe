"""Reports and evidence made by hand, and the command as a person types it."""

from typing import Any

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from hairpin.commands import app
from nat import Dependence, Pooling, PortMapping, Refresh
from nat.discovery import (
    Evidence,
    FamilyReport,
    Grade,
    Outcome,
    Partner,
    Report,
    ServerReport,
    Verdict,
    Way,
    Wish,
)
from nat.discovery.findings import known, not_tested, unknown
from nat.discovery.report import PortRule, RelayReport, Span
from nat.discovery.surroundings import Attempt, GatewayProbe, Means, SizeProbe
from nat.discovery.transactions import (
    Answer,
    Purpose,
    Rung,
    Socket,
    Timer,
    Transaction,
    Transport,
)
from stunwire import Address, Family

runner = CliRunner()
EI, AD, APD = Dependence


def run(*arguments: str, **environment: str) -> Any:
    """Run `hairpin nat`, on a wide terminal without colours."""
    return runner.invoke(
        app, ["nat", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1", **environment}
    )


@pytest.fixture
def run_nat() -> Any:
    return run


def family(**changed: Any) -> FamilyReport:
    """IPv4 behind a home router, of which everything is known or has a reason."""
    found: dict[str, Any] = {
        "family": Family.IPV4,
        "local": "192.168.1.10",
        "external": ("203.0.113.7",),
        "udp": known(value=True, why="3 of 3 requests were answered", tests=3, servers=2),
        "translated": known(value=True, why="the external address is not ours"),
        "mapping": known(EI, "three destinations saw port 40000", tests=6, servers=2),
        "filtering": known(APD, "no answer came from elsewhere", tests=2),
        "tcp_mapping": not_tested(),
        "hairpinning": unknown("no request came back, and one of three was lost"),
        "pooling": known(Pooling.PAIRED, "one external address", tests=4),
        "ports": PortRule(preserving=known(value=True, why="4 of 4"), delta=known(-2, "4 of 4")),
        "one_shot_lifetime": known(Span(25, 35), "alive after 25 s, gone after 35 s"),
        "stream_lifetime": known(Span(600, None), "alive after 600 s"),
        "refresh": known(Refresh.OUTBOUND, "answers did not keep it alive"),
        "alg": known(value=False, why="both addresses agree"),
        "path_mtu": known(1492, "the largest that was answered"),
    }
    return FamilyReport(**found | changed)


def report(**changed: Any) -> Report:
    """What a diagnosis behind a home router comes to."""
    whole: dict[str, Any] = {
        "verdict": Verdict(
            Outcome.DIRECT_LIKELY,
            Grade.GOOD,
            "Direct connections work with most people, not with those behind a symmetric NAT.",
            ("Let the router open ports (UPnP).", "Have a relay for the rest."),
        ),
        "partners": (
            Partner("home router", "EI/APD", Way.DIRECTLY, "both keep one port"),
            Partner("strict carrier", "APD/APD", Way.THROUGH_A_RELAY, "one NAT changes ports"),
            Partner("IPv6 peer", "", Way.UNKNOWN, "IPv6 was not tested"),
        ),
        "families": (family(),),
        "servers": (
            ServerReport(
                "stun.example.org:3478",
                Address("198.51.100.10", 3478),
                known(value=True, why="it answered"),
                known(value=True, why="it answered from elsewhere"),
                known(value=True, why="all agrees"),
                0.041,
                0.25,
            ),
            ServerReport(
                "[2001:db8::5]:3478", None, unknown("nothing came"), not_tested(), not_tested()
            ),
        ),
        "udp_ports": {443: known(value=False, why="silence")},
        "ways_out": (
            RelayReport(
                "turn.example.org:3478",
                "turn over udp",
                known(value=True, why="allocated"),
                0.052,
                Address("198.51.100.10", 50000),
            ),
        ),
        "captive_portal": known(value=False, why="the page was as expected"),
        "port_mapping": {PortMapping.UPNP: known(value=True, why="it answered")},
        "classic": unknown("it had to be stopped after 20 s"),
        "evidence": Evidence(program="hairpin test", started=1.7e9, elapsed=4.2),
    }
    return Report(**whole | changed)


@pytest.fixture
def home() -> Report:
    return report()


@pytest.fixture
def make_report() -> Any:
    return report


@pytest.fixture
def make_family() -> Any:
    return family


SERVER, ALTERNATE = Address("198.51.100.10", 3478), Address("198.51.100.11", 3479)
MAPPED = Address("203.0.113.7", 40000)


def transaction(purpose: Purpose, trial: int, began: float, *answers: Answer, **more: Any) -> Any:
    given = {"server": "stun.example.org:3478", "socket": 0, "target": SERVER} | more
    return Transaction(purpose=purpose, trial=trial, sent=(began,), answers=answers, **given)


def answer(at: float, source: Address = SERVER, **more: Any) -> Answer:
    return Answer(at=at, **{"socket": 0, "source": source, "xor_mapped": MAPPED} | more)


@pytest.fixture
def packets() -> Evidence:
    """Two mapping tests, filtering from elsewhere and in silence, a refusal, other ways, and a ladder."""
    lifetimes = [
        (15.0, answer(15.1, socket=10)),
        (35.0, answer(35.1, socket=11)),
        (65.0, None),
    ]
    rungs, ladder = [], []
    for trial, (wait, heard) in enumerate(lifetimes, 20):
        rungs.append(Rung(timer=Timer.ONE_SHOT, trial=trial, wait=wait))
        heard_at = () if heard is None else (heard,)
        ladder += [
            transaction(Purpose.LIFETIME_OPEN, trial, 0.0, answer(0.1, socket=10), socket=10),
            transaction(Purpose.LIFETIME_ASK, trial, wait, *heard_at, socket=11),
        ]
    rungs.append(Rung(timer=Timer.STREAM, trial=99, wait=600.0))  # stopped before it was asked
    ladder.append(transaction(Purpose.LIFETIME_OPEN, 99, 0.0, answer(0.1, socket=10), socket=10))
    again = transaction(Purpose.MAPPING_II, 1, 0.2, answer(0.8), target=ALTERNATE)
    return Evidence(
        wishes=(Wish.MAPPING, Wish.FILTERING),
        sockets=(Socket(number=0, transport=Transport.UDP, local=Address("192.168.1.10", 50000)),),
        transactions=(
            transaction(Purpose.MAPPING_I, 1, 0.1, answer(0.14)),
            replace(again, sent=(0.2, 0.7), answers=(answer(0.75, ALTERNATE),)),
            transaction(
                Purpose.FILTERING_II,
                2,
                0.9,
                answer(0.95, ALTERNATE),
                change_ip=True,
                change_port=True,
            ),
            transaction(Purpose.FILTERING_III, 3, 1.0, change_port=True),
            transaction(Purpose.FRAGMENTS, 4, 1.1, answer(1.2, error=420)),
            transaction(Purpose.OTHER_PORT, 5, 1.2, failure="port unreachable"),
            *ladder,
        ),
        rungs=tuple(rungs),
        attempts=(
            Attempt(
                means=Means.TLS, name="example.org:443", began=1.0, reached_at=1.1, finished_at=1.2
            ),
            Attempt(means=Means.TURN_TCP, name="turn.example.org", began=1.0, failure="refused"),
        ),
        sizes=(
            SizeProbe(target=SERVER, size=1500, sent=(2.0, 2.5), told=1492),
            SizeProbe(target=SERVER, size=1492, sent=(3.0,), answered_at=3.1),
        ),
        gateways=(GatewayProbe(protocol=PortMapping.PCP, gateway="192.168.1.1", asked_at=0.1),),
    )
