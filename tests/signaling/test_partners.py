"""Whom a server asks, and what it says of those that cannot be reached."""

from collections.abc import Callable

import pytest

from signaling.backplane import MemoryBackplane
from signaling.codes import CloseCode
from signaling.gate import OpenGate
from signaling.hub.hub import Hub
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Quit, Reachable
from signaling.outputs import Close
from signaling.partners import Asked, NoDesk, Partners
from signaling.reports import Reach
from signaling.settings import Settings


class Spoken:
    """A backplane or a desk that speaks when it is told to."""

    queues: tuple[Queue, ...] = ()

    def __init__(self) -> None:
        self.orders: list[object] = []
        self.receive: Callable[[object], None] = print

    def carry(self, order: object) -> list:
        self.orders.append(order)
        return []

    def listen(self, receive: Callable) -> None:
        self.receive = receive


def make(backplane, desk) -> Partners:
    hub = Hub(Settings(), ice=lambda sid, region: ())
    asked = Asked(backplane, OpenGate(), desk)
    return Partners(hub, asked, lambda outputs: None, lambda: 0.0, [])


def test_whatever_cannot_be_reached_is_said_until_it_can() -> None:
    backplane, desk = Spoken(), Spoken()
    partners = make(backplane, desk)
    assert (partners.degraded, partners.is_up("desk")) == ("", True)
    backplane.receive(Reach(up=False))
    desk.receive(Reachable(up=False))
    assert partners.degraded == "the backplane cannot be reached; the queues cannot be reached"
    backplane.receive(Reach(up=True))
    assert partners.degraded == "the queues cannot be reached"
    assert (partners.is_up("backplane"), partners.is_up("desk")) == (True, False)


def test_an_order_about_a_queue_goes_to_the_desk() -> None:
    desk = Spoken()
    order = Quit("duel", "m", "s")
    assert make(MemoryBackplane(), desk).carry(order) == []
    assert desk.orders == [order]


def test_where_there_is_no_desk_nothing_is_asked_of_it() -> None:
    partners = make(MemoryBackplane(), NoDesk())
    with pytest.raises(AssertionError):
        partners.carry(Quit("duel", "m", "s"))
    with pytest.raises(AssertionError, match="done by the server"):
        partners.carry(Close("c", CloseCode.NORMAL, ""))
