"""What is written is read as it was, and nonsense is refused."""

import contextlib

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.faults import DecodeError
from signaling.matchmaking.ledger.claims import Answer, Verdict
from signaling.matchmaking.ledger.dealings import Progress
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.redis import codec


def test_progress_is_read_as_it_was_written() -> None:
    full = Progress("s", "duel", "t", 2, 3.5, 7, 100.0, 4.0, Blocked.REGION)
    bare = Progress("s", "duel", "t", 2, 3.5, 7)
    data = msgspec.msgpack.encode([codec.write_progress(each) for each in (full, bare)])
    assert codec.read_reports({b"r": data}, "duel", asks=False) == [full, bare]


def test_answers_to_claims() -> None:
    results = [b"DONE", b"ALREADY", b"FENCED", 3]
    assert [codec.read_answer(each) for each in results] == [
        Answer(Verdict.DONE),
        Answer(Verdict.ALREADY),
        Answer(Verdict.FENCED),
        Answer(Verdict.MISSING, 3),
    ]


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (
        lambda: codec.read_changes(data, "duel"),
        lambda: codec.read_reports({b"r": data}, "duel", asks=True),
        lambda: codec.read_match(data, "duel", (), began=True),
        lambda: codec.read_kept_ticket(data, "duel"),
        lambda: codec.read_kept_ticket(b"\x92\xb0" + b"7" * 16 + data, "duel"),
        lambda: codec.read_kept_opening(data),
        lambda: codec.read_kept_claim(data, "duel"),
        lambda: codec.read_kept_party(b"p", data),
        lambda: codec.read_lead(data),
    ):
        with contextlib.suppress(DecodeError):
            read()


@pytest.mark.parametrize(
    "record", [["over", "s", "t", "nonsense", "", "null", []], ["refused", "s", 999, "", -1, -1]]
)
def test_words_that_there_are_not_are_refused(record: list) -> None:
    with pytest.raises(DecodeError):
        codec.read_reports({b"r": msgspec.msgpack.encode([record])}, "duel", asks=True)
