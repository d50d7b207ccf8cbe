"""A channel waits for a slow network and gives up on a reader that does not read."""

import asyncio

import pytest

from peer import Channel, ChannelClosedError
from peer.channel import HIGH_WATER, MAX_QUEUED_MESSAGES


class FakeWire:
    """The engine's end: counts what is handed over."""

    def __init__(self) -> None:
        self.buffered = 0
        self.sent: list[str | bytes] = []
        self.closed = False

    def send(self, message: str | bytes) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.closed = True


async def test_messages_come_in_order_and_iteration_ends_with_the_channel() -> None:
    channel = Channel("c", FakeWire())
    for message in ("a", b"b", "c"):
        channel.message_came(message)
    channel.message_ended()
    assert [message async for message in channel] == ["a", b"b", "c"]
    with pytest.raises(ChannelClosedError):
        await channel.receive()


async def test_send_waits_until_the_buffer_has_drained() -> None:
    wire = FakeWire()
    channel = Channel("c", wire)
    wire.buffered = HIGH_WATER
    sending = asyncio.create_task(channel.send("late"))
    await asyncio.sleep(0)
    assert not wire.sent
    wire.buffered = 0
    channel.buffer_drained()
    await sending
    assert wire.sent == ["late"]


async def test_a_sender_that_waits_learns_of_the_end() -> None:
    wire = FakeWire()
    wire.buffered = HIGH_WATER
    channel = Channel("c", wire)
    sending = asyncio.create_task(channel.send("never"))
    await asyncio.sleep(0)
    channel.message_ended()
    with pytest.raises(ChannelClosedError):
        await sending


async def test_every_reader_that_waits_learns_of_the_end() -> None:
    channel = Channel("c", FakeWire())
    readers = [asyncio.create_task(channel.receive()) for _ in range(2)]
    await asyncio.sleep(0)
    channel.close()
    for result in await asyncio.gather(*readers, return_exceptions=True):
        assert isinstance(result, ChannelClosedError)


async def test_sending_on_a_closed_channel_is_refused_by_name() -> None:
    wire = FakeWire()
    channel = Channel("chat", wire)
    channel.close()
    assert wire.closed
    assert channel.closed
    with pytest.raises(ChannelClosedError, match="chat"):
        await channel.send("x")


async def test_a_reader_too_far_behind_loses_the_channel_and_not_the_memory() -> None:
    wire = FakeWire()
    channel = Channel("c", wire)
    for number in range(MAX_QUEUED_MESSAGES + 10):
        channel.message_came(str(number))
    assert wire.closed
    assert len([message async for message in channel]) == MAX_QUEUED_MESSAGES
