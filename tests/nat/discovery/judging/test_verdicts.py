"""The exit status is right in every kind of silence, and the sentence names the cause."""

import dataclasses

import msgspec
import pytest

import nat
import relay
from nat.choices import Dependence, PortMapping
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.judging import judge
from nat.discovery.plan import Plan, StunServer
from nat.discovery.report import Grade, Outcome
from nat.discovery.surroundings import Attempt, GatewayProbe, Interface, Means
from nat.discovery.transactions import Purpose, Server, Socket, Transaction, Transport
from nat.firewall import SIMPLE_SECURITY, STRICT
from stunwire import Address
from tests.nat.discovery.homes import OTHER6, SERVER6, Home
from tests.nat.discovery.judging.playing import AD, APD, EI, Played, PlayedServer

ETH = Interface(name="eth0", addresses=("192.168.1.2",), is_default=True)
A, B = Address("198.51.100.1", 3478), Address("192.0.2.1", 3478)


@pytest.mark.parametrize(
    ("mapping", "filtering", "outcome", "grade"),
    [
        (EI, EI, Outcome.DIRECT_LIKELY, Grade.EXCELLENT),
        (EI, AD, Outcome.DIRECT_LIKELY, Grade.EXCELLENT),
        (EI, APD, Outcome.DIRECT_LIKELY, Grade.GOOD),
        (AD, AD, Outcome.RELAY_NEEDED, Grade.POOR),
        (APD, APD, Outcome.RELAY_NEEDED, Grade.POOR),
    ],
)
def test_types_have_their_grades(
    mapping: Dependence, filtering: Dependence, outcome: Outcome, grade: Grade
) -> None:
    verdict = judge(Played(mapping, filtering).diagnose()).verdict
    assert (verdict.outcome, verdict.grade) == (outcome, grade)
    assert verdict.sentence.startswith(grade.value.capitalize())


def test_two_ordinary_servers_are_enough_for_a_verdict() -> None:
    servers = [PlayedServer("a", second=None), PlayedServer("b", "192.0.2.1", None)]
    verdict = judge(Played(EI, APD, servers=servers).diagnose()).verdict
    assert verdict.outcome is Outcome.DIRECT_LIKELY
    assert "not known" in verdict.sentence


def silent(
    *targets: Address,
    web: bool | None = None,
    sent: int = 12,
    failure: str = "",
    interrupted: bool = False,
    portal: bool = False,
    interfaces: tuple[Interface, ...] = (ETH,),
) -> Evidence:
    """Nobody answers."""
    attempts = (
        []
        if web is None
        else [
            Attempt(
                means=Means.TCP,
                name="web",
                target=Address("192.0.2.80", 443),
                reached_at=0.1 if web else None,
                failure="" if web else "timed out",
            )
        ]
    )
    if portal:
        attempts.append(
            Attempt(
                means=Means.HTTP, name="page", reached_at=0.1, failure="another page", error=200
            )
        )
    return Evidence(
        interrupted=interrupted,
        interfaces=interfaces,
        servers=tuple(Server(name=each.host, addresses=(each,)) for each in targets),
        sockets=(Socket(number=0, transport=Transport.UDP, local=Address("192.168.1.2", 5)),),
        transactions=tuple(
            Transaction(
                purpose=Purpose.MAPPING_I,
                server=each.host,
                trial=0,
                socket=0,
                target=each,
                sent=tuple(map(float, range(sent))),
                failure=failure,
            )
            for each in targets
        ),
        attempts=tuple(attempts),
    )


SIX = Address("2001:db8::9", 3478)
ETH6 = Interface(name="eth1", addresses=("2001:db8::2",))
UNRESOLVED = Evidence(
    interfaces=(ETH,), servers=(Server(name="nowhere", failure="nowhere: no such name"),)
)


NOWHERE = Evidence(
    interfaces=(ETH,),
    servers=tuple(Server(name=name, failure="no such name") for name in ("a", "b")),
)
MISSPELT = msgspec.structs.replace(
    NOWHERE, servers=tuple(msgspec.structs.replace(each, no_name=True) for each in NOWHERE.servers)
)
HALF = msgspec.structs.replace(NOWHERE, servers=(NOWHERE.servers[0], MISSPELT.servers[1]))
ROUTER = msgspec.structs.replace(
    NOWHERE, gateways=(GatewayProbe(protocol=PortMapping.NAT_PMP, answered_at=0.1),)
)
REFUSED = msgspec.structs.replace(
    silent(A, B),
    attempts=(Attempt(means=Means.TCP, name="web", failure="connection refused", refused=True),),
)
NO_WAY = Evidence(
    interfaces=(ETH,), servers=(Server(name="a", failure="network is unreachable", no_way=True),)
)


@pytest.mark.parametrize(
    ("evidence", "outcome", "words"),
    [
        (silent(A, B, web=True), Outcome.UDP_BLOCKED, "UDP is blocked"),
        (silent(A, B, web=True, portal=True), Outcome.UDP_BLOCKED, "login page"),
        (silent(A, web=True), Outcome.INCONCLUSIVE, "1 server did not answer"),
        (silent(A, B), Outcome.INCONCLUSIVE, "did not answer"),
        (silent(A, B, web=False), Outcome.NO_NETWORK, "nothing gets out"),
        (silent(A, B, web=False, interrupted=True), Outcome.INCONCLUSIVE, "stopped"),
        (
            silent(A, B, web=None, sent=0, failure="network is unreachable", interfaces=()),
            Outcome.NO_NETWORK,
            "unreachable",
        ),
        (silent(A, B, web=None, failure="port unreachable"), Outcome.INCONCLUSIVE, "unreachable"),
        (
            silent(SIX, failure="port unreachable", interfaces=(ETH, ETH6)),
            Outcome.INCONCLUSIVE,
            "port unreachable (2001:db8::9)",
        ),
        (NOWHERE, Outcome.NO_NETWORK, "no name server answers (no such name)"),
        (MISSPELT, Outcome.INCONCLUSIVE, "so there is a network, but it knows no a and no b"),
        (HALF, Outcome.INCONCLUSIVE, "it knows no b"),
        (ROUTER, Outcome.INCONCLUSIVE, "the router answers, but no name server does"),
        (REFUSED, Outcome.INCONCLUSIVE, "did not answer"),
        (NO_WAY, Outcome.NO_NETWORK, "network is unreachable"),
        (UNRESOLVED, Outcome.INCONCLUSIVE, "no such name"),
        (msgspec.structs.replace(UNRESOLVED, interfaces=()), Outcome.NO_NETWORK, "no address"),
        (Evidence(interfaces=(ETH,)), Outcome.INCONCLUSIVE, "no server was asked"),
        (Evidence(interrupted=True, interfaces=(ETH,)), Outcome.INCONCLUSIVE, "stopped"),
        (Evidence(), Outcome.INCONCLUSIVE, "no server was asked"),
    ],
)
def test_silence_has_its_cause(evidence: Evidence, outcome: Outcome, words: str) -> None:
    verdict = judge(evidence).verdict
    assert verdict.outcome is outcome
    assert words in verdict.sentence


@pytest.mark.parametrize(
    ("firewall", "spoken", "names"),
    [
        (STRICT, (PortMapping.PCP, PortMapping.UPNP), "PCP or UPnP"),
        (STRICT, (PortMapping.PCP,), "PCP"),
        (STRICT, (), None),
        (SIMPLE_SECURITY, (PortMapping.PCP,), None),
    ],
    ids=["both", "pcp", "none", "lets everybody in"],
)
def test_a_pinhole_is_advised_where_the_firewall_keeps_out_and_the_router_opens_one(
    firewall: nat.Behavior, spoken: tuple[PortMapping, ...], names: str | None
) -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)
    home.add_ipv6(dataclasses.replace(firewall, port_mapping=frozenset(spoken)))
    wishes = frozenset({Wish.FILTERING, Wish.GATEWAY})
    plan = Plan(servers=(StunServer(SERVER6.host, SERVER6.port),), wishes=wishes)
    settings = relay.Settings(listen=(SERVER6,), alternate=OTHER6)
    report = judge(home.run(collect(plan, AsyncioNetwork()), settings))
    advice = f"let programs open pinholes in the IPv6 firewall by {names}: this router does it"
    assert [each for each in report.verdict.advice if "pinhole" in each] == [advice] * (
        names is not None
    )
