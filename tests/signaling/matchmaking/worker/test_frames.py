"""What goes through the pipe is read as it was written."""

from signaling.matchmaking.leading.matching import Feed, Tick
from signaling.matchmaking.proposals import Blocked, HookFault, Proposal, Ticked
from signaling.matchmaking.worker.frames import (
    LENGTH,
    PROPOSALS,
    named_to_proposal,
    read_part,
    read_work,
    write_ticked,
    write_work,
)
from tests.signaling.matchmaking.ledgers import kept, opening, ticket

_TICKETS = {
    name: ticket(name, avoid=frozenset({"x"}), properties={"maps": ("a",), "mode": "b", "n": 1.5})
    for name in ("t1", "t2")
}


def _split(frame: bytes) -> tuple[bytes, bytes]:
    kind, length = LENGTH.unpack(frame[: LENGTH.size])
    assert length == len(frame) - LENGTH.size
    return kind, frame[LENGTH.size :]


def test_work_is_read_as_it_was_written() -> None:
    for todo in (
        Feed(tuple(_TICKETS.values()), ("t3",), (opening("m"),), ("o2",)),
        Tick(3, 5.5, ("t1",)),
    ):
        assert read_work(*_split(write_work(todo)), "duel") == todo


def test_kept_tickets_come_through_as_bytes_and_who_cannot_be_read_is_passed_over() -> None:
    good, broken = kept("t1"), kept("t2", is_broken=True)
    assert read_work(*_split(write_work(Feed(kept=(broken, good)))), "duel") == Feed((good.ticket,))


def test_a_tick_is_told_in_parts() -> None:
    proposal = Proposal("duel", ((_TICKETS["t1"],), (_TICKETS["t2"],)), "eu", 0.5, "o")
    fault = HookFault(("t1",), "KeyError")
    ticked = Ticked((proposal,) * (PROPOSALS + 1), {"t9": Blocked.AVOIDED}, 2, (fault,))
    first, last = (read_part(_split(frame)[1]) for frame in write_ticked(7, ticked, 0.25))
    assert (first.number, len(first.proposals), first.is_last) == (7, PROPOSALS, False)
    assert (last.number, len(last.proposals), last.is_last) == (7, 1, True)
    assert (last.blocked, last.took, last.cut, last.faults) == (
        {"t9": Blocked.AVOIDED},
        0.25,
        2,
        (fault,),
    )
    assert named_to_proposal(last.proposals[0], "duel", _TICKETS) == proposal
    assert named_to_proposal(last.proposals[0], "duel", {}) is None
