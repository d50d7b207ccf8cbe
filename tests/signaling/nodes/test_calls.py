"""An order about a room becomes the call of its script."""

import msgspec
import pytest

from signaling.messages import LeaveReason, MemberState
from signaling.nodes import calls, scripts
from signaling.orders import (
    Enter,
    Exit,
    Mark,
    Member,
    Order,
    Rehome,
    Relay,
    Revise,
    SetLock,
    Terms,
)

ORDERS = [
    Enter("r", Member("ann", "s", "a", {}), Terms(4), None),
    Exit("r", "ann", "s", LeaveReason.LEFT),
    Revise("r", "ann", "s", {"k": 1}),
    Mark("r", "ann", "s", MemberState.GONE, 30.0),
    SetLock("r", "ann", "s", locked=True),
    Rehome("r", "ann", "s", "a"),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_an_order_has_a_script_and_its_room_comes_first(order: Order) -> None:
    call = calls.carry(order)
    assert call.script in scripts.NAMES
    assert call.order == order
    assert msgspec.msgpack.decode(call.arguments)[0] == "r"


def test_what_goes_to_another_node_is_no_call() -> None:
    with pytest.raises(AssertionError):
        calls.carry(Relay("b", "s", None))  # type: ignore[arg-type]
