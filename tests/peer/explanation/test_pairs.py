"""Each pair has the reason of the first rule that fits."""

from typing import Any

import pytest

from nat import Hairpinning
from peer.explanation import Diagnosed, explain
from peer.explanation.diagnosed import FRESH
from peer.explanation.evidence import gather
from peer.explanation.findings import Cause, Certainty, PairStory, Source
from peer.explanation.pairs import stories
from peer.explanation.weighing import weigh
from peer.report import CheckFailure

HERE = "192.168.1.2:5000"


def only(made: Any) -> PairStory:
    (story,) = explain(made.report()).pairs
    return story


@pytest.mark.parametrize(
    ("failure", "detail", "cause"),
    [
        (CheckFailure.RELAY_REFUSED, "403 Forbidden", Cause.RELAY_REFUSED),
        (CheckFailure.UNREACHABLE, "No route to host", Cause.UNREACHABLE),
        (CheckFailure.WRONG_SOURCE, "203.0.113.9:1", Cause.WRONG_SOURCE),
        (CheckFailure.SOCKET_LOST, "", Cause.SOCKET_LOST),
        (CheckFailure.ERROR, "487 Role Conflict", Cause.ROLE_CONFLICT),
        (CheckFailure.ERROR, "401 Unauthorized", Cause.WRONG_CREDENTIALS),
        (CheckFailure.ERROR, "500 Server Error", Cause.ERROR_ANSWER),
        (CheckFailure.CONSENT_EXPIRED, "", Cause.CONSENT_EXPIRED),
    ],
)
def test_what_was_said_is_told_as_it_was_said(
    side: Any, failure: CheckFailure, detail: str, cause: Cause
) -> None:
    made = side()
    made.remote("srflx", "203.0.113.2:8000")
    made.pair(HERE, "203.0.113.2:8000", failure=failure, detail=detail)
    finding = only(made).finding
    assert finding.cause is cause
    assert finding.certainty is Certainty.MEASURED
    assert detail in finding.text or cause is Cause.ROLE_CONFLICT


def test_a_name_that_does_not_resolve_is_told(side: Any) -> None:
    made = side()
    made.remote("host", "9b1e.local:7000")
    made.pair(HERE, "9b1e.local:7000", sent=0, failure=None)
    assert only(made).finding.cause is Cause.MDNS_UNRESOLVED


def test_a_private_address_is_that_of_another_network_even_if_it_looks_near(side: Any) -> None:
    made = side()
    made.remote("host", "192.168.1.9:7000")
    made.pair(HERE, "192.168.1.9:7000")
    finding = only(made).finding
    assert finding.cause is Cause.PRIVATE_UNREACHABLE
    assert "looks like one of this network" in finding.text


def test_a_relay_reaches_no_private_address(side: Any) -> None:
    made = side()
    made.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    made.remote("host", "10.0.0.7:7000")
    made.pair("198.51.100.10:50000", "10.0.0.7:7000")
    assert "the relay cannot reach" in only(made).finding.text


def test_one_public_address_that_does_not_answer_itself_lacks_hairpinning(side: Any) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.remote("srflx", "203.0.113.1:6001")
    made.pair(HERE, "203.0.113.1:6001")
    finding = only(made).finding
    assert finding.cause is Cause.HAIRPINNING_MISSING
    assert "RFC 4787 REQ-9" in finding.text


@pytest.mark.parametrize(
    ("hairpinning", "cause", "certainty"),
    [
        (None, Cause.HAIRPINNING_MISSING, Certainty.INFERRED),
        (Hairpinning.NONE, Cause.HAIRPINNING_MISSING, Certainty.MEASURED),
        (Hairpinning.INTERNAL_SOURCE, Cause.HAIRPINNING_MISSING, Certainty.MEASURED),
        (Hairpinning.EXTERNAL_SOURCE, Cause.NO_ANSWER, Certainty.UNKNOWN),
    ],
)
def test_what_a_diagnosis_knows_of_hairpinning_counts(
    side: Any, hairpinning: Hairpinning | None, cause: Cause, certainty: Certainty
) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.remote("srflx", "203.0.113.1:6001")
    made.pair(HERE, "203.0.113.1:6001")
    evidence = gather(made.report())
    assert evidence is not None
    told = Diagnosed(4, local="192.168.1.2", external=("203.0.113.1",), hairpinning=hairpinning)
    (story,) = stories(evidence, weigh(evidence, (told, None)).nats)
    assert (story.finding.cause, story.finding.certainty) == (cause, certainty)
    known = certainty is Certainty.MEASURED
    assert (story.finding.source is Source.DIAGNOSIS) is known
    # RFC 4787 REQ-9a: it comes back inside, from where nobody was asked
    inside = hairpinning is Hairpinning.INTERNAL_SOURCE
    assert ("internal address, so that answers come from elsewhere" in story.finding.text) is inside
    assert ("hairpinning is missing" in story.finding.text) is (
        story.finding.cause is Cause.HAIRPINNING_MISSING and not inside
    )


def test_an_old_diagnosis_of_hairpinning_gives_way_to_silence(side: Any) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.remote("srflx", "203.0.113.1:6001")
    made.pair(HERE, "203.0.113.1:6001")
    evidence = gather(made.report())
    assert evidence is not None
    for hairpinning in Hairpinning:
        told = Diagnosed(
            4,
            age=2 * FRESH,
            local="192.168.1.2",
            external=("203.0.113.1",),
            hairpinning=hairpinning,
        )
        (story,) = stories(evidence, weigh(evidence, (told, None)).nats)
        assert story.finding.cause is Cause.HAIRPINNING_MISSING
        assert story.finding.certainty is Certainty.INFERRED


def test_checks_that_only_come_in_are_told(side: Any) -> None:
    made = side()
    made.remote("prflx", "203.0.113.2:8005", told=False)
    made.pair(HERE, "203.0.113.2:8005", heard=3)
    assert only(made).finding.cause is Cause.ONE_WAY


@pytest.mark.parametrize(("sent", "cause"), [(0, Cause.NOT_TRIED), (1, Cause.NO_ANSWER)])
def test_too_few_checks_say_nothing(side: Any, sent: int, cause: Cause) -> None:
    made = side()
    made.remote("srflx", "203.0.113.2:8000")
    made.pair(HERE, "203.0.113.2:8000", sent=sent, failure=None)
    finding = only(made).finding
    assert finding.cause is cause
    assert finding.certainty is (Certainty.UNKNOWN if sent else Certainty.MEASURED)


def test_the_remotes_nat_opened_another_port(failing: Any) -> None:
    stories = explain(failing.report()).pairs
    told = [one.finding for one in stories if one.remote.address[0] == "203.0.113.2"]
    assert {one.cause for one in told} == {Cause.MAPPING_DEPENDENT}
    assert "opened another port towards you" in told[0].text
    assert "Your NAT lets in only" in told[0].text


def test_the_own_nat_opened_another_port(side: Any) -> None:
    made = side()
    made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    made.gather("srflx", "203.0.113.1:6001", "stun:198.51.100.20")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair(HERE, "203.0.113.2:8000")
    assert "Your NAT opened another port" in only(made).finding.text


def test_the_selected_pair_comes_first_and_says_why(direct: Any) -> None:
    first, second = explain(direct.report()).pairs
    assert first.finding.cause is Cause.SELECTED
    assert first.words == "host 192.168.1.2:5000 → srflx 203.0.113.2:8000"
    assert "Of the pairs that worked" in first.finding.text
    assert second.finding.cause is Cause.PRIVATE_UNREACHABLE


def test_a_pair_that_worked_as_well_was_not_needed(direct: Any) -> None:
    direct.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    direct.pair("198.51.100.10:50000", "203.0.113.2:8000", answered=1)
    stories = explain(direct.report()).pairs
    assert stories[-1].finding.cause is Cause.NOT_NEEDED


def test_silence_everywhere_is_not_guessed_at(side: Any) -> None:
    made = side()
    made.remote("srflx", "203.0.113.2:8000")
    made.pair(HERE, "203.0.113.2:8000")
    assert only(made).finding.certainty is Certainty.UNKNOWN
