"""A hello with a token asks the right node, and asks it once."""

import pytest

from signaling.orders import Claim
from signaling.reports import HandedOver, Reach
from signaling.resumption import Claimant, Tokens

TOKEN = Tokens(b"key").write(Claimant("n2", "their-session", 3))


@pytest.fixture
def claiming(world):
    """A connection that waits for a session of node n2; `claiming.orders` are what was asked."""
    world.orders = []
    world.backplane.carry = lambda order: world.orders.append(order) or []
    world.connect("c")
    world.resume = {"token": TOKEN, "seq": 9}
    return world


def test_a_session_of_another_node_is_claimed_there(claiming):
    assert claiming.say("c", "hello", resume=claiming.resume) == []
    assert claiming.orders == [Claim("n2", "their-session", 3, 9, "c")]


def test_one_that_cannot_be_had_makes_room_for_a_new_one(claiming):
    claiming.say("c", "hello", id=4, resume=claiming.resume)
    claiming.carry_out(claiming.hub.receive_report(HandedOver("c", None), claiming.now))
    (welcome,) = claiming.take("c")
    assert (welcome["id"], welcome["sid"], welcome["resumed"]) == (4, "c", False)
    claiming.say("c", "join", room="r")
    assert claiming.orders[-1].instead_of == "their-session"


@pytest.mark.parametrize("state", [b"", b"\x90", b"nonsense"])
def test_what_cannot_be_read_cannot_be_had(claiming, state):
    claiming.say("c", "hello", resume=claiming.resume)
    claiming.carry_out(claiming.hub.receive_report(HandedOver("c", state), claiming.now))
    assert claiming.take("c")[0]["resumed"] is False


def test_a_backplane_that_does_not_answer_is_not_waited_for(claiming):
    claiming.say("c", "hello", resume=claiming.resume)
    claiming.pass_time(3)
    assert claiming.take("c")[0]["resumed"] is False
    assert claiming.hub.receive_report(HandedOver("c", None), claiming.now) == []


def test_nobody_is_asked_while_the_backplane_cannot_be_reached(claiming):
    claiming.hub.receive_report(Reach(up=False), claiming.now)
    assert claiming.say("c", "hello", resume=claiming.resume)[0]["resumed"] is False
    assert claiming.orders == []


def test_joins_are_answered_with_503_while_the_backplane_cannot_be_reached(claiming):
    claiming.say("c", "hello")
    assert claiming.say("c", "join", id=1, room="early") == []
    claiming.carry_out(claiming.hub.receive_report(Reach(up=False), claiming.now))
    late = claiming.take("c") + claiming.say("c", "join", id=2, room="late")
    assert [(error["id"], error["code"], error["retry_ms"]) for error in late] == [
        (1, 503, 1000),
        (2, 503, 1000),
    ]
    claiming.hub.receive_report(Reach(up=True), claiming.now)
    assert claiming.say("c", "join", room="late") == []
