"""What is written of a ticket is read as it was, by a leader less of it, and nonsense is refused."""

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.faults import DecodeError
from signaling.matchmaking.ledger.changes import Waits
from signaling.matchmaking.packed import ticketrecords
from signaling.matchmaking.tickets import Openness, Player, Ticket

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
    assert ticketrecords.read_ticket(ticketrecords.write_ticket(ticket), "duel") == ticket


def test_where_a_player_is_now_counts_and_not_where_it_was() -> None:
    record = ticketrecords.write_ticket(Ticket("t", "duel", (Player("p", "s", "n1"),)))
    moved = msgspec.structs.replace(record, players=[("s", "n2", "p")], away=["s"])
    ticket = ticketrecords.read_ticket(moved, "duel")
    assert ticket == replace(ticket, players=(Player("p", "s", "n2"),), paused=True)


@settings(max_examples=25, deadline=None)
@given(_TICKETS)
def test_a_leader_has_at_hand_what_it_looks_at_and_reads_the_rest_when_it_is_asked(
    ticket: Ticket,
) -> None:
    record = msgspec.msgpack.encode(ticketrecords.write_ticket(ticket))
    kept, known = ticketrecords.read_head(record, 7, "duel"), Waits(ticket, 7)
    for name in ("name", "stamp", "generation", "enqueued", "expires", "places"):
        assert getattr(kept, name) == getattr(known, name)
    assert (kept.record, kept) == (record, known)
    assert repr(kept) == f"Waits({kept.ticket!r}, 7)"
    assert kept.ticket is kept.ticket, "it is read once"


def test_a_ticket_whose_body_is_nonsense_is_refused_when_it_is_read() -> None:
    record = ticketrecords.write_ticket(Ticket("t", "duel", (Player("p", "s"),)))
    data = msgspec.msgpack.encode(msgspec.structs.replace(record, bodies=["{"]))
    kept = ticketrecords.read_head(data, 1, "duel")
    with pytest.raises(DecodeError):
        _ = kept.ticket
