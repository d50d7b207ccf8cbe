"""Two behind one NAT: how near they are is known by their routers, and by what the NAT turns back."""

import pytest

from nat.behavior import Behavior
from nat.choices import Blocking, Hairpinning
from nat.discovery.evidence import Wish
from nat.discovery.findings import known
from nat.discovery.prediction import Certainty, Path, predict
from nat.discovery.report import FamilyReport, Report
from stunwire import Family
from tests.nat.discovery.sides import APD, EI, NO, side

CERTAIN, LIKELY, UNCERTAIN = Certainty
OUTSIDE = "192.0.2.1"
"""The address that servers see."""
TURNS = known(Hairpinning.EXTERNAL_SOURCE, "")
KEEPS = known(Hairpinning.INTERNAL_SOURCE, "")
STOPS = known(Hairpinning.NONE, "")
LAX, STRICT = Behavior(EI, EI), Behavior(APD, APD)
HOME, CELLAR = ("192.168.1.2", "192.168.1.1"), ("10.0.0.7", "10.0.0.1")


def at(place: tuple[str, str], behavior: Behavior | None = None, **values: object) -> Report:
    """One with an address of their own, and a router."""
    return side(behavior, local=place[0], gateway=place[1], **values)  # type: ignore[arg-type]


def near(**values: object) -> Report:
    """A neighbour of those at home, or who looks like one."""
    return at(("192.168.1.3", HOME[1]), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "path", "certainty"),
    [
        # the router tells: it is one
        (at(HOME, outer=OUTSIDE), near(outer=OUTSIDE), Path.SAME_NETWORK, LIKELY),
        (at(HOME, outer="100.64.0.9"), near(outer="100.64.0.9"), Path.SAME_NETWORK, LIKELY),
        # it does not
        (at(HOME), near(), Path.SAME_NETWORK, UNCERTAIN),
        (at(HOME), at(HOME), Path.HAIRPIN, UNCERTAIN),
        (at(HOME), at(CELLAR), Path.HAIRPIN, UNCERTAIN),
        # there are two routers
        (at(HOME, outer="100.64.0.9"), near(outer="100.64.0.8"), Path.HAIRPIN, UNCERTAIN),
        (
            at(HOME, outer="100.64.0.9", wishes=(Wish.GATEWAY,)),
            near(wishes=(Wish.GATEWAY,)),
            Path.HAIRPIN,
            UNCERTAIN,
        ),
        # one behind the other
        (at(HOME), at(CELLAR, outer="192.168.1.9"), Path.SAME_NETWORK, LIKELY),
        (at(HOME, outer=OUTSIDE), at(CELLAR, outer="192.168.1.9"), Path.SAME_NETWORK, LIKELY),
        # one next to the NAT that both are behind, as its router tells; the other in a network behind
        (at(CELLAR, outer=OUTSIDE), at(HOME), Path.SAME_NETWORK, LIKELY),
        (at(CELLAR, outer="10.9.9.9"), at(HOME), Path.HAIRPIN, UNCERTAIN),
        # what tells routers from others says whether it is one
        (at(HOME, print_="a0b"), near(print_="a0b"), Path.SAME_NETWORK, LIKELY),
        (at(HOME, print_="a0b"), near(print_="a0c"), Path.HAIRPIN, UNCERTAIN),
        (at(HOME, print_="a0b", hairpinning=STOPS), near(print_="a0c"), Path.RELAY, LIKELY),
        (at(HOME, print_="a0b"), near(), Path.SAME_NETWORK, UNCERTAIN),
        # where guests are kept apart, the NAT brings them together all the same
        (
            at(HOME, LAX, print_="a0b", hairpinning=TURNS),
            near(behavior=LAX, print_="a0b"),
            Path.SAME_NETWORK,
            CERTAIN,
        ),
        (at(HOME, LAX, hairpinning=TURNS), at(CELLAR, LAX), Path.HAIRPIN, CERTAIN),
        # the NAT turns packets back as RFC 4787 asks, or with the source of the inside
        (at(HOME, hairpinning=TURNS), at(CELLAR), Path.HAIRPIN, LIKELY),
        (at(HOME, LAX, hairpinning=TURNS), at(HOME, LAX), Path.HAIRPIN, CERTAIN),
        (at(HOME, STRICT, hairpinning=TURNS), at(HOME, STRICT), Path.RELAY, LIKELY),
        (at(HOME, LAX, hairpinning=KEEPS), at(HOME, LAX), Path.HAIRPIN, UNCERTAIN),
        (at(HOME, hairpinning=KEEPS), at(HOME), Path.RELAY, LIKELY),
        (at(HOME, hairpinning=STOPS), at(HOME), Path.RELAY, LIKELY),
        # it does not, and whether one is behind the other's router is not known
        (at(HOME, hairpinning=STOPS), at(CELLAR), Path.SAME_NETWORK, UNCERTAIN),
    ],
)
def test_two_behind_one_address(
    one: Report, other: Report, path: Path, certainty: Certainty
) -> None:
    for found in (predict(one, other), predict(other, one)):
        assert (found.path, found.certainty) == (path, certainty)
        assert found.sentence.endswith(".")


def test_a_prefix_of_ipv6_is_of_one_network() -> None:
    def six(local: str) -> tuple[FamilyReport, ...]:
        return (FamilyReport(Family.IPV6, local),)

    one = at(HOME, more=six("2001:db8:0:7::1"))
    assert predict(one, near(more=six("2001:db8:0:7::2"))).certainty is LIKELY
    assert predict(one, near(more=six("2001:db8:0:8::2"))).certainty is UNCERTAIN
    link_local = [
        at(place, more=six(f"fe80::{number}")) for number, place in enumerate((HOME, CELLAR))
    ]
    assert predict(*link_local).certainty is UNCERTAIN


def carrier(external: str, behavior: Behavior = LAX, **values: object) -> Report:
    return side(behavior, external=external, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "certainty"),
    [
        ({}, LIKELY),  # may be one carrier's NAT with several addresses
        ({"carrier_grade": NO}, CERTAIN),
        ({"hairpinning": TURNS}, CERTAIN),  # which would turn packets back
    ],
)
def test_addresses_beside_each_other_may_be_of_one_nat(
    values: dict[str, object], certainty: Certainty
) -> None:
    found = predict(carrier("192.0.2.1", **values), carrier("192.0.2.9"))
    assert (found.path, found.certainty) == (Path.DIRECT, certainty)
    assert predict(carrier("192.0.2.1"), carrier("198.51.100.9")).certainty is CERTAIN


def test_masked_addresses_do_not_tell_who_is_behind_one_nat() -> None:
    one, other = carrier("203.0.113.1", anonymous=True), carrier("203.0.113.1", anonymous=True)
    found = predict(one, other)
    assert (found.path, found.certainty) == (Path.DIRECT, LIKELY)


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        (at(HOME, Behavior(EI, EI, blocking=Blocking.UDP)), near(udp=NO), Path.SAME_NETWORK),
        (at(HOME, udp=NO), at(CELLAR, udp=NO), Path.RELAY),
        (at(HOME, udp=NO), near(external="198.51.100.9"), Path.RELAY),
    ],
)
def test_where_no_udp_gets_out_a_network_may_still_be_the_same(
    one: Report, other: Report, path: Path
) -> None:
    found = predict(one, other)
    assert found.path is path
    assert found.certainty is (UNCERTAIN if path is Path.SAME_NETWORK else LIKELY)
