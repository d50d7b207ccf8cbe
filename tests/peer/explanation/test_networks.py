"""What is known of both sides' NATs."""

from typing import Any

from nat import Dependence
from peer.explanation import networks
from peer.explanation.evidence import Evidence, gather
from peer.explanation.findings import Certainty

EI, AD, APD = Dependence


def evidence_of(made: Any, remote: Any = None) -> Evidence:
    evidence = gather(made.report(), None if remote is None else remote.report())
    assert evidence is not None
    return evidence


def test_two_servers_measure_the_own_mapping_and_the_failure_tells_the_filter(failing: Any) -> None:
    local, remote = networks.nats(evidence_of(failing))
    assert local.mapping.values == (EI,)
    assert local.mapping.certainty is Certainty.MEASURED
    assert local.filtering.values == (APD,)
    assert remote.mapping.values == (AD, APD)
    assert remote.mapping.certainty is Certainty.INFERRED
    assert remote.filtering.certainty is Certainty.UNKNOWN


def test_a_public_host_has_no_nat_and_keeps_its_port(side: Any) -> None:
    made = side("203.0.113.9:5000")
    made.gather("srflx", "203.0.113.9:5000", "stun:198.51.100.10")
    local, remote = networks.nats(evidence_of(made))
    assert local.present is False
    assert local.mapping.values == (EI,)
    assert remote.present is None


def test_no_answer_of_any_server_means_no_udp_and_none_asked_means_unknown(side: Any) -> None:
    made = side()
    assert networks.nats(evidence_of(made))[0].udp is None
    made.fail("stun:198.51.100.10")
    assert networks.nats(evidence_of(made))[0].udp is False


def test_a_carriers_address_shows_a_carriers_nat(side: Any) -> None:
    local, remote = networks.nats(evidence_of(side("100.64.0.9:5000")))
    assert local.carrier is True
    assert remote.carrier is None


def test_one_public_address_for_both_is_found(side: Any) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.remote("srflx", "203.0.113.1:6001")
    assert networks.same_public_address(evidence_of(made)) == "203.0.113.1"


def test_a_direct_pair_that_has_not_had_its_time_proves_nothing(failing: Any) -> None:
    for pair in failing.pairs:
        object.__setattr__(pair, "state", "in-progress")
        object.__setattr__(pair, "first_request_at", 9.5)
    local, _ = networks.nats(evidence_of(failing))
    assert local.filtering.certainty is Certainty.UNKNOWN


def test_the_other_report_shows_what_was_sent_and_never_came(side: Any) -> None:
    here, there = side(), side("10.0.0.7:7000")
    for made, port in ((here, 6000), (there, 8000)):
        made.gather("srflx", f"203.0.113.{1 if made is here else 2}:{port}", "stun:198.51.100.10")
    there.gather("srflx", "203.0.113.2:8001", "stun:198.51.100.20")
    here.remote("srflx", "203.0.113.2:8000")
    there.remote("srflx", "203.0.113.1:6000")
    here.pair("192.168.1.2:5000", "203.0.113.2:8000")
    there.pair("10.0.0.7:7000", "203.0.113.1:6000")
    local, remote = networks.nats(evidence_of(here, there))
    assert remote.mapping.values == (AD, APD)
    assert remote.mapping.certainty is Certainty.MEASURED
    assert EI not in local.filtering.values
