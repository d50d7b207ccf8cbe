"""What tickets are told while they wait."""

from collections import Counter

from signaling.matchmaking.leading.progress import (
    AT_LEAST_EVERY,
    AT_ONCE,
    EVERY,
    FIRST,
    Prospects,
)
from signaling.matchmaking.ledger.changes import Waits
from signaling.matchmaking.proposals import Blocked
from tests.signaling.matchmaking.ledgers import DUEL, ticket

_TICKET = Waits(ticket("t1", enqueued=100.0), 1)


def _tell(prospects: Prospects, now: float, waiting: int = 1, why: Blocked = Blocked.ALONE) -> list:
    return prospects.tell([_TICKET], {"t1": why}, waiting, now)


def test_a_ticket_is_due_each_two_seconds_while_it_waits() -> None:
    prospects = Prospects(DUEL)
    prospects.add("t1", 100.0)
    assert prospects.take_due(100.0 + EVERY - 0.1) == ()
    assert prospects.take_due(100.0 + EVERY) == ("t1",)
    assert prospects.take_due(100.0 + EVERY) == ()
    prospects.remove("t1")
    prospects.add("t1", 103.0)
    assert prospects.take_due(104.5) == (), "its second wait is another"
    assert prospects.take_due(105.0) == ("t1",)


def test_many_tickets_take_turns() -> None:
    prospects = Prospects(DUEL)
    for number in range(AT_ONCE + 5):
        prospects.add(f"t{number}", 100.0)
    first, second = prospects.take_due(102.0), prospects.take_due(102.0)
    assert (len(first), len(second)) == (AT_ONCE, 5)
    assert not set(first) & set(second)


def test_nobody_is_passed_over_for_ever_however_many_wait_and_come() -> None:
    """Five times as many wait as one tick asks about, and more come with each."""
    prospects, asked = Prospects(DUEL), Counter[str]()
    first = [f"z{number}" for number in range(5 * AT_ONCE)]
    for name in first:
        prospects.add(name, 100.0)
    for second in range(102, 132):
        for number in range(AT_ONCE // 4):
            prospects.add(f"a{second}-{number}", float(second))
        asked.update(prospects.take_due(float(second)))
    times = [asked[name] for name in first]
    assert min(times) >= 2
    assert max(times) - min(times) <= 2, "nor is anybody asked about far more often than others"


def test_a_newcomer_hears_in_time_however_many_wait_and_those_who_wait_go_on_to_hear() -> None:
    prospects = Prospects(DUEL)
    for number in range(20 * AT_ONCE):
        prospects.add(f"t{number}", 100.0)
    for second in range(102, 130):
        prospects.take_due(float(second))
    prospects.add("new", 130.0)
    for number in range(AT_ONCE):
        prospects.add(f"n{number}", 131.0)
    assert prospects.take_due(132.0)[0] == "new"
    asked = prospects.take_due(133.0)
    assert sum(name.startswith("n") for name in asked) == FIRST
    assert len(asked) == AT_ONCE


def test_what_has_not_changed_is_told_seldom() -> None:
    prospects = Prospects(DUEL)
    prospects.add("t1", 100.0)
    ((node, report),) = _tell(prospects, 102.0)
    assert (node, report.waited, report.window, report.blocked) == ("n1", 2.0, 100.0, Blocked.ALONE)
    assert _tell(prospects, 104.0) == []
    assert [report.waiting for _, report in _tell(prospects, 104.0, waiting=2)] == [2]
    assert _tell(prospects, 105.0, waiting=2) == []
    assert [report.window for _, report in _tell(prospects, 106.0, waiting=2)] == [110.0]
    assert len(_tell(prospects, 106.0, 2, Blocked.RATING)) == 1
    assert len(_tell(prospects, 106.0 + AT_LEAST_EVERY, 2, Blocked.RATING)) == 1


def test_the_estimate_is_what_others_have_waited_less_what_has_passed() -> None:
    prospects = Prospects(DUEL)
    assert prospects.estimate is None
    for waits in ([4.0, 8.0], [6.0]):
        prospects.receive_match(waits)
    assert prospects.estimate == 6.0
    prospects.add("t1", 100.0)
    assert [report.estimate for _, report in _tell(prospects, 102.0)] == [4.0]
    assert [report.estimate for _, report in _tell(prospects, 108.0)] == [None]
