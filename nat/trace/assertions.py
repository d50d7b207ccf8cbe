"""Assertions for tests of networking code; when one fails, its message tells what became of the packets."""

from typing import Protocol, runtime_checkable

from nat.packets import Address, DropReason
from nat.trace.places import Where, name_of
from nat.trace.queries import Events


@runtime_checkable
class Traced(Protocol):
    """What has a trace, such as a simulation."""

    @property
    def trace(self) -> Events:
        """What happened in it."""


def assert_delivered(
    traced: Traced | Events, source: Where, goal: Where | Address, *, at_least: int = 1
) -> None:
    """Fail unless packets from one host arrived at another.

    Args:
        traced: a simulation, or its trace, or a part of it, such as what happened after some time.
        source: the host that sent them, or its name.
        goal: the host they were for, its name, or an address with or without a port.
        at_least: how many must have arrived.

    Raises:
        AssertionError: fewer arrived; the message says why.
        ValueError: the trace knows no such place.
    """
    events = _events(traced)
    arrived = len(events.towards(source, goal).delivered())
    if arrived < at_least:
        wanted = "nothing" if arrived == 0 else f"{arrived} instead of at least {at_least}"
        raise AssertionError(f"{wanted} arrived: {events.why(source, goal)}")


def assert_not_delivered(traced: Traced | Events, source: Where, goal: Where | Address) -> None:
    """Fail if a packet from one host arrived at another, or if none was sent.

    Arguments and errors are those of `assert_delivered`; the message shows the way of the first packet.
    """
    events = _events(traced).towards(source, goal)
    for event in events.delivered():
        raise AssertionError(f"a packet arrived:\n{events.journey(event.packet)}")
    if not events:
        raise AssertionError(events.why(source, goal))


def assert_dropped(
    traced: Traced | Events,
    source: Where,
    goal: Where | Address,
    *,
    reason: DropReason | None = None,
    where: Where | None = None,
) -> None:
    """Fail unless a packet from one host to another was dropped; for a reason and at a place, if given.

    Other arguments and errors are those of `assert_delivered`.
    """
    events = _events(traced)
    place = None if where is None else name_of(where)
    for event in events.towards(source, goal).dropped(reason):
        if place in {None, event.where}:
            return
    wanted = "no packet was dropped"
    if reason is not None:
        wanted += f" because: {reason.value}"
    if place is not None:
        wanted += f", at {place}"
    raise AssertionError(f"{wanted}; {events.why(source, goal)}")


def _events(traced: Traced | Events) -> Events:
    return traced if isinstance(traced, Events) else traced.trace
