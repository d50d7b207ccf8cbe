"""The record of pairs and generations: what counts, in which order, and how much is kept."""

import pytest

from peer import CandidateType, GatheredCandidate
from peer.engine.record import MAX_RECORDS, GenerationRecord, PairRecord, RemoteRecord
from peer.report import CheckFailure, Outcome, PairState, RemoteCandidate

HOST = GatheredCandidate(
    CandidateType.HOST, ("192.0.2.1", 1), 9, ("192.0.2.1", 1), None, "", redundant=False, at=100.5
)


def remote(port: int = 1, *, told: bool = True, host: str = "192.0.2.2") -> RemoteCandidate:
    kind = CandidateType.HOST if told else CandidateType.PEER_REFLEXIVE
    return RemoteCandidate(kind, (host, port), 7, told=told, at=101.0)


def pair() -> PairRecord:
    return PairRecord("0-0", HOST, RemoteRecord(remote()), 5, 101.0)


def test_a_round_trip_that_may_belong_to_an_earlier_request_gives_way_to_a_sure_one() -> None:
    record = pair()
    record.request_sent(102.0)
    record.request_sent(102.1)
    record.response_received(("203.0.113.1", 5), 102.0, 102.15)
    assert record.round_trip == pytest.approx(0.15)
    record.request_sent(103.0)
    record.response_received(("203.0.113.1", 5), 103.0, 103.05)
    record.request_sent(104.0)
    record.request_sent(104.1)
    record.response_received(("203.0.113.1", 6), 104.0, 104.15)
    assert record.round_trip == pytest.approx(0.05)
    assert record.total_round_trip == pytest.approx(0.15 + 0.05 + 0.05)
    assert (record.requests_sent, record.responses_received) == (5, 3)
    assert record.seen_as == [("203.0.113.1", 5), ("203.0.113.1", 6)]


def test_addresses_at_which_it_was_seen_are_bounded() -> None:
    record = pair()
    for port in range(1, 1000):
        record.response_received(("203.0.113.1", port), 1.0, 2.0)
    assert len(record.seen_as) < 100


def test_a_pair_that_works_again_has_not_failed() -> None:
    record = pair()
    record.fail(CheckFailure.ERROR, "401 Unauthenticated", 103.0)
    assert record.report(100.0).failure is CheckFailure.ERROR
    record.succeed(104.0)
    told = record.report(100.0)
    assert (told.state, told.failure, told.failed_at) == (PairState.SUCCEEDED, None, None)
    assert told.succeeded_at == 4.0
    assert told.created_at == told.remote.at == 1.0


def test_a_candidate_learnt_first_and_told_later_is_told() -> None:
    record = GenerationRecord(0, "ufrag", 100.0)
    learnt = record.add_remote(remote(told=False))
    assert record.add_remote(remote(told=True)) is learnt
    assert record.add_remote(remote(told=False)) is learnt
    (told,) = record.report(100.0).remote_candidates
    assert told.told


def test_a_name_gives_way_to_its_address() -> None:
    record = GenerationRecord(0, "ufrag", 100.0)
    record.add_remote(remote(host="1-2.local"))
    record.resolve(("1-2.local", 1), ("192.0.2.7", 1))
    assert record.report(100.0).remote_candidates[0].address == ("192.0.2.7", 1)


def test_what_is_kept_is_bounded_and_what_never_asked_goes_first() -> None:
    record = GenerationRecord(0, "ufrag", 100.0)
    for number in range(MAX_RECORDS + 50):
        made = record.add_pair(
            HOST, record.add_remote(remote(number + 1)), priority=number, now=101.0
        )
        if number < 10:
            made.request_sent(102.0)
    told = record.report(100.0)
    assert len(told.pairs) == len(told.remote_candidates) == MAX_RECORDS
    assert [one.priority for one in told.pairs] == sorted(
        (one.priority for one in told.pairs), reverse=True
    )
    assert sum(one.requests_sent for one in told.pairs) == 10
    assert len({one.id for one in told.pairs}) == MAX_RECORDS


def test_the_first_outcome_stays_unless_the_pair_is_lost() -> None:
    record = GenerationRecord(0, "ufrag", 100.0)
    record.end(Outcome.COMPLETED, 101.0)
    record.end(Outcome.ABANDONED, 102.0)
    assert (record.outcome, record.ended_at) == (Outcome.COMPLETED, 101.0)
    record.end(Outcome.FAILED, 103.0)
    assert record.report(100.0).ended_at == 3.0
