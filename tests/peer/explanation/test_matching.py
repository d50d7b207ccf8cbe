"""A diagnosis counts where ICE saw the same network; the first thing that differs is told."""

import dataclasses
from typing import Any

import pytest

from nat import Dependence, Pooling, Sessions
from peer.explanation import Certainty, Side, networks
from peer.explanation.diagnosed import Diagnosed
from peer.explanation.evidence import Evidence, gather
from peer.explanation.matching import Match, difference

EI, AD, APD = Dependence
S1, S2 = "stun:198.51.100.10", "stun:198.51.100.20"
SAME = Diagnosed(
    4,
    local="192.168.1.2",
    external=("203.0.113.1",),
    udp=True,
    translated=True,
    mapping=(EI,),
    filtering=(APD,),
    clashes=False,
    sessions=Sessions.NONE,
)
ANOTHER_PORT = "203.0.113.1:6007"


def said(evidence: Evidence | None, told: Diagnosed, side: Side = Side.LOCAL) -> str:
    assert evidence is not None
    story = networks.stories(evidence)[side is Side.REMOTE]
    found = difference(Match(evidence.half(side), story, told))
    return "" if found is None else found.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"masked": True}, "masked"),
        ({"udp": False}, "no UDP gets through, and now some did"),
        ({"external": ()}, "no external address"),
        ({"external": ("203.0.113.77",)}, "at 203.0.113.77, and ICE at 203.0.113.1"),
        ({"external": ("203.0.113.1", "203.0.113.77")}, ""),
        ({"local": "10.9.9.9"}, "asked from 10.9.9.9, and ICE sent from 192.168.1.2"),
        ({"translated": False}, "found no NAT, and now there is one"),
        ({"mapping": (APD,)}, "found address-and-port-dependent mapping, and ICE saw endpoint-i"),
        ({"mapping": ()}, ""),
        ({"mapping": (EI, AD)}, ""),
        ({"version": 6}, "no public address of this side"),
    ],
)
def test_what_differs_is_told(failing: Any, changes: dict[str, Any], words: str) -> None:
    told = dataclasses.replace(SAME, **changes)
    found = said(gather(failing.report()), told)
    assert words in found
    assert bool(found) is bool(words)


def test_what_cannot_be_compared_is_unknown_and_what_differs_is_measured(failing: Any) -> None:
    evidence = gather(failing.report())
    assert evidence is not None
    story, _ = networks.stories(evidence)
    cases = {
        Certainty.UNKNOWN: dataclasses.replace(SAME, masked=True),
        Certainty.MEASURED: dataclasses.replace(SAME, mapping=(APD,)),
    }
    for certainty, told in cases.items():
        found = difference(Match(evidence.local, story, told))
        assert found is not None
        assert found.certainty is certainty


def test_a_second_way_out_is_known_by_its_address_but_not_where_addresses_come_from_a_pool(
    failing: Any,
) -> None:
    failing.gather("srflx", "203.0.113.50:6000", "stun:198.51.100.30")
    evidence = gather(failing.report())
    assert "203.0.113.50 as well" in said(evidence, SAME)
    pool = dataclasses.replace(SAME, pooling=Pooling.ARBITRARY)
    assert said(evidence, pool) == ""


@pytest.mark.parametrize(
    ("told", "seen_as", "differs"),
    [
        ({}, ANOTHER_PORT, True),
        ({"clashes": None}, ANOTHER_PORT, True),
        ({"clashes": True}, ANOTHER_PORT, False),  # that is what such a NAT does
        ({"mapping": (APD,)}, "203.0.113.1:6000", True),
        # it may answer where it was asked
        ({"mapping": (APD,), "sessions": None}, "203.0.113.1:6000", False),
        ({"mapping": (APD,), "sessions": Sessions.CONNTRACK}, "203.0.113.1:6000", False),
    ],
)
def test_what_only_a_check_showed_counts_where_no_habit_of_such_nats_explains_it(
    side: Any, told: dict[str, Any], seen_as: str, differs: bool
) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", S1)
    made.remote("srflx", "203.0.113.2:8000")
    made.pair("192.168.1.2:5000", "203.0.113.2:8000", answered=1, seen_as=(seen_as,))
    found = said(gather(made.report()), dataclasses.replace(SAME, **told))
    assert bool(found) is differs
    assert ("for this one" in found) is differs


def test_where_neither_got_anything_through_the_own_address_decides(side: Any) -> None:
    made = side()
    made.fail(S1)
    blocked = Diagnosed(4, local="192.168.1.2", udp=False)
    evidence = gather(made.report())
    assert said(evidence, blocked) == ""
    assert said(evidence, dataclasses.replace(blocked, local="10.0.0.1"))
    assert "no public address" in said(evidence, SAME)
    assert "no public address" in said(evidence, blocked, Side.REMOTE)


def test_of_the_remote_what_it_told_is_compared(failing: Any) -> None:
    evidence = gather(failing.report())
    told = Diagnosed(4, local="10.0.0.7", external=("203.0.113.2",), udp=True, mapping=(APD,))
    assert said(evidence, told, Side.REMOTE) == ""
    assert "changed" in said(evidence, dataclasses.replace(told, mapping=(EI,)), Side.REMOTE)
    assert "interface" in said(evidence, dataclasses.replace(told, local="10.0.0.8"), Side.REMOTE)


@pytest.mark.parametrize(
    ("told", "second", "differs"),
    [
        ({"keeps_ports": True}, "203.0.113.1:6000", True),
        ({}, "203.0.113.1:6000", False),
        ({"keeps_ports": True}, "203.0.113.1:5000", False),  # one was taken by somebody else
        ({"keeps_ports": False}, "203.0.113.1:6000", False),
        ({"keeps_ports": True, "clashes": True}, "203.0.113.1:6000", False),
        ({"keeps_ports": True, "pooling": Pooling.ARBITRARY}, "203.0.113.1:6000", False),
    ],
)
def test_a_nat_that_kept_each_port_and_keeps_none_has_most_likely_changed(
    side: Any, told: dict[str, Any], second: str, differs: bool
) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", S1)
    made.gather("srflx", second, S2)
    evidence = gather(made.report())
    assert evidence is not None
    match = Match(
        evidence.local,
        networks.stories(evidence)[0],
        dataclasses.replace(SAME, mapping=(), **told),
    )
    found = difference(match)
    assert (found is not None) is differs
    if found is not None:
        assert found.certainty is Certainty.INFERRED
        assert "keeps ports, and ICE saw port 5000 as 6000" in found.text


def test_a_nat_that_kept_no_port_and_keeps_them_now_has_changed_as_well(side: Any) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:5000", S1)
    told = dataclasses.replace(SAME, mapping=(), keeps_ports=False)
    assert "keeps no port, and ICE saw port 5000 as 5000" in said(gather(made.report()), told)


def test_of_the_remotes_sockets_nothing_is_known_without_its_report(failing: Any) -> None:
    told = dataclasses.replace(
        SAME, local="10.0.0.7", external=("203.0.113.2",), mapping=(), keeps_ports=True
    )
    assert said(gather(failing.report()), told, Side.REMOTE) == ""
