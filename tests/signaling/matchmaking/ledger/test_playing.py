"""Matches that run: seats are filled, players leave, and it ends."""

from dataclasses import replace

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.changes import Began, Closed, Opened, Shut
from signaling.matchmaking.ledger.claims import Answer, Claim, Verdict
from signaling.matchmaking.ledger.dealings import (
    Done,
    Finish,
    Found,
    Open,
    Outcome,
    Over,
    Quit,
    Requeued,
    Started,
)
from signaling.matchmaking.matches import Match
from tests.signaling.matchmaking.ledgers import Table, opening


def _fill(table: Table, name: str, *, seats: tuple[int, ...] = (0, 0), claim: str = "c") -> Claim:
    open_now, stamp = table.ledger.books.openings["o"]
    head = Match(
        "m", "duel", "room-m", (), (), "", opening="o", made=table.now, accept_by=table.now + 3
    )
    left = replace(open_now, seats=seats) if any(seats) else None
    return Claim(claim, head, ((name, table.stamps()[name]),), (1,), stamp, left)


def _running() -> Table:
    table = Table()
    table.play("m", "t1", "t2")
    return table


# --- seats that are open --------------------------------------------------------------------------


def test_the_host_opens_seats_and_shuts_them_again() -> None:
    table = _running()
    assert table.order(Open(opening("m"), "s1", request=1))["s1"] == [Done("s1", 1)]
    assert isinstance(table.changes[-1], Opened)
    table.order(Open(opening("m", (0, 2), "o2"), "s1"))
    assert list(table.ledger.books.openings) == ["o2"]
    assert table.ledger.books.openings["o2"][0].generation == 2
    table.order(Open(opening("m", (0, 0)), "s1"))
    assert table.ledger.books.openings == {}
    assert table.changes[-1] == Shut("o2")


def test_who_does_not_host_opens_nothing() -> None:
    table = _running()
    (refused,) = table.order(Open(opening("m"), "s2", request=1))["s2"]
    assert refused.code is ErrorCode.FORBIDDEN
    (refused,) = table.order(Open(opening("x"), "s2", request=1))["s2"]
    assert refused.code is ErrorCode.NOT_FOUND


def test_an_opening_whose_time_is_over_is_shut_unless_it_has_changed() -> None:
    table = _running()
    table.order(Open(opening("m"), "s1"))
    _, stamp = table.ledger.books.openings["o"]
    assert table.ledger.shut(table.epoch, [("o", stamp - 1), ("x", 1)]).changes == ()
    assert table.ledger.shut(table.epoch, [("o", stamp)]).changes == (Shut("o"),)


def test_a_newcomer_is_asked_and_becomes_part_of_the_match() -> None:
    table = _running()
    table.order(Open(opening("m", (0, 2)), "s1"))
    table.enqueue("t3")
    answer, heard = table.claim(_fill(table, "t3", seats=(0, 1)))
    assert answer == Answer(Verdict.DONE)
    assert list(heard) == ["s3"], "the others play on"
    assert isinstance(heard["s3"][0], Found)
    heard = table.reply("m", "t3")
    for sid in ("s1", "s2", "s3"):
        (started,) = heard[sid]
        assert isinstance(started, Started)
        assert started.newcomers
        assert [(each.player.sid, each.team) for each in started.match.seats] == [
            ("s1", 0),
            ("s2", 1),
            ("s3", 1),
        ]
    assert table.ledger.books.openings["o"][0].seats == (0, 1)
    assert table.claim(_fill_again(table))[0] == Answer(Verdict.ALREADY)


def _fill_again(table: Table) -> Claim:
    return Claim("c", Match("m", "duel", "room-m", (), (), ""), (), ())


def test_seats_are_open_again_when_the_newcomer_says_no() -> None:
    table = _running()
    table.order(Open(opening("m"), "s1"))
    table.enqueue("t3")
    table.claim(_fill(table, "t3"))
    assert table.ledger.books.openings == {}
    table.reply("m", "t3", yes=False)
    assert table.ledger.books.openings["o"][0].seats == (0, 1)
    assert table.ledger.books.openings["o"][0].generation == 2


def test_what_the_host_has_opened_meanwhile_counts_and_not_what_was_open_before() -> None:
    table = _running()
    table.order(Open(opening("m"), "s1"))
    table.enqueue("t3")
    table.claim(_fill(table, "t3"))
    table.order(Open(opening("m", (1, 1), "o2"), "s1"))
    table.reply("m", "t3", yes=False)
    assert list(table.ledger.books.openings) == ["o2"]


def test_seats_that_were_filled_by_another_are_missing() -> None:
    table = _running()
    table.order(Open(opening("m"), "s1"))
    table.enqueue("t3", "t4")
    late = _fill(table, "t4", claim="d")
    table.claim(_fill(table, "t3"))
    assert table.claim(late)[0] == Answer(Verdict.MISSING, 1)


# --- the end --------------------------------------------------------------------------------------


def test_a_result_ends_the_match_for_all_who_are_still_in_it() -> None:
    table = _running()
    table.order(Quit("duel", "m", "s2", "bored"))
    heard = table.order(Finish("duel", "m", "s1", b'{"won":0}', request=1))
    over = Over("s1", "duel", "t1", Outcome.FINISHED, "m", b'{"won":0}', {"peer-s2": "bored"})
    assert heard == {"s1": [Done("s1", 1), over]}
    assert table.changes[-1] == Closed("m")
    assert table.ledger.books.held == {}


def test_the_host_tells_the_result_and_another_when_it_has_gone() -> None:
    table = _running()
    (refused,) = table.order(Finish("duel", "m", "s2", request=1))["s2"]
    assert refused.code is ErrorCode.FORBIDDEN
    table.order(Quit("duel", "m", "s1"))
    assert table.order(Finish("duel", "m", "s2", request=1))["s2"][0] == Done("s2", 1)


def test_a_match_that_everybody_has_left_is_abandoned() -> None:
    table = _running()
    assert table.order(Quit("duel", "m", "s1", "lost")) == {}
    assert isinstance(table.changes[-1], Began)
    (over,) = table.order(Quit("duel", "m", "s2", "lost"))["s2"]
    assert over.outcome is Outcome.ABANDONED
    assert over.leavers == {"peer-s1": "lost", "peer-s2": "lost"}


def test_who_quits_before_it_has_begun_has_said_no() -> None:
    table = Table()
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    heard = table.order(Quit("duel", "m", "s1"))
    assert [type(each) for each in heard["s2"]] == [Requeued]


def test_newcomers_wait_again_when_the_match_ends_meanwhile() -> None:
    table = _running()
    table.order(Open(opening("m"), "s1"))
    table.enqueue("t3")
    table.claim(_fill(table, "t3"))
    heard = table.order(Finish("duel", "m", "s1"))
    assert heard["s3"] == [Requeued("s3", "duel", "m", "t3", 2, Outcome.CLOSED)]
    assert list(table.waiting) == ["t3"]
    assert table.ledger.books.openings == {}


# --- after everything was lost --------------------------------------------------------------------


def test_a_match_that_is_told_again_runs_on() -> None:
    before = _running()
    match = before.ledger.books.held["m"].whole()
    table = Table()
    table.enqueue("t1")
    table.take(table.ledger.recall(match, {}))
    table.take(table.ledger.recall(match, {}))
    assert table.waiting == {}
    heard = table.order(Finish("duel", "m", "s1"))
    assert {each.outcome for reports in heard.values() for each in reports} == {Outcome.FINISHED}
