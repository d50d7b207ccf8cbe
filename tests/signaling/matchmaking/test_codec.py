"""What is written is read as it was, and nonsense is refused."""

import contextlib
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.matchmaking import codec
from signaling.matchmaking.claims import Answer, Verdict
from signaling.matchmaking.dealings import Progress
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.tickets import Openness, Player, Ticket
from signaling.nodes.errors import DecodeError

_TEXT = st.text(max_size=5)
_NUMBER = st.floats(-1e9, 1e9)
_PLAYERS = st.builds(
    Player,
    _TEXT,
    _TEXT,
    _TEXT,
    _TEXT,
    _NUMBER,
    st.dictionaries(_TEXT, _NUMBER, max_size=2),
    st.sampled_from(Openness),
    st.booleans(),
)
_TICKETS = st.builds(
    Ticket,
    _TEXT,
    st.just("duel"),
    st.lists(_PLAYERS, min_size=1, max_size=3).map(tuple),
    st.integers(1, 1000),
    st.lists(_TEXT, max_size=2).map(tuple),
    _NUMBER,
    _NUMBER | st.just(float("inf")),
    st.dictionaries(_TEXT, _TEXT | _NUMBER | st.lists(_TEXT).map(tuple), max_size=2),
    st.frozensets(_TEXT, max_size=2),
)


@settings(max_examples=25, deadline=None)
@given(_TICKETS)
def test_a_ticket_is_read_as_it_was_written(ticket: Ticket) -> None:
    assert codec.read_ticket(codec.write_ticket(ticket), "duel") == ticket


def test_where_a_player_is_now_counts_and_not_where_it_was() -> None:
    record = codec.write_ticket(Ticket("t", "duel", (Player("p", "s", "n1"),)))
    moved = msgspec.structs.replace(record, players=[("s", "n2", "p")], away=["s"])
    ticket = codec.read_ticket(moved, "duel")
    assert ticket == replace(ticket, players=(Player("p", "s", "n2"),), paused=True)


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
