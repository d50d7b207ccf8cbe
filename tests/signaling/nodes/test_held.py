"""Orders that wait: in the order in which they were given, and bounded."""

from signaling.messages import MemberState
from signaling.nodes.held import Held
from signaling.nodes.stages import Stage
from signaling.orders import Enter, Mark, Member, Terms
from tests.signaling.nodes.fleet import Fleet


def mark(sid: str, state: MemberState = MemberState.GONE) -> Mark:
    return Mark("r", sid, sid, state)


def test_an_order_that_comes_back_late_stands_where_it_was_given() -> None:
    held = Held(10)
    back = mark("ann", MemberState.HERE)
    assert held.add(2, back) == [back]
    assert held.add(3, mark("bob")) == [mark("bob")]
    assert held.add(1, mark("ann")) == [mark("ann"), back]
    assert held.take() == [(1, mark("ann")), (2, back), (3, mark("bob"))]
    assert held.take() == []


def test_of_too_many_the_oldest_are_forgotten() -> None:
    held = Held(2)
    for number in (3, 1, 2, 4):
        held.add(number, mark(f"s{number}"))
    assert [number for number, _ in held.take()] == [3, 4]


def test_orders_that_come_back_unanswered_stand_before_those_that_were_given_later() -> None:
    fleet = Fleet("a")
    fleet.settle(1.0)
    fleet.order("a", Enter("r", Member("ann", "ann", "a", {}), Terms(16), None))
    fleet.settle()
    node = fleet.nodes["a"]
    fleet.order("a", mark("ann"))
    unanswered = node.core.take()
    fleet.now += 10.0
    fleet.order("a", mark("ann", MemberState.HERE))
    assert node.core.stage is Stage.DOWN
    node.connected = False
    node.core.receive_down(unanswered)
    assert node.core.copies["r"].members["ann"].state is MemberState.HERE
    fleet.settle(6.0)
    assert fleet.store.membership.rooms["r"].members["ann"].state is MemberState.HERE
