"""What stood in the way is found, with how sure it is; what is unknown is called so."""

from typing import Any

import pytest

from nat import Dependence, Pooling
from peer.explanation import Cause, Certainty, Diagnosed, Finding, Side, Source, causes, explain
from peer.explanation.evidence import gather
from peer.explanation.pairs import stories
from peer.explanation.verdict import verdict
from peer.explanation.weighing import weigh
from peer.report import CheckFailure, IceState

EI, _, APD = Dependence
HERE = "192.168.1.2:5000"


def found(made: Any, remote: Any = None, **more: Any) -> dict[tuple[Cause, Side | None], Finding]:
    explanation = explain(made.report(**more), None if remote is None else remote.report())
    return {(one.cause, one.side): one for one in explanation.findings}


def test_a_remote_that_changes_ports_and_a_filter_by_port(failing: Any) -> None:
    findings = found(failing)
    mapping = findings[Cause.MAPPING_DEPENDENT, Side.REMOTE]
    assert mapping.certainty is Certainty.INFERRED
    assert mapping.matters
    assert "203.0.113.2:8000 and 203.0.113.2:8001" in mapping.text
    assert "relay" in mapping.help
    assert findings[Cause.FILTERING_BY_PORT, Side.LOCAL].matters
    assert not findings[Cause.MAPPING_INDEPENDENT, Side.LOCAL].matters


def test_which_nat_it_was_is_unknown_where_one_server_was_asked(side: Any) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair(HERE, "203.0.113.2:8000")
    finding = found(made)[Cause.NAT_UNKNOWN, Side.BOTH]
    assert finding.certainty is Certainty.UNKNOWN
    assert "second STUN server" in finding.help


def test_two_nats_that_keep_their_ports_are_not_to_blame(failing: Any, side: Any) -> None:
    other = side("10.0.0.7:7000")
    other.gather("srflx", "203.0.113.2:8000", "stun:198.51.100.10")
    other.gather("srflx", "203.0.113.2:8000", "stun:198.51.100.20")
    finding = found(failing, other)[Cause.NETWORK_SILENT, Side.BOTH]
    assert finding.certainty is Certainty.UNKNOWN
    assert "firewall" in finding.text


def test_udp_is_blocked_when_no_server_answers_and_surer_when_one_answered_the_other(
    side: Any,
) -> None:
    made, other = side(), side("10.0.0.7:7000")
    made.fail("stun:198.51.100.10")
    other.gather("srflx", "203.0.113.2:8000", "stun:198.51.100.10")
    assert "or all are down" in found(made)[Cause.UDP_BLOCKED, Side.LOCAL].text
    both = found(made, other)[Cause.UDP_BLOCKED, Side.LOCAL]
    assert "answered the other side" in both.text
    assert both.certainty is Certainty.INFERRED
    assert "TCP or TLS" in both.help


def test_two_families_do_not_meet(side: Any) -> None:
    made = side()
    made.remote("host", "[2001:db8::7]:7000")
    finding = found(made)[Cause.FAMILIES_DIFFER, Side.BOTH]
    assert finding.text == "This side has IPv4 alone and the remote IPv6."


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"remote_ufrag": None}, Cause.NO_DESCRIPTION),
        ({"remote_ended": False}, Cause.END_MISSING),
        ({}, Cause.NO_REMOTE_CANDIDATES),
        ({"refused": 7}, Cause.WRONG_CREDENTIALS),
    ],
)
def test_what_was_never_told_is_missed(side: Any, changes: dict[str, Any], cause: Cause) -> None:
    findings = found(side(), **changes)
    assert (cause, Side.REMOTE) in findings
    assert findings[cause, Side.REMOTE].certainty is Certainty.MEASURED


def test_nothing_is_missed_while_it_may_still_come(side: Any) -> None:
    findings = found(side(), state=IceState.CHECKING, remote_ufrag=None, remote_ended=False)
    assert (Cause.NO_DESCRIPTION, Side.REMOTE) not in findings
    assert (Cause.END_MISSING, Side.REMOTE) not in findings


def test_a_side_without_an_address_has_no_candidate(side: Any) -> None:
    assert (Cause.NO_LOCAL_CANDIDATES, Side.LOCAL) in found(side(""))


def test_a_remote_that_not_even_a_relay_reaches_is_silent(side: Any) -> None:
    made = side()
    made.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    made.remote("relay", "198.51.100.10:50001")
    made.pair("198.51.100.10:50000", "198.51.100.10:50001")
    assert found(made)[Cause.NETWORK_SILENT, Side.REMOTE].certainty is Certainty.INFERRED


def test_a_carriers_nat_and_arbitrary_pooling_are_told(side: Any) -> None:
    made = side("100.64.0.9:5000")
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10", base="100.64.0.9:5000")
    made.gather("srflx", "203.0.113.9:6000", "stun:198.51.100.20", base="100.64.0.9:5000")
    findings = found(made)
    assert findings[Cause.CARRIER_NAT, Side.LOCAL].certainty is Certainty.MEASURED
    assert "203.0.113.1, 203.0.113.9" in findings[Cause.POOLING_ARBITRARY, Side.LOCAL].text


def test_a_relay_that_refuses_the_remote_is_told_once_for_all_pairs(side: Any) -> None:
    made = side()
    made.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    for port in (1, 2):
        made.remote("srflx", f"203.0.113.2:{port}")
        made.pair(
            "198.51.100.10:50000",
            f"203.0.113.2:{port}",
            failure=CheckFailure.RELAY_REFUSED,
            detail="403 Forbidden",
        )
    finding = found(made)[Cause.RELAY_REFUSED, None]
    assert len(finding.pairs) == 2
    assert finding.matters


def test_what_a_direct_connection_overcame_did_not_matter(direct: Any) -> None:
    assert not any(one.matters for one in explain(direct.report()).findings)


# --- what a diagnosis knows


def diagnosed(made: Any, told: Diagnosed) -> dict[Cause, Finding]:
    evidence = gather(made.report())
    assert evidence is not None
    weighed = weigh(evidence, (told, None))
    assert weighed.aside == ()
    tried = stories(evidence, weighed.nats)
    found = causes.findings(evidence, weighed.nats, verdict(evidence), tried)
    return {one.cause: one for one in found if one.side is Side.LOCAL}


def test_what_a_diagnosis_knows_says_so(failing: Any) -> None:
    told = Diagnosed(
        4,
        local="192.168.1.2",
        external=("203.0.113.1", "203.0.113.9"),
        filtering=(APD,),
        pooling=Pooling.ARBITRARY,
        carrier=True,
    )
    found = diagnosed(failing, told)
    assert found[Cause.FILTERING_BY_PORT].source is Source.DIAGNOSIS
    assert "filtering, as a diagnosis measured." in found[Cause.FILTERING_BY_PORT].text
    assert "(203.0.113.1, 203.0.113.9)" in found[Cause.POOLING_ARBITRARY].text
    assert "carrier-grade NAT: a diagnosis found it." in found[Cause.CARRIER_NAT].text
    assert found[Cause.CARRIER_NAT].source is Source.DIAGNOSIS


def test_what_a_firewall_without_a_nat_lets_in_is_known_from_a_diagnosis_alone(side: Any) -> None:
    made = side("203.0.113.1:6000")
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair("203.0.113.1:6000", "203.0.113.2:8000")
    told = Diagnosed(
        4,
        local="203.0.113.1",
        external=("203.0.113.1",),
        translated=False,
        mapping=(EI,),
        filtering=(APD,),
    )
    found = diagnosed(made, told)
    assert found[Cause.FILTERING_BY_PORT].text.startswith("Your firewall lets in only")


def test_where_a_diagnosis_found_no_udp_either_it_is_said(side: Any) -> None:
    made = side()
    made.fail("stun:198.51.100.10")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair("192.168.1.2:5000", "203.0.113.2:8000")
    found = diagnosed(made, Diagnosed(4, local="192.168.1.2", udp=False))[Cause.UDP_BLOCKED]
    assert found.certainty is Certainty.INFERRED
    assert "A diagnosis from the same address found so as well." in found.text
