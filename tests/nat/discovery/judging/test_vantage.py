"""A server in a private network tells nothing of the internet, and takes nothing from one that does."""

import msgspec
import pytest

from nat.choices import Dependence
from nat.discovery.document import encode as encode_report
from nat.discovery.evidence import Evidence
from nat.discovery.foretold import Certainty, Path
from nat.discovery.judging import judge
from nat.discovery.judging.vantage import is_public
from nat.discovery.onenat import share_address
from nat.discovery.openness import Openness, openness_of
from nat.discovery.prediction import predict
from nat.discovery.report import Grade, Outcome, Report, Way
from stunwire import Address
from tests.nat.discovery.judging.playing import APD, EI, OUTSIDE, Played, PlayedServer

ROUTER, NEXT = "192.168.77.1", "192.168.77.5"


def within(host: str = ROUTER, local: str = "192.168.77.2", filtering: Dependence = EI) -> Evidence:
    """A server in one's own network was asked, and no other."""
    server = PlayedServer(host=host, second=None)
    return Played(EI, filtering, local=local, outside=(), servers=[server]).diagnose()


def behind_a_nat(outer: str = "192.168.77.2") -> Evidence:
    """A server in the network to which one's own NAT belongs."""
    server = PlayedServer(host=ROUTER, second=NEXT)
    return Played(EI, APD, outside=(outer,), servers=[server]).diagnose()


@pytest.mark.parametrize(
    ("host", "local", "where"),
    [
        (ROUTER, "192.168.77.2", "is in a private network"),
        ("10.0.0.1", "10.0.0.2", "is in a private network"),
        ("172.16.0.1", "172.31.0.2", "is in a private network"),
        ("100.64.0.1", "100.64.0.2", "is in a private network"),
        ("169.254.1.1", "169.254.1.2", "is in a private network"),
        ("fd00::1", "fd00::2", "is in a private network"),
        ("fe80::1", "fe80::2", "is in a private network"),
        ("127.0.0.1", "127.0.0.1", "is on this machine itself"),
        ("::1", "::1", "is on this machine itself"),
        ("198.51.100.1", "10.0.0.2", "sees you at 10.0.0.2, in a private network"),
    ],
)
def test_who_is_seen_within_a_private_network_alone_knows_nothing_of_the_internet(
    host: str, local: str, where: str
) -> None:
    report = judge(within(host, local))
    verdict = report.verdict
    assert (verdict.outcome, verdict.grade) == (Outcome.INCONCLUSIVE, Grade.UNKNOWN)
    said = f"{host} {where}, so it cannot tell how the internet sees you; ask a server on the internet."
    assert said in verdict.sentence
    (family,) = report.families
    for finding in (family.udp, family.translated, family.mapping, family.filtering):
        assert not finding.is_known
    assert (family.carrier_grade.value, family.double.value) == (None, None) or host == "100.64.0.1"
    assert not [
        each for each in report.partners if each.way is Way.DIRECTLY and each.name != "same network"
    ]
    assert openness_of(report) is Openness.UNKNOWN


def test_what_was_measured_of_that_way_stays() -> None:
    report = judge(within())
    (server,) = report.servers
    assert (server.answers.value, server.honest.value, server.loss) == (True, True, 0.0)
    assert server.round_trip == pytest.approx(0.05)
    (family,) = report.families
    assert (family.local, family.external) == ("192.168.77.2", ("192.168.77.2",))
    assert "a private network" in family.mapping.why
    assert encode_report(report)


@pytest.mark.parametrize("host", ["203.0.113.50", "198.51.100.7", "192.0.2.7", "2001:db8::7"])
def test_addresses_of_documentation_are_public_as_in_the_lab(host: str) -> None:
    there = "2001:db8:1::1" if ":" in host else "198.51.100.1"
    report = judge(within(there, host))
    assert report.families[0].translated.value is False
    assert is_public(host)


def test_a_nat_before_a_server_in_a_private_network_is_one_and_its_behaviour_is_known() -> None:
    report = judge(behind_a_nat())
    (family,) = report.families
    assert (family.translated.value, family.mapping.value, family.filtering.value) == (
        True,
        EI,
        APD,
    )
    assert not family.udp.is_known
    assert report.verdict.outcome is Outcome.INCONCLUSIVE


def both(lan: PlayedServer, *others: PlayedServer, loss: float = 0.0) -> Report:
    """One server in one's own network, which sees the own address, and others beyond the NAT."""
    own = Played(EI, EI, local="192.168.1.2", outside=(), servers=[lan]).diagnose()
    whole = Played(APD, APD, outside=(OUTSIDE,), servers=others, loss=loss, seed=5).diagnose()
    first, many = len(own.sockets), 1000
    moved = tuple(
        msgspec.structs.replace(
            each,
            socket=each.socket + first,
            trial=each.trial + many,
            answers=tuple(
                msgspec.structs.replace(one, socket=one.socket + first) for one in each.answers
            ),
        )
        for each in whole.transactions
    )
    sockets = tuple(
        msgspec.structs.replace(each, number=each.number + first) for each in whole.sockets
    )
    return judge(
        Evidence(
            servers=(*own.servers, *whole.servers),
            sockets=(*own.sockets, *sockets),
            transactions=(*own.transactions, *moved),
        )
    )


LAN = PlayedServer("lan", "192.168.1.1", "192.168.1.3")
OUTER = (
    PlayedServer("a", "198.51.100.1", "198.51.100.2"),
    PlayedServer("b", "192.0.2.1", None),
)


@pytest.mark.parametrize("count", [1, 2])
def test_where_one_on_the_internet_answers_what_the_other_sees_says_nothing_of_the_nat(
    count: int,
) -> None:
    report = both(LAN, *OUTER[:count])
    (family,) = report.families
    assert family.external == (OUTSIDE,)
    assert (family.translated.value, family.mapping.value, family.filtering.value) == (
        True,
        APD,
        APD,
    )
    assert report.verdict.outcome is Outcome.RELAY_NEEDED
    assert [each.honest.value for each in report.servers] == [True] * (count + 1)


def test_who_is_on_the_internet_and_says_a_private_address_still_lies() -> None:
    liar = PlayedServer("liar", "192.0.2.9", None, lie=lambda seen: Address("10.9.9.9", seen.port))
    report = judge(Played(EI, APD, servers=[*OUTER, liar]).diagnose())
    assert {each.name: each.honest.value for each in report.servers}["liar"] is False
    assert report.families[0].external == (OUTSIDE,)


def test_two_with_one_private_address_outside_are_not_behind_one_nat() -> None:
    """Home routers are numbered alike."""
    one, other = judge(behind_a_nat()), judge(behind_a_nat())
    assert one.families[0].external == other.families[0].external == ("192.168.77.2",)
    assert not share_address(one, other, one.families[0], other.families[0])


def test_two_of_one_network_who_asked_nobody_else_still_meet_there() -> None:
    here = {"gateway": ROUTER, "gateway_print": "a0b"}
    one, other = (
        judge(msgspec.structs.replace(within(local=local, filtering=APD), **here))
        for local in ("192.168.77.2", "192.168.77.3")
    )
    found = predict(one, other)
    assert (found.path, found.certainty) == (Path.SAME_NETWORK, Certainty.LIKELY)
