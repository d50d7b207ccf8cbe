"""How tickets come, wait, change and go."""

from dataclasses import replace

import pytest

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.changes import Gathered, Gathers, Left, Waits
from signaling.matchmaking.ledger.dealings import (
    Done,
    Enqueue,
    Found,
    MovedAway,
    MovePlayer,
    Outcome,
    Over,
    Pause,
    Queued,
    Refused,
    Requeued,
    Started,
)
from tests.signaling.matchmaking.ledgers import ASKING, DUEL, Table, ticket


def test_a_ticket_gets_its_times_from_the_desk() -> None:
    table = Table()
    heard = table.order(Enqueue(ticket("t1"), 60.0, request=7))
    assert heard["s1"] == [Queued("s1", "duel", "t1", 1, 1, None, 0, 7)]
    waits = table.waiting["t1"]
    assert (waits.enqueued, waits.expires) == (1000.0, 1060.0)
    assert table.changes == [Waits(waits, table.stamps()["t1"])]


def test_a_ticket_that_is_sent_twice_counts_once() -> None:
    table = Table()
    table.enqueue("t1")
    table.now += 5
    heard = table.order(Enqueue(ticket("t1"), 60.0, request=8))
    assert [type(each) for each in heard["s1"]] == [Queued]
    assert table.waiting["t1"].enqueued == 1000.0


def test_a_ticket_that_comes_again_when_it_is_over_stays_over() -> None:
    """A repeated order that was long on its way lets nobody wait who does not want to."""
    table = Table()
    table.enqueue("t1")
    table.withdraw("t1")
    table.enqueue("t1")
    assert table.waiting == {}


def test_a_ticket_that_comes_again_when_it_is_matched_hears_of_its_match() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    assert [type(each) for each in table.order(Enqueue(ticket("t1"), 60.0))["s1"]] == [Found]
    table.reply("m", "t1")
    table.reply("m", "t2")
    assert [type(each) for each in table.order(Enqueue(ticket("t1"), 60.0))["s1"]] == [Started]
    assert table.waiting == {}


def test_a_queue_that_is_full_refuses_for_now() -> None:
    table = Table(replace(DUEL, most_waiting=1))
    table.enqueue("t1")
    (refused,) = table.order(Enqueue(ticket("t2"), 60.0, request=1))["s2"]
    assert isinstance(refused, Refused)
    assert (refused.code, refused.retry_after) == (ErrorCode.UNAVAILABLE, 5.0)
    assert list(table.waiting) == ["t1"]


def test_who_takes_a_ticket_out_hears_that_it_is_over() -> None:
    table = Table()
    table.enqueue("t1")
    assert table.withdraw("t1", request=3)["s1"] == [
        Over("s1", "duel", "t1", Outcome.CANCELLED),
        Done("s1", 3),
    ]
    assert table.changes[-1] == Left(("t1",))
    (refused,) = table.withdraw("t1", request=4)["s1"]
    assert refused.code is ErrorCode.NOT_FOUND


def test_who_cancels_while_it_is_matched_is_out_and_the_others_wait_again() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    heard = table.withdraw("t1", request=3)
    assert heard["s1"] == [Over("s1", "duel", "t1", Outcome.CANCELLED), Done("s1", 3)]
    assert heard["s2"] == [Requeued("s2", "duel", "m", "t2", 2, Outcome.CANCELLED)]


def test_a_match_that_has_begun_is_not_cancelled() -> None:
    table = Table()
    table.play("m", "t1", "t2")
    (refused,) = table.withdraw("t1", request=3)["s1"]
    assert refused.code is ErrorCode.CONFLICT


# --- lost connections and other nodes -------------------------------------------------------------


def test_a_lost_connection_pauses_a_ticket_until_all_of_its_players_are_there() -> None:
    table = Table()
    table.order(Enqueue(ticket("t", "s1", "s2"), 60.0))
    seen = []
    for sid, paused in (("s1", True), ("s2", True), ("s1", False), ("s2", False)):
        table.order(Pause("duel", "t", sid, paused))
        seen.append(table.waiting["t"].paused)
    assert seen == [True, True, True, False]


def test_a_ticket_that_is_matched_while_paused_waits_again_paused() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    table.order(Pause("duel", "t1", "s1", True))
    table.reply("m", "t2", yes=False)
    assert table.waiting["t1"].paused


def test_a_player_that_moves_hears_on_its_new_node_how_it_stands() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    step = table.ledger.apply(MovePlayer("duel", "t1", "s1", "n9"), "n9", table.now)
    assert [(node, type(each)) for node, each in step.reports] == [
        ("n1", MovedAway),
        ("n9", Queued),
    ]
    table.match("m", "t1", "t2")
    step = table.ledger.apply(MovePlayer("duel", "t1", "s1", "n8"), "n8", table.now)
    assert [(node, type(each)) for node, each in step.reports] == [
        ("n9", MovedAway),
        ("n8", Found),
    ]
    table.reply("m", "t2")
    step = table.ledger.apply(MovePlayer("duel", "t2", "s2", "n8"), "n8", table.now)
    assert step.reports == (("n2", MovedAway("s2")),), "it has answered, and waits for others"
    table.reply("m", "t1")
    step = table.ledger.apply(MovePlayer("duel", "t1", "s1", "n7"), "n7", table.now)
    assert [(node, type(each)) for node, each in step.reports] == [
        ("n8", MovedAway),
        ("n7", Started),
    ]
    step = table.ledger.apply(MovePlayer("duel", "t5", "s5", "n7"), "n7", table.now)
    assert step.reports == (("n7", Over("s5", "duel", "t5", Outcome.LOST)),)


# --- parties --------------------------------------------------------------------------------------


def _part(name: str, size: int = 2, **more: object) -> Enqueue:
    return Enqueue(ticket(name, **more), 60.0, request=1, party="p", size=size)  # type: ignore[arg-type]


def test_a_party_counts_when_all_are_there() -> None:
    table = Table()
    first = table.order(_part("t1", avoid=frozenset({"x"})))
    assert [each.missing for each in first["s1"]] == [1]
    assert table.waiting == {}
    both = table.order(_part("t2", avoid=frozenset({"y"})))
    assert [(each.ticket, each.missing) for sid in ("s1", "s2") for each in both[sid]] == [
        ("t1", 0),
        ("t1", 0),
    ]
    assert [player.sid for player in table.waiting["t1"].players] == ["s1", "s2"]
    assert table.waiting["t1"].avoid == {"x", "y"}
    assert [type(each) for each in table.changes] == [Gathers, Gathered, Waits]


def test_a_part_that_is_sent_twice_counts_once() -> None:
    table = Table()
    table.order(_part("t1"))
    assert [each.missing for each in table.order(_part("t1"))["s1"]] == [1]
    table.order(_part("t2"))
    assert table.order(_part("t2")) == {}
    assert list(table.waiting) == ["t1"]
    assert table.ledger.books.parties == {}


@pytest.mark.parametrize(
    ("order", "why"),
    [
        (_part("t2", size=3), "the party is of 2, says another of it, and not of 3"),
        (_part("t2", keys=("ctf",)), "another of the party queues for something else"),
    ],
)
def test_a_part_that_does_not_fit_is_refused(order: Enqueue, why: str) -> None:
    table = Table()
    table.order(_part("t1"))
    (refused,) = table.order(order)["s2"]
    assert (refused.code, refused.why) == (ErrorCode.CONFLICT, why)


def test_who_leaves_a_party_cancels_for_all() -> None:
    table = Table()
    table.order(_part("t1", size=3))
    table.order(_part("t2", size=3))
    heard = table.withdraw("t1")
    assert {sid: [each.outcome for each in reports] for sid, reports in heard.items()} == {
        "s1": [Outcome.CANCELLED],
        "s2": [Outcome.CANCELLED],
    }


def test_a_party_that_is_not_complete_in_time_is_over_for_all() -> None:
    table = Table()
    table.order(_part("t1"))
    assert table.ledger.dissolve(table.epoch, ["p"], table.now + 29).reports == ()
    step = table.ledger.dissolve(table.epoch, ["p"], table.now + 30)
    assert step.reports == (("n1", Over("s1", "duel", "t1", Outcome.EXPIRED)),)


def test_a_party_remembers_who_is_away_and_where_they_are() -> None:
    table = Table()
    table.order(_part("t1"))
    table.order(Pause("duel", "t1", "s1", True))
    table.order(MovePlayer("duel", "t1", "s1", "n9"))
    table.order(_part("t2"))
    assert table.waiting["t1"].paused
    assert [player.node for player in table.waiting["t1"].players] == ["n9", "n2"]
