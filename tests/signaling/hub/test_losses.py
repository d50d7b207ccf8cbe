"""A session that may have missed something starts again, wherever it has gone."""

from signaling.codes import CloseCode
from signaling.orders import Miss
from signaling.reports import Missed


def test_a_session_that_is_here_ends_with_a_code_that_says_come_back(call):
    call.carry_out(call.hub.receive_report(Missed("bob")))
    assert call.closed["bob"].code == CloseCode.UNAVAILABLE
    assert [message["t"] for message in call.take("alice")] == ["peer.leave"]


def test_one_that_has_moved_is_told_where_it_is(call):
    call.hub._state.forwards["s-gone"] = "n5"
    assert call.hub.receive_report(Missed("s-gone")) == [Miss("n5", "s-gone")]
    assert call.hub.receive_report(Missed("nobody")) == []


def test_if_nobody_knows_who_missed_something_all_in_rooms_start_again_and_all_who_moved(call):
    call.member("dave")
    call.hub._state.forwards["s-gone"] = "n5"
    outputs = call.hub.receive_report(Missed(None))
    assert Miss("n5", "s-gone") in outputs
    call.carry_out([each for each in outputs if not isinstance(each, Miss)])
    assert set(call.closed) == {"alice", "bob", "carol"}
