"""Orders that wait: in the order in which they were given, and bounded."""

from signaling.messages import MemberState
from signaling.nodes.held import Held
from signaling.orders import Mark


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
