"""What is new waits behind what is under way, when a member's session has moved."""

from dataclasses import replace
from unittest.mock import ANY

import msgspec
import pytest

from signaling.codes import CloseCode
from signaling.hub.routes import FENCE_TIMEOUT
from signaling.messages import Forwarded, LeaveReason, SignalKind
from signaling.orders import Fence, FenceReached, Member, Miss, Relay
from signaling.reports import (
    Arrived,
    Came,
    Departed,
    Died,
    Fenced,
    FencePassed,
    Moved,
    Reach,
    Relayed,
)

FAR = Member("far", "s-far", "n2", {})
MOVED = Moved("r", "far", "s-far", "n3", 4)
FENCE = Fence("n2", "s-far", "local", 1)
PASSED = FencePassed("s-far", 1)
MISS = Miss("n3", "s-far")


@pytest.fixture
def near(call):
    """Far, a member of room r, is on n2, and Alice is here; nothing was said yet."""
    call.orders = []
    call.backplane.carry = lambda order: call.orders.append(order) or []
    hear(call, Arrived("r", FAR, 3))
    return call


@pytest.fixture
def moving(near):
    """Alice has said 0 to Far, who has gone from n2 to n3."""
    signal(near, 0)
    hear(near, MOVED)
    assert near.orders == [Relay("n2", "s-far", ANY), FENCE]
    near.orders.clear()
    return near


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
    signal(moving, 1)
    assert moving.orders == []


def test_where_nothing_is_under_way_nothing_waits(near):
    hear(near, MOVED)
    signal(near, 1)
    assert relayed(near) == [("n3", 1)]
    assert not any(isinstance(order, Fence) for order in near.orders)


def test_what_was_said_more_than_two_minutes_ago_is_not_under_way(near):
    signal(near, 0)
    near.pass_time(60.0)
    near.pass_time(61.0)
    near.orders.clear()
    hear(near, MOVED)
    assert near.orders == []


def test_what_waited_goes_to_the_new_node_in_order_once_the_fence_is_back(moving):
    signal(moving, 1)
    signal(moving, 2)
    hear(moving, PASSED)
    signal(moving, 3)
    assert relayed(moving) == [("n3", 1), ("n3", 2), ("n3", 3)]


def test_if_a_fence_does_not_come_back_the_session_starts_again_before_it_hears_more(moving):
    signal(moving, 1)
    moving.pass_time(FENCE_TIMEOUT - 0.1)
    assert moving.orders == []
    moving.pass_time(0.1)
    assert moving.orders == [MISS, Relay("n3", "s-far", ANY)]


def test_if_nobody_can_answer_for_what_was_sent_the_session_starts_again(moving):
    signal(moving, 1)
    hear(moving, FencePassed("s-far", 1, whole=False))
    assert moving.orders == [MISS, Relay("n3", "s-far", ANY)]


def test_while_we_are_cut_off_a_fence_may_take_its_time(moving):
    hear(moving, Reach(up=False))
    moving.pass_time(FENCE_TIMEOUT)
    assert moving.orders == []
    hear(moving, Reach(up=True))
    moving.pass_time(FENCE_TIMEOUT)
    assert moving.orders == [MISS]


def test_a_fence_that_comes_back_too_late_lets_nothing_go(moving):
    moving.pass_time(FENCE_TIMEOUT)
    moving.orders.clear()
    hear(moving, Moved("r", "far", "s-far", "n4", 5))
    assert moving.orders == [Fence("n3", "s-far", "local", 2)]
    signal(moving, 1)
    hear(moving, PASSED)
    assert relayed(moving) == []
    hear(moving, FencePassed("s-far", 2))
    assert relayed(moving) == [("n4", 1)]


def test_one_that_came_elsewhere_though_its_room_is_not_seen_from_here_is_fenced(near):
    signal(near, 0)
    near.say("alice", "leave", room="r")
    near.say("bob", "leave", room="r")
    near.orders.clear()
    hear(near, Came("s-far", "n3"), Came("s-other", "n3"))
    assert near.orders == [FENCE]
    near.pass_time(FENCE_TIMEOUT)
    assert near.orders == [FENCE, MISS]


def test_if_the_node_in_between_dies_a_fence_is_not_waited_for(moving):
    signal(moving, 1)
    hear(moving, Died("n2"))
    assert moving.orders == [MISS, Relay("n3", "s-far", ANY)]


def test_one_that_was_sent_something_over_a_node_that_dies_has_missed_it_wherever_it_is(near):
    signal(near, 0)
    hear(near, Died("n5"))
    near.orders.clear()
    hear(near, Died("n2"))
    hear(near, Died("n2"))
    assert near.orders == [Miss(None, "s-far")]


def test_one_that_came_into_the_room_from_elsewhere_hears_first_what_is_under_way(near):
    signal(near, 0)
    hear(near, Departed("r", "far", "s-far", LeaveReason.LEFT, 4))
    hear(near, Arrived("r", replace(FAR, node="n3"), 5))
    near.orders.clear()
    signal(near, 1)
    assert near.orders == [FENCE]
    hear(near, PASSED)
    assert relayed(near) == [("n3", 1)]


def test_one_that_has_come_here_starts_again_if_something_may_be_lost(near):
    signal(near, 0)
    near.member("far")
    session = near.hub._state.sessions["s-far"] = near.hub._state.sessions.pop("far")
    session.sid = "s-far"
    near.hub._routes.change("s-far", "local")
    hear(near, FencePassed("s-far", 1, whole=False))
    assert near.closed["far"].code == CloseCode.UNAVAILABLE


def test_one_fence_is_enough_however_far_it_goes_on(moving):
    signal(moving, 1)
    hear(moving, Moved("r", "far", "s-far", "n4", 5), PASSED)
    assert not any(isinstance(order, Fence) for order in moving.orders)
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
    hear(moving, PASSED)
    moving.pass_time(60.0)
    signal(moving, 1)
    assert relayed(moving) == [("n3", 1)]
    assert moving.hub._routes.is_straight


def test_a_fence_for_a_session_that_went_on_is_passed_on_and_one_that_is_here_is_answered(call):
    call.hub._state.forwards["s-gone"] = "n5"
    hear_one = call.hub.receive_report
    assert hear_one(Fenced("s-gone", "n2", 7)) == [Fence("n5", "s-gone", "n2", 7)]
    assert hear_one(Fenced("bob", "n2", 7)) == [FenceReached("n2", "bob", 7)]


def test_who_does_not_know_a_session_cannot_say_that_nothing_was_lost(call):
    lost = FenceReached("n2", "nobody", 7, whole=False)
    assert call.hub.receive_report(Fenced("nobody", "n2", 7)) == [lost]


def test_what_waited_for_one_who_left_is_sent_after_it_all_the_same(moving):
    signal(moving, 1)
    hear(moving, Departed("r", "far", "s-far", LeaveReason.LOST, 5), PASSED)
    assert relayed(moving) == [("n3", 1)]


# --- senders that move ----------------------------------------------------------------------------


def follow(world, *ways):
    """Alice has come from n7, where she said something to these."""
    world.hub._routes.follow("alice", "n7", ways)
    world.carry_out(world.hub._take_outputs())


def test_what_one_says_who_has_come_waits_behind_what_it_said_where_it_was(near):
    follow(near, ("s-far", "n2"))
    assert near.orders == [Fence("n7", "s-far", "local", 1, "alice")]
    signal(near, 1)
    near.say("bob", "signal", room="r", to="far", kind="custom", data=2)
    assert relayed(near) == [("n2", 2)]
    hear(near, PASSED)
    assert relayed(near) == [("n2", 2), ("n2", 1)]


def test_if_what_it_said_where_it_was_may_be_lost_its_receiver_starts_again(near):
    follow(near, ("s-far", "n2"))
    signal(near, 1)
    hear(near, Died("n7"))
    assert near.orders[1:] == [Miss("n2", "s-far"), Relay("n2", "s-far", ANY)]


def test_who_gives_a_sender_away_says_what_is_under_way_for_it(near):
    routes = near.hub._routes
    assert routes.under_way("alice", ["s-far"]) == ()
    signal(near, 0)
    assert routes.under_way("alice", ["s-far", "bob"]) == (("s-far", "n2"),)
    hear(near, MOVED)
    assert routes.under_way("alice", ["s-far"]) == (("s-far", "n3"),)


def test_a_fence_for_a_sender_that_went_on_follows_what_it_said_and_waits_behind_what_is_held(
    moving,
):
    moving.hub._state.forwards["s-gone"] = "n7"
    signal(moving, 1)
    hear(moving, Fenced("s-far", "n7", 9, "s-gone"))
    assert moving.orders == []
    hear(moving, PASSED)
    assert moving.orders == [Relay("n3", "s-far", ANY), Fence("n3", "s-far", "n7", 9)]
    moving.orders.clear()
    hear(moving, Fenced("s-far", "n7", 10, "s-gone"))
    assert moving.orders == [Fence("n3", "s-far", "n7", 10)]


def test_where_nothing_is_under_way_any_more_a_sender_s_fence_is_answered_well(near):
    near.hub._state.forwards["s-gone"] = "n7"
    hear(near, Fenced("s-far", "n7", 9, "s-gone"), Fenced("s-far", "n7", 10, "s-unknown"))
    good = FenceReached("n7", "s-far", 9)
    assert near.orders == [good, FenceReached("n7", "s-far", 10, whole=False)]


# --- receivers that come back ---------------------------------------------------------------------


def early(number, source):
    data = msgspec.Raw(b"%d" % number)
    return Relayed("bob", Forwarded("r", "alice", SignalKind.CUSTOM, data), source)


@pytest.fixture
def back(near):
    """Bob was here, went on to n3 and then to n4, and has come back from there."""
    near.take("bob")
    near.orders.clear()
    near.hub._routes.come_back("bob", "n3", "n4")
    near.carry_out(near.hub._take_outputs())
    assert near.orders == [Fence("n3", "bob", "local", 1)]
    near.orders.clear()
    return near


def test_what_others_say_to_one_that_is_back_waits_behind_what_was_passed_on_for_it(back):
    hear(back, early(2, "n1"), Fenced("bob", "n1", 9, source="n1"), early(1, "n4"))
    assert [message["data"] for message in back.take("bob")] == [1]
    assert back.orders == []
    hear(back, Fenced("bob", "local", 1, source="n4"))
    assert [message["data"] for message in back.take("bob")] == [2]
    assert back.orders == [FenceReached("n1", "bob", 9)]


def test_if_what_was_passed_on_for_it_does_not_come_back_it_starts_again(back):
    hear(back, early(2, "n1"))
    back.pass_time(FENCE_TIMEOUT)
    assert back.closed["bob"].code == CloseCode.UNAVAILABLE


def test_no_more_waits_for_what_was_passed_on_than_may(back):
    for number in range(257):
        hear(back, early(number, "n1"))
    assert back.closed["bob"].code == CloseCode.UNAVAILABLE
