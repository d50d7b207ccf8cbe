"""What the reference of every step holds to, however the steps follow each other."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from signaling.matchmaking.ledger.changes import Asked, Began, Gathers, Opened, Waits
from signaling.matchmaking.ledger.claims import Verdict
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Finish,
    MovePlayer,
    Open,
    Outcome,
    Over,
    Pause,
    Quit,
)
from signaling.matchmaking.ledger.ledger import Ledger
from tests.signaling.matchmaking.ledgers import ASKING, DUEL, Table, opening, ticket


def test_one_node_leads_until_its_lease_is_over_and_each_leader_has_a_higher_epoch() -> None:
    ledger = Ledger(DUEL)
    first = ledger.beat("n1", "p", 10.0, leads=True).epoch
    assert first > 0
    assert ledger.beat("n2", "q", 14.9, leads=True).epoch == 0
    assert ledger.beat("n1", "p", 14.9, leads=True).epoch == first
    assert ledger.beat("n2", "q", 19.8, leads=True).epoch == 0
    second = ledger.beat("n2", "q", 19.9, leads=True).epoch
    assert second > first
    assert ledger.beat("n1", "p", 20.0, leads=True).epoch == 0


def test_a_leader_that_comes_back_after_its_lease_gets_another_epoch() -> None:
    """What others did in the meantime is unknown to it, so it reads all again."""
    ledger = Ledger(DUEL)
    first = ledger.beat("n1", "p", 10.0, leads=True).epoch
    assert ledger.beat("n1", "p", 15.0, leads=True).epoch > first


def test_a_leader_that_resigns_makes_room_at_once() -> None:
    ledger = Ledger(DUEL)
    ledger.beat("n1", "p", 10.0, leads=True)
    ledger.resign("n1", "p")
    assert ledger.beat("n2", "q", 10.1, leads=True).epoch


def test_a_queue_that_lost_everything_counts_its_epochs_on_from_the_clock() -> None:
    before = Ledger(DUEL).beat("n1", "p", 1000.0, leads=True).epoch
    assert Ledger(DUEL).beat("n2", "p", 1000.1, leads=True).epoch > before


def test_another_process_of_a_node_is_born_later() -> None:
    table = Table()
    (first,) = table.ledger.beat("n1", "p", 1001.0, leads=True).lives
    table.enqueue("t1")
    (second,) = table.ledger.beat("n1", "q", 1002.0, leads=False).lives
    assert first.born < table.stamps()["t1"] < second.born


def test_a_leader_whose_epoch_is_over_changes_nothing() -> None:
    table = Table()
    table.enqueue("t1", "t2", "t3", "t4")
    table.match("m", "t1", "t2")
    stale, now = table.epoch - 1, table.now + 100
    before = (table.waiting, set(table.ledger.books.held))
    stamp = table.stamps()["t3"]
    for step in (
        table.ledger.lapse(stale, ["m"], now),
        table.ledger.drop(stale, [("t3", stamp)], Outcome.EXPIRED, now),
        table.ledger.claim(table.claim_for("m2", "t3", "t4"), stale, now)[1],
    ):
        assert (step.reports, step.changes) == ((), ())
    assert (table.waiting, set(table.ledger.books.held)) == before


def test_a_ticket_that_has_changed_since_is_not_dropped() -> None:
    table = Table()
    table.enqueue("t1")
    stamp = table.stamps()["t1"]
    table.order(MovePlayer("duel", "t1", "s1", "n2"))
    table.ledger.drop(table.epoch, [("t1", stamp)], Outcome.LOST, table.now)
    assert "t1" in table.waiting
    step = table.ledger.drop(table.epoch, [("t1", table.stamps()["t1"])], Outcome.LOST, table.now)
    assert step.reports == (("n2", Over("s1", "duel", "t1", Outcome.LOST)),)


def test_what_a_leader_must_know_is_all_there_is() -> None:
    table = Table(ASKING)
    table.play("m", "t1", "t2")
    table.order(Open(opening("m"), "s1"))
    table.enqueue("t3", "t4")
    table.match("n", "t3")
    table.order(Enqueue(ticket("t9", "s9"), 600.0, party="p", size=2))
    assert Counter(type(each) for each in table.ledger.whole()) == Counter(
        [Waits, Asked, Began, Opened, Gathers]
    )


# --- however the steps follow each other ----------------------------------------------------------

_NAMES = [f"t{number}" for number in range(1, 5)]
_MATCHES = ["m1", "m2", "m3"]
_STEPS = st.one_of(
    st.tuples(st.just("enqueue"), st.sampled_from(_NAMES)),
    st.tuples(st.just("withdraw"), st.sampled_from(_NAMES)),
    st.tuples(st.just("pause"), st.sampled_from(_NAMES)),
    st.tuples(
        st.just("claim"),
        st.sampled_from(_MATCHES),
        st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True),
    ),
    st.tuples(st.just("reply"), st.sampled_from(_NAMES), st.booleans()),
    st.tuples(st.just("lapse"), st.sampled_from(_MATCHES)),
    st.tuples(st.just("finish"), st.sampled_from(_NAMES)),
    st.tuples(st.just("quit"), st.sampled_from(_NAMES)),
)


class _Play:
    """Carries out steps, and counts what became of each ticket."""

    def __init__(self) -> None:
        self.table = Table(ASKING)
        self.enqueued: set[str] = set()

    def do(self, step: tuple) -> None:
        books, table = self.table.ledger.books, self.table
        name = step[1]
        held = books.held.get(books.where.get(name, ""))
        sid = name.replace("t", "s")
        match step[0]:
            case "enqueue":
                table.enqueue(name)
                self.enqueued.add(name)
            case "withdraw":
                table.withdraw(name)
            case "pause":
                table.order(Pause("duel", name, sid, True))
            case "claim":
                answer, _ = table.claim(table.claim_for(name, *step[2]))
                assert answer.verdict is not Verdict.FENCED
            case "lapse":
                table.take(table.ledger.lapse(table.epoch, [name], table.now))
            case "reply" if held is not None:
                (generation,) = {
                    each.ticket.generation for each in held.waiting if each.ticket.id == name
                }
                table.reply(held.match.id, name, yes=step[2], generation=generation)
            case "finish" if held is not None:
                table.order(Finish("duel", held.match.id, sid))
            case "quit" if held is not None:
                table.order(Quit("duel", held.match.id, sid))

    def check(self) -> None:
        books = self.table.ledger.books
        held = [each.ticket.id for one in books.held.values() for each in one.waiting]
        places = Counter([*books.tickets, *held, *(books.over.keys() & self.enqueued)])
        assert places == Counter(self.enqueued), "each ticket is in one place"
        assert set(books.where) == set(held)


@settings(max_examples=150, deadline=None)
@given(st.lists(_STEPS, max_size=25))
def test_every_ticket_is_in_one_place_whatever_happens(steps: list[tuple]) -> None:
    play = _Play()
    for step in steps:
        play.do(step)
        play.check()
