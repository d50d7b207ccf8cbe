"""What a ledger's books note."""

from signaling.matchmaking.ledger.books import OVER_FOR, Books
from signaling.matchmaking.ledger.changes import Left, Waits
from signaling.matchmaking.ledger.dealings import Outcome, Over
from tests.signaling.matchmaking.ledgers import DUEL, Table, ticket


def test_stamps_only_grow() -> None:
    books = Books(DUEL)
    books.put(ticket("t1"))
    books.put(ticket("t2"))
    books.put(ticket("t1"))
    assert [each.stamp for each in books.changes if isinstance(each, Waits)] == [1, 2, 3]
    assert books.tickets["t1"].stamp == 3


def test_an_end_is_told_to_each_player_on_its_node_and_remembered_for_a_while() -> None:
    books = Books(DUEL)
    books.put(ticket("t", "s1", "s2"))
    books.leave(["t"])
    books.end(ticket("t", "s1", "s2"), Outcome.EXPIRED, 100.0)
    assert books.reports == [
        ("n1", Over("s1", "duel", "t", Outcome.EXPIRED)),
        ("n2", Over("s2", "duel", "t", Outcome.EXPIRED)),
    ]
    assert books.changes[-1] == Left(("t",))
    assert books.over == {"t": 100.0 + OVER_FOR}


def test_what_is_over_for_long_is_forgotten_with_a_beat() -> None:
    table = Table()
    table.enqueue("t1", "t2")
    table.withdraw("t1")
    table.now += 1
    table.withdraw("t2")
    table.ledger.beat("n1", "p", table.now - 1 + OVER_FOR, leads=True)
    assert list(table.ledger.books.over) == ["t2"]
