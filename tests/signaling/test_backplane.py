"""The backplane of a single node knows every answer at once, and no other node."""

import pytest

from signaling.backplane import MemoryBackplane
from signaling.messages import LeaveReason, Pong
from signaling.orders import Claim, Enter, Exit, HandOver, Member, Relay, Terms
from signaling.reports import Departed, Entered, HandedOver


def enter(peer):
    return Enter("r", Member(peer, f"s-{peer}", "local", {}), Terms(16), 1)


@pytest.fixture
def plane():
    return MemoryBackplane()


def test_orders_are_answered_at_once_and_nothing_comes_later(plane):
    plane.listen(lambda report: pytest.fail("a report came"))
    (entered,) = plane.carry(enter("a"))
    assert isinstance(entered, Entered)
    assert plane.rooms == 1
    (departed,) = plane.carry(Exit("r", "a", "s-a", LeaveReason.LEFT))
    assert isinstance(departed, Departed)
    assert plane.rooms == 0


def test_no_other_node_has_a_session(plane):
    assert plane.carry(Claim("node-2", "sid", 1, 0, "cid")) == [HandedOver("cid", None)]


@pytest.mark.parametrize("order", [Relay("node-2", "s", Pong()), HandOver("node-2", "cid", None)])
def test_a_single_node_has_nobody_to_send_to(plane, order):
    with pytest.raises(AssertionError, match="node-2"):
        plane.carry(order)
