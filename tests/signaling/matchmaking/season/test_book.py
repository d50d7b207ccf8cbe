"""The book of a season has an end for each ticket, and one alone."""

from dataclasses import replace

import pytest

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.arrivals import Arrival
from signaling.matchmaking.season.book import Book
from signaling.matchmaking.season.records import Ending, Fate, Moment
from signaling.matchmaking.tickets import Player

ONE = Arrival("t1", 3.0, (Player("a", "a", rating=1000), Player("b", "b", rating=1200)), "here", {})


def test_what_is_written_down_is_in_the_season() -> None:
    book = Book()
    book.come(ONE)
    book.note(5.0, 1, 3.0)
    book.give_reasons([Blocked.RATING, Blocked.RATING])
    book.end(ONE, Ending.GAVE_UP, 10.0)
    season = book.close(Queue("q"), 20.0)
    assert season.fates == (Fate("t1", 3.0, 1100, "here", 2, 7.0, Ending.GAVE_UP),)
    assert season.moments == (Moment(5.0, 1, 2.0, 1, 0),)
    assert season.reasons == {Blocked.RATING: 2}


def test_a_ticket_cannot_end_twice_or_not_at_all() -> None:
    book = Book()
    book.come(ONE)
    book.end(ONE, Ending.MATCHED, 4.0)
    with pytest.raises(AssertionError, match="t1 ends twice"):
        book.end(ONE, Ending.EXPIRED, 5.0)
    book.come(replace(ONE, name="t2"))
    with pytest.raises(AssertionError, match="no end"):
        book.close(Queue("q"), 20.0)
