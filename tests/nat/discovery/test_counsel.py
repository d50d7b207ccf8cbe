"""Each outcome of a prediction has a clause of an RFC, and something to do unless it is well."""

import dataclasses
import re

import pytest

from nat.behavior import Behavior
from nat.choices import Blocking, Hairpinning
from nat.discovery.counsel import counsel
from nat.discovery.findings import known, unknown
from nat.discovery.prediction import Certainty, Path, predict
from nat.discovery.report import FamilyReport, Report
from stunwire import Family
from tests.nat.discovery.sides import APD, EI, NO, YES, elsewhere, side

STRICT, LAX = Behavior(APD, APD), Behavior(EI, EI)
BLOCKED = Behavior(EI, EI, blocking=Blocking.UDP)
TURNS, STOPS = known(Hairpinning.EXTERNAL_SOURCE, ""), known(Hairpinning.NONE, "")
REACHED, REFUSED = {"turn over tls": YES}, {"turn over tls": NO}
SIX = FamilyReport(Family.IPV6, "2001:db8:9::1", udp=YES, translated=NO, filtering=known(APD, ""))
OTHER = {"local": "10.0.0.7", "gateway": "10.0.0.1"}


def six(report: Report, local: str) -> Report:
    return dataclasses.replace(report, families=(dataclasses.replace(SIX, local=local),))


@pytest.mark.parametrize(
    ("one", "other", "clause", "advice"),
    [
        (side(LAX), elsewhere(LAX), "REQ-1", ""),
        (side(), elsewhere(), "REQ-12", "relay"),
        (side(clashes=YES), elsewhere(forgets=NO), "REQ-11", "let the other one call"),
        (side(forgets=NO), elsewhere(clashes=YES), "REQ-11", "drop unsolicited"),
        (side(udp=unknown("silent")), elsewhere(), "RFC 5780", "other servers"),
        (side(mapping=unknown("lost")), elsewhere(), "REQ-8", "two addresses"),
        (side(STRICT), elsewhere(), "REQ-8", "open a port"),
        (side(BLOCKED), elsewhere(), "RFC 8656", "443"),
        (side(BLOCKED, relays=REACHED), elsewhere(), "RFC 8656", "that was reached"),
        (side(BLOCKED, relays=REFUSED), elsewhere(), "RFC 8656", "let TCP"),
        (side(print_="a0b"), side(local="192.168.1.3", print_="a0b"), "RFC 8445", "isolation"),
        (side(), side(local="192.168.1.3"), "RFC 8445", "UPnP"),
        (
            side(LAX, print_="a0b", hairpinning=TURNS),
            side(LAX, local="192.168.1.3", print_="a0b"),
            "REQ-9",
            "",
        ),
        (side(LAX, hairpinning=TURNS), side(LAX, **OTHER), "REQ-9", ""),
        (side(hairpinning=STOPS), side(), "REQ-9", "one network"),
        (side(STRICT, hairpinning=TURNS), side(STRICT), "REQ-9", "full cone"),
        (six(side(), "2001:db8:1::1"), six(side(), "2001:db8:2::1"), "REQ-1", ""),
        (six(side(), "2001:db8:1::1"), elsewhere(), "RFC 8656 §7.2", "IPv6"),
    ],
)  # fmt: skip
def test_why_and_what_to_do_is_said_of_each_outcome(
    one: Report, other: Report, clause: str, advice: str
) -> None:
    found = predict(one, other)
    beside = counsel(found, one, other)
    assert clause in beside.clause
    assert all(
        re.fullmatch(r"RFC \d+ §[\d.]+( REQ-\d+)?", each) for each in beside.clause.split(", ")
    )
    assert advice in beside.advice
    assert bool(beside.advice) is (
        found.certainty is not Certainty.CERTAIN or found.path in {Path.RELAY, Path.NONE}
    )
    assert found.sentence.count(". ") == 1
