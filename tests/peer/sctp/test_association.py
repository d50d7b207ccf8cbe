"""Two associations over a wire that loses, doubles, delays and reorders."""

import random
from typing import Any

import pytest

from peer.sctp import Ended, Established, StreamsReset, TooLarge, chunks
from peer.sctp.association import State
from peer.sctp.chunks import DecodeError
from peer.sctp.reassembly import InboundStream


def blocks(count: int, seed: int = 0) -> list[bytes]:
    chance = random.Random(seed)
    return [chance.randbytes(chance.choice([1, 7, 900, 1160, 1161, 5000])) for _ in range(count)]


def test_both_begin_and_both_are_up_after_a_round_trip_and_a_half(make_wire: Any) -> None:
    wire = make_wire().connect()
    assert wire.now <= 0.1
    assert [events[0] for events in wire.events] == [Established(65535)] * 2


def test_data_rides_with_the_cookie_and_comes_once_when_that_is_lost(make_wire: Any) -> None:
    for lost in (False, True):
        seen: list[bytes] = []

        def fate(_: int, packet: bytes, seen: list[bytes] = seen, lost: bool = lost) -> list[float]:
            cookie = packet[12] == chunks.COOKIE_ECHO
            seen += [packet] * cookie
            return [] if lost and cookie and len(seen) == 1 else [0.0]

        wire = make_wire(fate=fate)
        wire.ends[0].start(0.0)
        wire.ends[1].start(0.0)
        wire.send(0, 1, b"first")
        wire.send(1, 1, b"second")
        wire.run(until=lambda w=wire: w.messages(0) and w.messages(1))
        assert wire.now == pytest.approx(0.075) or lost
        assert any(len(packet) > 40 for packet in seen)
        wire.run(seconds=10)
        assert (wire.messages(1), wire.messages(0)) == ([b"first"], [b"second"])


@pytest.mark.parametrize("seed", range(6))
def test_ordered_messages_come_once_and_in_order_whatever_the_wire_does(
    make_wire: Any, make_losing: Any, seed: int
) -> None:
    fate = make_losing(seed, loss=0.1, jitter=0.08 if seed % 2 else 0.0, twice=0.05)
    wire = make_wire(fate=fate, first=seed + 10).connect()
    said = [blocks(60, seed), blocks(60, seed + 100)]
    for side in (0, 1):
        for number, data in enumerate(said[side]):
            wire.send(side, number % 3, data)
    wire.run(until=lambda: all(len(wire.messages(side)) == 60 for side in (0, 1)))
    for side in (0, 1):
        for stream in range(3):
            assert wire.messages(1 - side, stream) == said[side][stream::3]
    wire.run(seconds=30)
    assert [len(wire.messages(side)) for side in (0, 1)] == [60, 60]
    assert all(end.receiver.room == 1 << 20 for end in wire.ends)


@pytest.mark.parametrize("seed", range(3))
def test_unordered_messages_all_come_once(make_wire: Any, make_losing: Any, seed: int) -> None:
    wire = make_wire(fate=make_losing(seed, loss=0.1, jitter=0.05)).connect()
    said = blocks(80, seed)
    for data in said:
        wire.send(0, 5, data, ordered=False)
    wire.run(until=lambda: len(wire.messages(1)) == 80)
    assert sorted(wire.messages(1)) == sorted(said)


def test_numbers_wrap_in_the_middle_of_it(make_wire: Any, make_losing: Any) -> None:
    """TSNs pass 2^32, and the stream's numbers 2^16."""
    wire = make_wire()
    for end in wire.ends:
        seed = b"\0\0\0\x07\xff\xff\xff\xf0" + bytes(16)
        end.__init__(5000, 5000, seed, window=1 << 20, max_message_size=1 << 18)
    wire.connect()
    wire.ends[0].sender._outbox._next_ssn[1] = 65_500
    wire.ends[1].receiver._streams[1] = stream = InboundStream(1 << 18)
    stream._next_ssn = 65_500
    wire.fate = make_losing(3, loss=0.05)
    for number in range(500):
        wire.send(0, 1, number.to_bytes(4, "big") * 200)
    wire.run(until=lambda: len(wire.events[1]) == 501)
    assert [int.from_bytes(data[:4], "big") for data in wire.messages(1)] == list(range(500))


@pytest.mark.parametrize("how", [{"max_retransmits": 0}, {"lifetime": 0.1}])
@pytest.mark.parametrize("ordered", [True, False])
def test_what_may_be_given_up_does_not_hold_up_the_rest(
    make_wire: Any, make_losing: Any, how: Any, ordered: bool
) -> None:
    wire = make_wire().connect()
    wire.fate = make_losing(4, loss=0.2)
    said = blocks(100, 1)
    for data in said:
        wire.send(0, 1, data, ordered=ordered, **how)
    wire.send(0, 2, b"reliable")
    wire.run(until=lambda: wire.messages(1, 2) == [b"reliable"])
    wire.run(seconds=30)
    came = wire.messages(1, 1)
    assert 0 < len(came) < 100
    if ordered:
        remaining = iter(said)
        assert all(data in remaining for data in came)  # a subsequence
    wire.fate = lambda *_: [0.0]
    wire.send(0, 1, b"at last", ordered=ordered)
    wire.run(until=lambda: wire.messages(1, 1)[-1] == b"at last")
    wire.run(seconds=5)
    assert wire.ends[1].receiver.room == 1 << 20
    assert wire.ends[0].sender.in_flight == 0


def test_a_large_message_that_is_given_up_halfway_leaves_nothing_behind(make_wire: Any) -> None:
    wire = make_wire().connect()
    dropped: list[int] = []

    def fate(side: int, packet: bytes) -> list[float]:
        if side == 0 and len(packet) > 1000 and len(dropped) < 1:
            dropped.append(1)
            return []
        return [0.0]

    wire.fate = fate
    wire.send(0, 1, bytes(200_000), max_retransmits=0)
    wire.send(0, 1, b"next")
    wire.run(until=lambda: wire.messages(1) == [b"next"])
    wire.run(seconds=10)
    assert wire.ends[1].receiver.room == 1 << 20


def test_a_reader_that_does_not_read_stops_the_sender_and_nothing_is_lost(make_wire: Any) -> None:
    wire = make_wire().connect()
    wire.reads[1] = False
    said = [number.to_bytes(4, "big") * 5000 for number in range(150)]  # 3 MB
    for data in said:
        wire.send(0, 1, data)
    wire.run(seconds=60)
    held = sum(map(len, wire.messages(1)))
    assert 900_000 < held <= (1 << 20) * 9 // 8
    quiet = len(wire.packets)
    wire.run(seconds=60)
    assert len(wire.packets) - quiet < 60, "it asks now and then, and no more"
    resumed = wire.now
    wire.reads[1] = True
    for event in wire.events[1][1:]:
        wire.ends[1].receiver.consumed(event.cost)
    wire.run(until=lambda: len(wire.messages(1)) == 150)
    assert wire.messages(1) == said
    assert wire.now - resumed < 10


def test_after_a_silence_the_path_is_tried_at_once_when_it_has_changed(make_wire: Any) -> None:
    wire = make_wire().connect()
    wire.fate = lambda *_: []
    for number in range(100):
        wire.send(0, 1, bytes([number]) * 1000)
    wire.run(seconds=30)
    wire.fate = lambda *_: [0.0]
    wire.ends[0].retry(wire.now)
    since = wire.now
    wire.run(until=lambda: len(wire.messages(1)) == 100)
    assert wire.now - since < 0.7


def test_streams_take_turns_so_a_small_message_passes_a_pile(make_wire: Any) -> None:
    wire = make_wire().connect()
    for _ in range(100):
        wire.send(0, 1, bytes(10_000))
    wire.send(0, 2, b"urgent")
    wire.run(until=lambda: b"urgent" in wire.messages(1))
    assert len(wire.messages(1, 1)) <= 3


def test_a_message_over_the_limit_is_told_and_its_stream_refused(make_wire: Any) -> None:
    wire = make_wire().connect()
    wire.send(0, 1, bytes((1 << 18) + 1))
    wire.send(0, 1, b"behind it")
    wire.send(0, 2, b"elsewhere")
    wire.run(until=lambda: wire.messages(1) == [b"elsewhere"])
    wire.run(seconds=10)
    assert TooLarge(1, 1 << 18) in wire.events[1]
    assert wire.messages(1, 1) == []
    assert wire.ends[1].receiver.room == 1 << 20


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_is_reset_behind_its_messages_and_begins_anew(
    make_wire: Any, make_losing: Any, seed: int
) -> None:
    wire = make_wire(fate=make_losing(seed, loss=0.15)).connect()
    for data in blocks(30, seed):
        wire.send(0, 4, data)
    wire.ends[0].resets.want(4)
    wire.run(until=lambda: StreamsReset((4,), incoming=False) in wire.events[0])
    assert StreamsReset((4,), incoming=True) in wire.events[1]
    assert wire.messages(1) == blocks(30, seed)
    wire.send(0, 4, b"anew")
    wire.run(until=lambda: wire.messages(1)[-1] == b"anew")


def test_an_abort_ends_the_other_side(make_wire: Any) -> None:
    wire = make_wire().connect()
    packet = wire.ends[0].abort()
    assert wire.ends[1].receive(packet, wire.now) == [Ended("the remote aborted the association")]
    assert wire.ends[1].next_deadline() is None
    assert wire.ends[1].receive(packet, wire.now) == []
    assert wire.ends[0].abort() == b""


def test_a_remote_that_never_answers_is_given_up(make_wire: Any) -> None:
    wire = make_wire(fate=lambda *_: [])
    wire.ends[0].start(0.0)
    wire.run(until=lambda: wire.ends[0].state is State.CLOSED)
    assert wire.events[0] == [Ended("the remote does not answer in SCTP")]


@pytest.mark.parametrize("seed", range(5))
def test_the_handshake_survives_loss(make_wire: Any, make_losing: Any, seed: int) -> None:
    wire = make_wire(fate=make_losing(seed, loss=0.4, twice=0.3, jitter=0.1)).connect()
    wire.fate = lambda *_: [0.0]
    wire.send(0, 1, b"x")
    wire.send(1, 1, b"y")
    wire.run(until=lambda: wire.messages(0) == [b"y"] and wire.messages(1) == [b"x"])


def test_garbage_and_packets_of_others_change_nothing(make_wire: Any) -> None:
    wire = make_wire().connect()
    wire.send(0, 1, b"good")
    (packet,) = wire.ends[0].transmit(wire.now)
    end = wire.ends[1]
    chance = random.Random(1)
    for data in (b"", b"\0", packet[:-1], packet[:4] + b"\0\0\0\0" + packet[8:]):
        with pytest.raises(DecodeError):
            end.receive(data, wire.now)
    for _ in range(500):
        broken = bytearray(packet)
        broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        with pytest.raises(DecodeError):
            end.receive(bytes(broken), wire.now)
    assert len(end.receive(packet, wire.now)) == 1
    assert end.receive(packet, wire.now) == []


@pytest.mark.parametrize("seed", range(20))
def test_a_remote_that_says_anything_at_all_breaks_nothing(
    make_wire: Any, make_losing: Any, seed: int
) -> None:
    """Its packets have the right tag and checksum, and chunks with bytes changed."""
    wire = make_wire(fate=make_losing(seed, loss=0.1)).connect()
    for number in range(40):
        for side in (0, 1):
            reliability = {"max_retransmits": 0} if number % 3 == 0 else {}
            wire.send(side, number % 4, bytes(3000), ordered=number % 2 == 0, **reliability)
    wire.ends[0].resets.want(2)
    wire.run(seconds=2)
    chance = random.Random(seed)
    packets = [packet for side, packet in wire.packets if side == 0]
    end = wire.ends[1]
    for _ in range(300):
        body = bytearray(chance.choice(packets)[12:])
        for _ in range(chance.randrange(1, 4)):
            body[chance.randrange(min(40, len(body)))] = chance.randrange(256)
        if body[0] in {6, 7}:
            continue  # an ABORT or SHUTDOWN would be obeyed
        try:
            events = end.receive(chunks.encode(5000, 5000, end._tag, [bytes(body)]), wire.now)
        except DecodeError:
            continue
        wire._happened(1, events)
        end.transmit(wire.now)
        if end.is_over:
            return
        wire.now += chance.random() * 0.2
        wire._happened(1, end.handle_timer(wire.now))
    assert 0 <= end.receiver.room <= 1 << 20
    assert end.sender.in_flight >= 0
