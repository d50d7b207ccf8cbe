"""A channel waits for a slow network, and a reader that is behind stops the sender."""

import asyncio
from typing import Any

import aiortc
import pytest

from peer import Channel, ChannelClosedError
from peer.channel import HIGH_WATER, LOW_WATER, MAX_BUFFERED
from peer.errors import BufferFullError, MessageTooLargeError


class FakeWire:
    """The transport's end: counts what is handed over."""

    def __init__(self, max_message_size: int = 1 << 18) -> None:
        self.max_message_size = max_message_size
        self.sent: list[tuple[int, bytes]] = []
        self.had = 0
        self.closed: list[Channel] = []
        self.acknowledged = asyncio.Event()

    def open_channel(self, channel: Channel) -> None:
        channel.assigned(1)

    def close_channel(self, channel: Channel) -> None:
        self.closed.append(channel)

    def send_message(self, _: Channel, ppid: int, data: bytes) -> None:
        self.sent.append((ppid, data))

    def consumed(self, cost: int) -> None:
        self.had += cost

    async def delivered(self) -> None:
        await self.acknowledged.wait()


def make(wire: FakeWire | None = None, *, opened: bool = True, **settings: Any) -> Channel:
    settings.setdefault("label", "chat")
    channel = Channel(wire or FakeWire(), aiortc.RTCDataChannelParameters(**settings))
    if opened:
        channel.opened()
    return channel


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_it_is_aiortcs_channel_with_its_names() -> None:
    channel = make(label="日本", protocol="p", ordered=False, maxRetransmits=3)
    assert isinstance(channel, aiortc.RTCDataChannel)
    assert (channel.label, channel.protocol, channel.ordered) == ("日本", "p", False)
    assert (channel.maxRetransmits, channel.maxPacketLifeTime, channel.id) == (3, None, 1)
    assert channel.readyState == "open"


async def test_messages_come_in_order_and_iteration_ends_with_the_channel() -> None:
    wire = FakeWire()
    channel = make(wire)
    for message in ("a", b"b", "c"):
        channel.message_came(message, 10)
    assert wire.had == 0, "what is not read counts"
    assert await channel.receive() == "a"
    assert wire.had == 10
    channel.ended()
    assert [message async for message in channel] == [b"b", "c"]
    assert wire.had == 30, "and what a closed channel keeps stops nobody"
    with pytest.raises(ChannelClosedError):
        await channel.receive()


async def test_without_being_awaited_a_message_is_sent_at_once() -> None:
    wire = FakeWire()
    channel = make(wire)
    channel.send("now")
    channel.send(bytearray(b"too"))
    assert wire.sent == [(51, b"now"), (53, b"too")]
    assert channel.bufferedAmount == 6
    assert (channel.messages_sent, channel.bytes_sent) == (2, 6)


async def test_awaited_it_waits_until_the_buffer_has_drained() -> None:
    channel = make(FakeWire(max_message_size=0))
    channel.send(bytes(HIGH_WATER))
    sending = asyncio.ensure_future(channel.send("late"))
    await turns()
    assert not sending.done()
    channel.left(HIGH_WATER - LOW_WATER)
    await turns()
    assert not sending.done()
    channel.left(4)
    await sending


async def test_nobody_who_does_not_wait_fills_memory() -> None:
    channel = make(FakeWire(max_message_size=0))
    channel.send(bytes(MAX_BUFFERED - 10))
    channel.send(bytes(10))
    with pytest.raises(BufferFullError, match=r"await send\(\)"):
        channel.send(b"x")
    channel.left(10)
    channel.send(b"x")


async def test_a_message_the_remote_does_not_take_is_refused_with_both_sizes() -> None:
    channel = make(FakeWire(max_message_size=100))
    channel.send("é" * 50)
    with pytest.raises(MessageTooLargeError, match="of 102 bytes; the remote takes 100"):
        channel.send("é" * 51)
    with pytest.raises(ValueError, match="not int"):
        channel.send(5)  # type: ignore[arg-type]
    assert channel.bufferedAmount == 100


async def test_a_sender_that_waits_learns_of_the_end() -> None:
    channel = make(FakeWire(max_message_size=0))
    channel.send(bytes(HIGH_WATER))
    sending = asyncio.ensure_future(channel.send("never"))
    draining = asyncio.ensure_future(channel.drain())
    await turns()
    channel.ended()
    for waiting in (sending, draining):
        with pytest.raises(ChannelClosedError):
            await waiting


async def test_every_reader_that_waits_learns_of_the_end() -> None:
    channel = make()
    readers = [asyncio.create_task(channel.receive()) for _ in range(2)]
    await turns()
    channel.close()
    for result in await asyncio.gather(*readers, return_exceptions=True):
        assert isinstance(result, ChannelClosedError)


@pytest.mark.parametrize("state", ["connecting", "closing", "closed"])
async def test_sending_when_it_is_not_open_is_refused_by_name(state: str) -> None:
    wire = FakeWire()
    channel = make(wire, opened=state != "connecting")
    if state == "closing":
        channel.close()
        channel.close()
        assert wire.closed == [channel]
    elif state == "closed":
        channel.ended()
    assert channel.readyState == state
    with pytest.raises(ChannelClosedError, match=f"'chat' is {state}"):
        channel.send("x")
    with pytest.raises(aiortc.InvalidStateError):
        channel.send("x")


async def test_waiting_for_it_to_open() -> None:
    channel = make(opened=False)
    waiting = asyncio.create_task(channel.wait_open())
    await turns()
    assert not waiting.done()
    channel.opened()
    await waiting
    other = make(opened=False)
    waiting = asyncio.create_task(other.wait_open())
    await turns()
    other.ended()
    with pytest.raises(ChannelClosedError):
        await waiting


async def test_draining_is_having_everything_acknowledged() -> None:
    wire = FakeWire()
    channel = make(wire)
    channel.send("abc")
    draining = asyncio.create_task(channel.drain())
    await turns()
    channel.left(3)
    await turns()
    assert not draining.done()
    wire.acknowledged.set()
    await draining


async def test_low_is_told_when_the_threshold_is_crossed_and_not_again() -> None:
    channel, told = make(), []
    channel.bufferedAmountLowThreshold = 5
    channel.on("bufferedamountlow", lambda: told.append(channel.bufferedAmount))
    channel.send(bytes(20))
    for size in (10, 5, 2, 3):
        channel.left(size)
    assert told == [5]
    with pytest.raises(ValueError, match="not -1"):
        channel.bufferedAmountLowThreshold = -1


async def test_handlers_get_the_messages_also_those_that_came_before_them() -> None:
    wire = FakeWire()
    channel, got = make(wire), []
    channel.message_came("early", 1)
    channel.on("message", got.append)
    channel.message_came("late", 1)
    await turns()
    assert sorted(got) == ["early", "late"]
    assert wire.had == 2


async def test_a_slow_async_handler_stops_the_sender_as_a_slow_reader_does() -> None:
    wire = FakeWire()
    channel, go = make(wire), asyncio.Event()

    @channel.on("message")
    async def handle(_: Any) -> None:
        await go.wait()

    for _ in range(3):
        channel.message_came("x", 10)
    await turns()
    assert wire.had == 0
    go.set()
    await turns()
    assert wire.had == 30


async def test_an_echo_waits_for_room() -> None:
    wire = FakeWire(max_message_size=0)
    channel = make(wire)
    channel.on("message", channel.send)
    channel.message_came("x", 10)
    assert wire.had == 10
    channel.message_came(bytes(HIGH_WATER), 1000)
    await turns()
    assert wire.had == 10
    channel.left(HIGH_WATER)
    await turns()
    assert wire.had == 1010


async def test_a_handler_that_fails_closes_nothing() -> None:
    wire = FakeWire()
    channel, errors = make(wire), []
    channel.on("message", lambda _: 1 / 0)
    channel.on("error", errors.append)
    channel.message_came("x", 10)
    assert channel.readyState == "open"
    assert [type(error) for error in errors] == [ZeroDivisionError]
    assert wire.had == 10


async def test_closing_here_drops_what_comes_afterwards() -> None:
    wire = FakeWire()
    channel = make(wire)
    channel.message_came("before", 1)
    channel.close()
    channel.message_came("after", 1)
    assert [message async for message in channel] == ["before"]
    assert wire.had == 2


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"negotiated": True}, "needs an id"),
        ({"negotiated": True, "id": 65535}, "not 65535"),
        ({"id": -1}, "not -1"),
        ({"maxRetransmits": 1, "maxPacketLifeTime": 1}, "exclude each other"),
    ],
)
async def test_parameters_that_make_no_sense_are_refused(settings: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        make(**settings)
