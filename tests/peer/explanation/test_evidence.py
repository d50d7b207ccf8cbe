"""Evidence is what each side saw, each thing once, and the remote's half without its report."""

from typing import Any

from peer.explanation.evidence import UNKNOWN_HOST, destination, gather, is_direct, was_tried
from peer.report import IceReport, Outcome


def test_a_report_in_which_nothing_has_begun_is_no_evidence() -> None:
    assert gather(IceReport(0.0, (), ())) is None


def test_servers_and_answers_are_observations_of_the_base(direct: Any) -> None:
    evidence = gather(direct.report())
    assert evidence is not None
    server, answer = evidence.local.observations
    assert (server.host, server.port, server.by_server) == ("198.51.100.10", 3478, True)
    assert (answer.host, answer.mapped) == ("203.0.113.2", ("203.0.113.1", 6000))
    assert not answer.by_server


def test_the_remote_without_its_report_is_seen_by_its_candidates_and_checks(direct: Any) -> None:
    evidence = gather(direct.report())
    assert evidence is not None
    assert not evidence.remote.known
    told, check = evidence.remote.observations
    assert told.by_server
    assert (check.host, check.mapped) == ("203.0.113.1", ("203.0.113.2", 8000))


def test_a_relay_may_be_any_server_of_an_unknown_remote(side: Any) -> None:
    made = side()
    made.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    made.remote("host", "10.0.0.7:7000")
    made.remote("prflx", "203.0.113.2:8005", told=False)
    made.pair("198.51.100.10:50000", "203.0.113.2:8005", heard=1, answered=1)
    evidence = gather(made.report())
    assert evidence is not None
    (seen,) = evidence.remote.observations
    assert seen.host == UNKNOWN_HOST


def test_with_both_reports_what_both_saw_counts_once(direct: Any, side: Any) -> None:
    other = side("10.0.0.7:7000")
    other.gather("srflx", "203.0.113.2:8000", "stun:198.51.100.10")
    other.remote("srflx", "203.0.113.1:6000")
    other.pair("10.0.0.7:7000", "203.0.113.1:6000", heard=2, answered=2, selected=True)
    evidence = gather(direct.report(), other.report())
    assert evidence is not None
    assert evidence.remote.known
    assert len(evidence.local.observations) == 2
    assert len({(one.host, one.port) for one in evidence.remote.observations}) == 2


def test_an_abandoned_set_up_is_not_the_one_explained(direct: Any) -> None:
    report = direct.report()
    abandoned = direct.generation(number=1, outcome=Outcome.ABANDONED)
    evidence = gather(IceReport(1.0, report.states, (*report.generations, abandoned)))
    assert evidence is not None
    assert evidence.generation.number == 0
    assert evidence.over


def test_pairs_are_direct_without_a_relay_and_tried_after_three_checks(failing: Any) -> None:
    pair = failing.generation().pairs[0]
    assert is_direct(pair)
    assert was_tried(pair)


def test_a_url_names_its_host_and_the_usual_port() -> None:
    assert destination("stun:a.example") == ("a.example", 3478)
    assert destination("turns:[2001:db8::1]:443?transport=tcp") == ("2001:db8::1", 443)
    assert destination("turns:a.example") == ("a.example", 5349)
    assert destination("nonsense") == ("nonsense", 0)
