"""Requests and answers over UDP and over streams that misbehave."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from nat.discovery.network import Datagram, UndeliveredError
from nat.discovery.question import Schedule
from nat.discovery.turnlines import BrokenLineError, Heard, StreamTurnLine, UdpTurnLine, words_of
from nat.simulator import Simulation
from stunwire import Address, Message, Method
from tests.nat.discovery.scripted import OTHER, SERVER

ID = bytes(range(12))
REQUEST = Message.request(Method.ALLOCATE, ID)
YES = REQUEST.success().encode()
ANOTHER = Message.request(Method.ALLOCATE, bytes(12)).success().encode()
QUICK = Schedule((0.0, 0.5), 1.0)
REFUSED = UndeliveredError(111, "port unreachable", SERVER, None)


class Udp:
    """Answers the nth sending with the nth list."""

    def __init__(self, *answers: list[Any]) -> None:
        self.local = Address("192.0.2.1", 4000)
        self.sent = 0
        self.closed = False
        self._answers = list(answers)
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    def send(self, data: bytes, target: Address) -> None:
        self.sent += 1
        for one in self._answers.pop(0) if self._answers else []:
            if isinstance(one, str):
                raise OSError(101, one)
            self._queue.put_nowait(one)

    async def receive(self) -> Datagram:
        await asyncio.sleep(0.02)
        one = await self._queue.get()
        if isinstance(one, OSError):
            raise one
        return one if isinstance(one, Datagram) else Datagram(one, SERVER, 0.0)

    def close(self) -> None:
        self.closed = True


class Stream:
    """Gives what it is told, piece by piece."""

    def __init__(self, *pieces: bytes | OSError | None) -> None:
        self.local = self.remote = SERVER
        self.closed = False
        self._pieces = list(pieces)

    async def send(self, data: bytes) -> None:
        pass

    async def receive(self) -> bytes:
        await asyncio.sleep(0.02)
        piece = self._pieces.pop(0)
        if piece is None:
            await asyncio.sleep(100)
        if isinstance(piece, OSError):
            raise piece
        return piece or b""

    async def close(self) -> None:
        self.closed = True


def over_udp(udp: Udp) -> tuple[Heard | None, float]:
    async def work() -> tuple[Heard | None, float]:
        now: Callable[[], float] = asyncio.get_running_loop().time
        began = now()
        line = UdpTurnLine(udp, SERVER, now, QUICK)
        try:
            return await line.exchange(REQUEST.encode(), ID), now() - began
        finally:
            await line.close()

    return Simulation().run(work())


def over_a_stream(stream: Stream) -> Heard | None:
    async def work() -> Heard | None:
        line = StreamTurnLine(stream, asyncio.get_running_loop().time, 2.0)
        try:
            return await line.exchange(REQUEST.encode(), ID)
        finally:
            await line.close()

    return Simulation().run(work())


def test_an_answer_to_the_first_sending_has_a_round_trip_time() -> None:
    udp = Udp([YES])
    heard, _ = over_udp(udp)
    assert heard is not None
    assert heard.round_trip == pytest.approx(0.02)
    assert udp.closed


def test_one_to_a_later_sending_has_none() -> None:
    heard, _ = over_udp(Udp([], [YES]))
    assert heard is not None
    assert heard.round_trip is None


def test_what_is_not_its_answer_is_passed_over() -> None:
    elsewhere = Datagram(YES, OTHER, 0.0)
    strays = [b"", b"no STUN", ANOTHER, REQUEST.encode(), elsewhere]
    heard, _ = over_udp(Udp([*strays, YES]))
    assert heard is not None


def test_silence_has_an_end() -> None:
    heard, seconds = over_udp(Udp())
    assert heard is None
    assert seconds == pytest.approx(1.5)


def test_a_flood_of_strays_does_not_keep_it_from_ending() -> None:
    heard, _ = over_udp(Udp([b"x"] * 500, [b"x"] * 500))
    assert heard is None


def test_one_icmp_error_may_be_forged_and_two_end_it() -> None:
    assert over_udp(Udp([REFUSED, YES]))[0] is not None
    with pytest.raises(BrokenLineError, match="port unreachable"):
        over_udp(Udp([REFUSED], [REFUSED]))


def test_a_system_that_does_not_send_is_told() -> None:
    with pytest.raises(BrokenLineError, match="network is unreachable"):
        over_udp(Udp(["Network is unreachable"]))
    with pytest.raises(BrokenLineError, match="closed"):
        over_udp(Udp([OSError("closed")]))


def test_a_stream_is_cut_where_frames_end() -> None:
    stream = Stream(ANOTHER + YES[:7], YES[7:])
    heard = over_a_stream(stream)
    assert heard is not None
    assert heard.round_trip == pytest.approx(0.04)
    assert stream.closed


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((b"",), "closed the connection"),
        ((b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes(30000), b""), "no STUN|closed"),
        ((b"\xff" * 30,), "no STUN"),
        ((ConnectionResetError(104, "Connection reset by peer"),), "connection reset by peer"),
    ],
)
def test_a_stream_that_is_no_use_is_told(pieces, words) -> None:
    with pytest.raises(BrokenLineError, match=words):
        over_a_stream(Stream(*pieces))


def test_a_silent_stream_has_an_end() -> None:
    assert over_a_stream(Stream(None)) is None


def test_a_flood_over_a_stream_has_an_end() -> None:
    assert over_a_stream(Stream(ANOTHER * 500)) is None


def test_the_words_of_an_error_are_the_systems() -> None:
    assert words_of(OSError(111, "Connection Refused")) == "connection refused"
    assert words_of(OSError("No Number")) == "no number"
    assert words_of(OSError(111, "Connect call failed ('::1', 9)")) == "connection refused"
