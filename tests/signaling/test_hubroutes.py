"""What is new waits behind what is under way, when a member's session has moved."""

import pytest

from signaling.messages import LeaveReason
from signaling.orders import Fence, FenceReached, Member, Relay
from signaling.reports import Arrived, Departed, Fenced, FencePassed, Moved

FAR = Member("far", "s-far", "n2", {})


@pytest.fixture
def moving(call):
    """Far, a member of room r, has gone from n2 to n3, and Alice is here."""
    call.orders = []
    call.backplane.carry = lambda order: call.orders.append(order) or []
    hear(call, Arrived("r", FAR, 3), Moved("r", "far", "s-far", "n3", 4))
    return call


def hear(world, *reports):
    for report in reports:
        world.carry_out(world.hub.receive_report(report, world.now))


def signal(world, data):
    return world.say("alice", "signal", room="r", to="far", kind="custom", data=data)


def relayed(world):
    return [
        (order.node, int(bytes(order.message.data)))
        for order in world.orders
        if isinstance(order, Relay)
    ]


def test_a_fence_is_sent_over_the_former_node_and_what_is_new_waits(moving):
    assert moving.orders == [Fence("n2", "s-far", "local")]
    signal(moving, 1)
    assert relayed(moving) == []


def test_what_waited_goes_to_the_new_node_in_order_once_the_fence_is_back(moving):
    signal(moving, 1)
    signal(moving, 2)
    hear(moving, FencePassed("s-far"))
    signal(moving, 3)
    assert relayed(moving) == [("n3", 1), ("n3", 2), ("n3", 3)]


def test_a_fence_that_does_not_come_back_is_not_waited_for_longer_than_a_second(moving):
    signal(moving, 1)
    moving.pass_time(1.0)
    assert relayed(moving) == [("n3", 1)]


def test_one_fence_is_enough_however_far_it_goes_on(moving):
    signal(moving, 1)
    hear(moving, Moved("r", "far", "s-far", "n4", 5), FencePassed("s-far"))
    assert sum(isinstance(order, Fence) for order in moving.orders) == 1
    assert relayed(moving) == [("n4", 1)]


def test_no_more_waits_than_may(moving):
    answers = [signal(moving, number) for number in range(90)]
    moving.pass_time(0.5)
    for number in range(200):
        moving.pass_time(0.0)
        moving.hub._state.connections["alice"].bucket.__init__(20.0, 100, moving.now)
        answers.append(signal(moving, number))
    slow = [answer for heard in answers for answer in heard if answer.get("reason") == "slow"]
    assert len(slow) == 290 - 256


def test_one_who_comes_back_to_where_it_was_is_found_by_its_room_again(moving):
    hear(moving, FencePassed("s-far"))
    moving.pass_time(60.0)
    signal(moving, 1)
    assert relayed(moving) == [("n3", 1)]
    assert moving.hub._routes.is_straight


def test_a_fence_for_a_session_that_went_on_is_passed_on_and_one_that_is_here_is_answered(call):
    call.hub._state.forwards["s-gone"] = "n5"
    assert call.hub.receive_report(Fenced("s-gone", "n2")) == [Fence("n5", "s-gone", "n2")]
    assert call.hub.receive_report(Fenced("bob", "n2")) == [FenceReached("n2", "bob")]
    assert call.hub.receive_report(Fenced("nobody", "n2")) == [FenceReached("n2", "nobody")]


def test_what_waited_for_one_who_left_is_sent_after_it_all_the_same(moving):
    signal(moving, 1)
    hear(moving, Departed("r", "far", "s-far", LeaveReason.LOST, 5), FencePassed("s-far"))
    assert relayed(moving) == [("n3", 1)]
