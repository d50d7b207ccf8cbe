"""TSNs are acknowledged in blocks, and the window counts what nobody has had yet."""

import random

import pytest

from peer.sctp import chunks
from peer.sctp.chunks import FIRST, LAST, UNORDERED, Data, Sack
from peer.sctp.events import Event
from peer.sctp.reassembly import OVERHEAD
from peer.sctp.receiving import Receiver

WHOLE = FIRST | LAST | UNORDERED


def make(window: int = 10_000) -> Receiver:
    receiver = Receiver(window, 1000)
    receiver.begin(1)
    return receiver


def take(receiver: Receiver, tsn: int, data: bytes = b"x", flags: int = WHOLE) -> list[Event]:
    events: list[Event] = []
    receiver.receive_data(Data(flags, tsn, 1, 0, 53, data), events)
    return events


def sack(receiver: Receiver) -> Sack:
    packet = chunks.encode(1, 1, 1, [receiver.acknowledgement()])
    (read,) = chunks.decode(packet).chunks
    assert isinstance(read, Sack)
    return read


@pytest.mark.parametrize("seed", range(5))
def test_blocks_are_what_has_come_whatever_the_order(seed: int) -> None:
    chance = random.Random(seed)
    receiver, came = make(), set()
    for tsn in chance.sample(range(1, 60), 45):
        assert len(take(receiver, tsn)) == 1
        assert take(receiver, tsn) == [], "a duplicate"
        came.add(tsn)
        told = sack(receiver)
        named = set(range(1, told.tsn + 1))
        for first, last in told.gaps:
            named |= set(range(told.tsn + first, told.tsn + last + 1))
        assert named == came
        assert told.tsn + 1 not in came
        assert list(told.gaps) == sorted(told.gaps)


def test_every_second_packet_is_acknowledged_at_once_and_a_single_one_soon() -> None:
    receiver = make()
    take(receiver, 1)
    receiver.packet_ended(5.0)
    assert not receiver.urgent
    assert receiver.deadline is not None
    assert 5.0 < receiver.deadline <= 5.2
    take(receiver, 2)
    receiver.packet_ended(5.0)
    assert receiver.urgent
    sack(receiver)
    assert not receiver.urgent
    assert receiver.deadline is None


@pytest.mark.parametrize("tsn", [3, 1])
def test_a_gap_and_a_duplicate_are_told_at_once(tsn: int) -> None:
    receiver = make()
    take(receiver, 1)
    sack(receiver)
    take(receiver, tsn)
    receiver.packet_ended(0.0)
    assert receiver.urgent


def test_what_nobody_has_had_closes_the_window_and_having_it_opens_it() -> None:
    receiver = make()
    costs = []
    for tsn in range(1, 30):
        costs += [event.cost for event in take(receiver, tsn, bytes(1000))]
    assert 10 <= len(costs) <= 11, "an eighth more than it says"
    assert sack(receiver).window == 0
    for cost in costs[:3]:
        receiver.consumed(cost)
    assert not receiver.urgent, "a little room is not worth telling"
    for cost in costs[3:8]:
        receiver.consumed(cost)
    assert receiver.urgent
    assert sack(receiver).window == receiver.room > 5000


def test_tiny_messages_cannot_fill_memory_either() -> None:
    receiver = make(96 * (1 + OVERHEAD))
    assert sum(len(take(receiver, tsn)) for tsn in range(1, 1000)) == 108


def test_a_tsn_far_ahead_is_dropped() -> None:
    receiver = make()
    assert take(receiver, 1 << 20) == []
    assert sack(receiver).gaps == ()


def test_what_fills_a_gap_is_taken_though_the_window_is_closed() -> None:
    receiver = make()
    for tsn in range(2, 12):
        take(receiver, tsn, bytes(1000), FIRST | LAST)
    assert sack(receiver).window == 0
    events: list[Event] = []
    receiver.receive_data(Data(FIRST | LAST, 1, 1, 0, 53, bytes(1000)), events)
    assert len(events) >= 1
