"""Tickets: sealed, opened again, and nobody else's; and what one that is shown is worth."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.fivetuple import FiveTuple, Transport
from relay.mobility import TICKET_SIZE, Mobile, Named, Showing, Tickets
from stunwire import Address

OLD = FiveTuple(Address("203.0.113.9", 40000), Address("198.51.99.1", 3478))
NEW = OLD._replace(client=Address("192.0.2.77", 50000))
OTHER = OLD._replace(client=Address("192.0.2.78", 50000), transport=Transport.TCP)


def make_tickets(seed: int = 1) -> Tickets:
    return Tickets(random.Random(seed).randrange)


@given(st.integers(0, (1 << 40) - 1), st.integers(0, (1 << 24) - 1))
def test_a_ticket_says_what_was_sealed_in_text_that_coturns_client_can_keep(number, turn):
    tickets, named = make_tickets(), Named(number, turn)
    ticket = tickets.seal(named)
    assert (len(ticket), ticket.isascii(), b"\0" in ticket) == (TICKET_SIZE, True, False)
    assert tickets.open(ticket) == named
    assert tickets.seal(named) == ticket
    assert make_tickets(2).open(ticket) is None


@given(st.binary(max_size=2 * TICKET_SIZE))
def test_nothing_that_was_made_elsewhere_is_a_ticket(text):
    assert make_tickets().open(text) is None


@given(st.integers(0, 8 * TICKET_SIZE - 1))
def test_a_ticket_with_one_bit_changed_is_none(bit):
    tickets = make_tickets()
    ticket = bytearray(tickets.seal(Named(1, 2)))
    ticket[bit // 8] ^= 1 << bit % 8
    assert tickets.open(bytes(ticket)) is None


def test_tickets_that_follow_each_other_have_nothing_in_common():
    tickets = make_tickets()
    one, other = tickets.seal(Named(1, 0)), tickets.seal(Named(1, 1))
    assert sum(a == b for a, b in zip(one, other, strict=True)) < 8


@pytest.fixture
def mobile() -> Mobile:
    return Mobile(7)


def test_the_next_ticket_is_good_and_no_other_is(mobile):
    assert mobile.judge(0, NEW, 0.0) is Showing.GOOD
    assert mobile.judge(1, NEW, 0.0) is Showing.SPENT
    mobile.take(NEW, 0.0)
    assert mobile.judge(1, OTHER, 0.0) is Showing.GOOD
    assert mobile.judge(0, OTHER, 0.0) is Showing.SPENT


def test_the_old_ticket_is_only_a_repetition_for_as_long_as_one_may_come(mobile):
    mobile.take(NEW, 100.0)
    assert mobile.judge(0, NEW, 10_000.0) is Showing.REPEATED  # nothing shows that it got an answer
    mobile.arriving = None
    assert mobile.judge(0, NEW, 139.0) is Showing.REPEATED
    assert mobile.judge(0, NEW, 140.0) is Showing.SPENT


def test_the_old_ticket_is_good_again_when_the_connection_it_was_shown_on_is_gone(mobile):
    mobile.take(NEW, 0.0)
    mobile.arriving = mobile.shown_at = None
    assert mobile.judge(0, OTHER, 0.0) is Showing.GOOD
    assert mobile.judge(1, OTHER, 0.0) is Showing.GOOD


def test_there_is_a_next_ticket_after_the_last_one(mobile):
    mobile.turn = (1 << 24) - 1
    mobile.take(NEW, 0.0)
    assert mobile.turn == 0
    assert mobile.judge((1 << 24) - 1, NEW, 0.0) is Showing.REPEATED
