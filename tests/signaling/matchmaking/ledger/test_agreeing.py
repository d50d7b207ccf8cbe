"""Claims, and how all agree to a match or wait again."""

import pytest

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.changes import Asked, Closed, Left
from signaling.matchmaking.ledger.claims import Answer, Verdict
from signaling.matchmaking.ledger.dealings import (
    Accepted,
    Done,
    Found,
    Outcome,
    Over,
    Pause,
    Requeued,
    Started,
)
from signaling.matchmaking.matches import MatchState
from tests.signaling.matchmaking.ledgers import ASKING, DUEL, Table


def test_a_claim_takes_all_of_its_tickets_and_asks_each_player_on_its_node() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2", "t3")
    answer, step = table.ledger.claim(table.claim_for("m", "t1", "t2"), table.epoch, table.now)
    assert answer == Answer(Verdict.DONE)
    assert list(table.waiting) == ["t3"]
    assert [(node, each.sid) for node, each in step.reports] == [("n1", "s1"), ("n2", "s2")]
    found = step.reports[0][1]
    assert isinstance(found, Found)
    assert (found.accept_in, found.asks) == (10.0, True)
    assert [(each.player.sid, each.team) for each in found.match.seats] == [("s1", 0), ("s2", 1)]
    assert step.changes == (Left(("t1", "t2")), Asked("m", 1010.0))


def test_a_claim_that_is_sent_twice_was_done_before_whoever_leads_by_now() -> None:
    table = Table()
    table.enqueue("t1", "t2")
    claim = table.claim_for("m", "t1", "t2")
    table.claim(claim)
    for epoch in (table.epoch, table.epoch + 1):
        answer, heard = table.claim(claim, epoch)
        assert (answer, heard) == (Answer(Verdict.ALREADY), {})


def test_a_claim_that_came_to_nothing_is_not_done_again() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    claim = table.claim_for("m", "t1", "t2")
    table.claim(claim)
    table.reply("m", "t1", yes=False)
    assert table.claim(claim)[0] == Answer(Verdict.ALREADY)
    assert list(table.waiting) == ["t2"]


def test_who_does_not_lead_claims_nothing() -> None:
    table = Table()
    table.enqueue("t1", "t2")
    answer, _ = table.claim(table.claim_for("m", "t1", "t2"), table.epoch - 1)
    assert answer == Answer(Verdict.FENCED)
    assert len(table.waiting) == 2


def test_a_claim_names_the_first_ticket_that_is_missing_and_changes_nothing() -> None:
    table = Table()
    table.enqueue("t1", "t2", "t3")
    claim = table.claim_for("m", "t1", "t2", "t3")
    table.withdraw("t2")
    before = table.waiting
    assert table.claim(claim) == (Answer(Verdict.MISSING, 1), {})
    assert table.waiting == before


def test_a_ticket_that_has_changed_is_another() -> None:
    table = Table()
    table.enqueue("t1", "t2")
    claim = table.claim_for("m", "t1", "t2")
    table.order(Pause("duel", "t2", "s2", True))
    assert table.claim(claim)[0] == Answer(Verdict.MISSING, 1)


# --- yes ------------------------------------------------------------------------------------------


def test_a_match_begins_with_the_last_yes() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    first = table.reply("m", "t1", request=1)
    assert first["s1"] == [Done("s1", 1), Accepted("s1", "m", 1, 2)]
    assert first["s2"] == [Accepted("s2", "m", 1, 2)]
    last = table.reply("m", "t2")["s1"][-1]
    assert isinstance(last, Started)
    assert last.match.state is MatchState.STARTED
    assert not last.newcomers


def test_where_nobody_is_asked_nobody_hears_of_others_answers() -> None:
    table = Table(DUEL)
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    assert table.reply("m", "t1") == {}
    assert [type(each) for each in table.reply("m", "t2")["s1"]] == [Started]


def test_an_answer_that_is_sent_twice_counts_once() -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    table.reply("m", "t1")
    assert table.reply("m", "t1", request=2) == {"s1": [Done("s1", 2)]}
    table.reply("m", "t2")
    assert table.reply("m", "t2", request=3) == {"s2": [Done("s2", 3)]}


@pytest.mark.parametrize(
    ("match", "name", "generation"), [("x", "t1", 1), ("m", "t1", 2), ("m", "t3", 1)]
)
def test_an_answer_to_something_else_is_refused(match: str, name: str, generation: int) -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2", "t3")
    table.match("m", "t1", "t2")
    (refused,) = table.reply(match, name, generation=generation, request=1)[name.replace("t", "s")]
    assert refused.code is ErrorCode.NOT_FOUND


# --- no -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("absent", "outcome"), [(False, Outcome.DECLINED), (True, Outcome.LOST)])
def test_with_one_no_the_others_wait_again_as_old_as_they_were(
    absent: bool, outcome: Outcome
) -> None:
    table = Table(ASKING)
    table.enqueue("t1", "t2", "t3")
    table.now += 50
    table.match("m", "t1", "t2", "t3")
    table.reply("m", "t2")
    heard = table.reply("m", "t1", yes=False, absent=absent)
    assert heard["s1"] == [Over("s1", "duel", "t1", outcome)]
    assert heard["s2"] == [Requeued("s2", "duel", "m", "t2", 2, outcome)]
    assert list(table.waiting) == ["t2", "t3"]
    assert table.waiting["t2"].enqueued == 1000.0
    assert Closed("m") in table.changes


@pytest.mark.parametrize(("queue", "outcome"), [(ASKING, Outcome.DECLINED), (DUEL, Outcome.LOST)])
def test_who_says_nothing_in_time_is_dropped(queue: object, outcome: Outcome) -> None:
    table = Table(queue)  # type: ignore[arg-type]
    table.enqueue("t1", "t2")
    table.match("m", "t1", "t2")
    table.reply("m", "t2")
    heard = table.take(table.ledger.lapse(table.epoch, ["m"], table.now))
    assert heard["s1"] == [Over("s1", "duel", "t1", outcome)]
    assert [type(each) for each in heard["s2"]] == [Requeued]


def test_a_match_that_has_begun_does_not_lapse() -> None:
    table = Table()
    table.play("m", "t1", "t2")
    assert table.ledger.lapse(table.epoch, ["m", "unknown"], table.now).reports == ()


def test_a_yes_to_a_match_that_came_to_nothing_counts_no_more() -> None:
    """Its ticket has another generation by now."""
    table = Table(ASKING)
    table.enqueue("t1", "t2", "t3")
    table.match("m", "t1", "t2")
    table.reply("m", "t1", yes=False)
    table.match("n", "t2", "t3")
    table.reply("n", "t3")
    assert table.reply("n", "t2", generation=1) == {}
    assert [type(each) for each in table.reply("n", "t2", generation=2)["s2"]][-1:] == [Started]
