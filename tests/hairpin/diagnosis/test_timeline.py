"""Test packets and rungs as rows."""

from hairpin.diagnosis.timeline import Heard, Lane, Sign, Track, ladders, lanes
from nat.discovery import Evidence
from nat.discovery.transactions import Timer


def lane(evidence: Evidence, title: str) -> Lane:
    (found,) = [each for each in lanes(evidence) if each.title == title]
    return found


def only(evidence: Evidence, title: str) -> Track:
    (track,) = lane(evidence, title).tracks
    return track


def test_each_test_has_a_lane_in_the_order_of_the_procedure(packets: Evidence) -> None:
    titles = [each.title for each in lanes(packets)]
    assert titles == [
        *("mapping I", "mapping II", "filtering II", "filtering III", "fragments", "other port"),
        *("path MTU", "other ways out", "port mapping"),
    ]


def test_a_transaction_is_its_packets_and_what_came_of_them(packets: Evidence) -> None:
    track = only(packets, "mapping II")
    assert track.label == "to 198.51.100.11:3479"
    assert [(mark.at, mark.sign) for mark in track.marks] == [
        (0.2, Sign.SENT),
        (0.7, Sign.SENT),
        (0.75, Sign.ANSWERED),
    ]
    assert track.outcome == "198.51.100.11:3479 answers and saw 203.0.113.7:40000"


def test_an_answer_from_elsewhere_a_refusal_silence_and_a_failure_are_told_apart(
    packets: Evidence,
) -> None:
    elsewhere = only(packets, "filtering II")
    assert elsewhere.marks[-1].sign is Sign.ELSEWHERE
    assert elsewhere.label.endswith("answer from other IP and port")
    assert only(packets, "filtering III").outcome == "silence"
    assert only(packets, "fragments").outcome == "198.51.100.10:3478 refuses with 420"
    assert only(packets, "other port").outcome == "port unreachable"


def test_other_ways_sizes_and_gateways_are_rows_too(packets: Evidence) -> None:
    assert [track.outcome for track in lane(packets, "other ways out").tracks] == [
        "works",
        "refused",
    ]
    assert [track.outcome for track in lane(packets, "path MTU").tracks] == [
        "too large, 1,492 B pass",
        "passes",
    ]
    assert only(packets, "port mapping").label == "pcp to 192.168.1.1"


def test_a_ladder_has_its_rungs_in_order_without_those_that_were_not_asked(
    packets: Evidence,
) -> None:
    (ladder,) = ladders(packets)
    assert ladder.timer is Timer.ONE_SHOT
    assert [(step.wait, step.heard) for step in ladder.steps] == [
        (15.0, Heard.OLD_PORT),
        (35.0, Heard.NEW_PORT),
        (65.0, Heard.NOWHERE),
    ]


def test_of_nothing_there_is_nothing() -> None:
    assert lanes(Evidence()) == ladders(Evidence()) == ()
