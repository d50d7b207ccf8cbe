"""Places in queues: saved and restored as they are, and what is said for them."""

import msgspec
import pytest

from signaling.matchmaking.ledger.dealings import MovePlayer, Outcome, Pause, Quit, Withdraw
from signaling.messages import LeaveReason
from signaling.queueplaces import QueuePlace, SavedPlace, Stage, is_first
from tests.signaling.queueing import make_match, stranger


def make_place(stage: Stage) -> QueuePlace:
    place = QueuePlace("duel", "t")
    place.wait("t", 3)
    place.stage, place.match_id, place.room, place.roster = stage, "m", "r", ("a", "b")
    place.asks = place.agreed = True
    return place


@pytest.mark.parametrize("stage", Stage)
def test_a_place_goes_on_elsewhere_as_it_was(stage: Stage) -> None:
    saved = make_place(stage).save()
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(saved), type=SavedPlace)
    assert again.restore().save() == saved
    assert again.restore().holds("t", 3)


def test_a_session_that_ends_takes_its_ticket_out_or_leaves_its_match() -> None:
    waiting, playing = make_place(Stage.FOUND), make_place(Stage.PLAYING)
    assert waiting.farewell("a", LeaveReason.LOST) == Withdraw("duel", "t", "a", Outcome.LOST)
    assert waiting.farewell("a", LeaveReason.BYE) == Withdraw("duel", "t", "a", Outcome.CANCELLED)
    assert playing.farewell("a", LeaveReason.EXPIRED) == Quit("duel", "m", "a", "expired")
    assert waiting.pause("a", paused=True) == Pause("duel", "t", "a", paused=True)
    assert waiting.move("a", "n") == MovePlayer("duel", "t", "a", "n")


def test_one_of_those_who_have_not_left_is_the_first() -> None:
    match = make_match(stranger("a"), stranger("b"))
    assert [is_first(match, sid) for sid in ("s-a", "s-b", "s-c")] == [True, False, False]
    assert is_first(match, "s-b", ("a",))
    assert not is_first(None, "s-a")
