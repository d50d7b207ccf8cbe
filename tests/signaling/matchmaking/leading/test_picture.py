"""What a leader knows, and what of it the matcher does not know."""

from signaling.matchmaking.leading.picture import BATCH, Picture
from signaling.matchmaking.ledger.changes import Began, Life, Opened, Waits
from tests.signaling.matchmaking.ledgers import kept, opening, ticket

_HERE = (Life("n1", 100.0, 1), Life("n2", 100.0, 2))


def _picture(*names: str) -> Picture:
    picture = Picture()
    for stamp, name in enumerate(names, 10):
        picture.put(Waits(ticket(name), stamp), 0.0)
    return picture


def _fed(picture: Picture) -> list[str]:
    return [each.id for each in picture.feed().put]


def test_the_matcher_is_told_in_portions() -> None:
    picture = _picture(*(f"t{number}" for number in range(BATCH + 1)))
    assert len(picture.feed().put) == BATCH
    assert picture.is_behind
    assert len(picture.feed().put) == 1
    assert not picture.is_behind


def test_what_a_store_keeps_is_told_as_it_keeps_it() -> None:
    picture = _picture("t1")
    stored = kept("t2")
    assert picture.put(stored, 0.0)
    feed = picture.feed()
    assert ([each.id for each in feed.put], feed.kept) == (["t1"], (stored,))


def test_an_older_change_than_is_known_is_none() -> None:
    picture = _picture("t1")
    assert not picture.put(Waits(ticket("t1", generation=9), 9), 0.0)
    assert picture.tickets["t1"].stamp == 10


def test_who_left_before_the_matcher_knew_is_never_told() -> None:
    picture = _picture("t1", "t2")
    picture.remove("t1")
    feed = picture.feed()
    assert ([each.id for each in feed.put], feed.gone) == (["t2"], ())
    picture.remove("t2")
    assert picture.feed().gone == ("t2",)


def test_a_ticket_that_has_changed_since_the_matcher_knew_it_is_not_as_fed() -> None:
    picture = _picture("t1")
    picture.feed()
    assert picture.is_as_fed(ticket("t1"))
    picture.put(Waits(ticket("t1"), 20), 0.0)
    assert not picture.is_as_fed(ticket("t1"))
    picture.feed()
    assert picture.is_as_fed(ticket("t1"))


def test_tickets_of_a_dead_node_are_withheld_until_it_lives_or_they_are_elsewhere() -> None:
    picture = _picture("t1", "t2")
    picture.feed()
    assert picture.receive_lives(_HERE, 5.0)
    assert not picture.receive_lives(_HERE, 6.0)
    picture.feed()
    assert picture.receive_lives(_HERE[:1], 7.0)
    assert picture.lost == {"t2": 7.0}
    assert picture.feed().gone == ("t2",)
    assert not picture.is_as_fed(ticket("t2"))
    picture.receive_lives(_HERE, 8.0)
    assert (picture.lost, _fed(picture)) == ({}, ["t2"])
    picture.receive_lives((), 9.0)
    picture.receive_lives((Life("n1", 100.0, 1),), 9.5)
    moved = ticket("t2")
    picture.put(Waits(type(moved)("t2", "duel", ticket("t1").players), 30), 10.0)
    assert picture.lost == {}


def test_a_lease_that_is_over_is_a_death() -> None:
    picture = _picture("t1")
    picture.receive_lives((Life("n1", 5.0, 1),), 4.9)
    assert picture.lost == {}
    picture.receive_lives((Life("n1", 5.0, 1),), 5.0)
    assert picture.lost == {"t1": 5.0}


def test_what_was_written_of_an_earlier_process_of_a_node_is_lost() -> None:
    picture = _picture("t1")
    picture.running["m"] = Began("m", (("s1", "n1"), ("s2", "n2")), 11)
    picture.receive_lives(_HERE, 5.0)
    assert list(picture.absent()) == []
    picture.receive_lives((Life("n1", 100.0, 12), _HERE[1]), 6.0)
    assert picture.lost == {"t1": 6.0}
    assert list(picture.absent()) == [("m", "s1")]


def test_a_new_matcher_is_told_everything() -> None:
    picture = _picture("t1", "t2", "t3")
    picture.open(Opened(opening("m"), 5))
    picture.feed()
    picture.remove("t2")
    picture.begin_again({"t3"})
    feed = picture.feed()
    assert [each.id for each in feed.put] == ["t1"]
    assert [each.id for each in feed.opened] == ["o"]
    assert feed.gone == ()


def test_what_came_to_nothing_is_told_again() -> None:
    picture = _picture("t1", "t2")
    picture.open(Opened(opening("m"), 5))
    picture.feed()
    for name in ("t1", "t2"):
        picture.take(name)
    picture.remove("t2")
    assert picture.feed().gone == ()
    picture.give_back("t1")
    picture.give_back("t2")
    picture.reopen("o")
    feed = picture.feed()
    assert ([each.id for each in feed.put], len(feed.opened)) == (["t1"], 1)


def test_a_node_with_nobody_can_be_forgotten() -> None:
    picture = _picture("t1")
    picture.running["m"] = Began("m", (("s2", "n2"),), 11)
    assert [picture.has_anybody(node) for node in ("n1", "n2", "n3")] == [True, True, False]
    picture.remove("t1")
    assert not picture.has_anybody("n1")
