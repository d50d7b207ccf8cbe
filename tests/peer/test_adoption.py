"""aiortc's channel behind ours."""

import asyncio
from typing import Any

import pytest
from pyee.asyncio import AsyncIOEventEmitter

from peer.adoption import adopt
from peer.channel import HIGH_WATER
from peer.errors import ChannelClosedError


class Raw(AsyncIOEventEmitter):
    def __init__(self, state: str) -> None:
        super().__init__()
        self.label = "ünïcode"
        self.readyState = state
        self.bufferedAmount = 0
        self.sent: list[Any] = []

    def send(self, message: Any) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self.emit("close")


@pytest.mark.parametrize("state", ["open", "connecting"])
async def test_the_channel_is_told_once_it_can_be_used(state: str) -> None:
    raw, opened = Raw(state), []
    channel = adopt(raw, opened.append)
    assert opened == []
    raw.emit("open")
    await asyncio.sleep(0)
    assert opened == [channel]
    assert channel.label == "ünïcode"


async def test_messages_come_in_and_go_out_and_the_end_is_seen() -> None:
    raw = Raw("open")
    channel = adopt(raw, lambda _: None)
    raw.emit("message", "in")
    await channel.send(b"out")
    raw.emit("close")
    assert raw.sent == [b"out"]
    assert [message async for message in channel] == ["in"]
    with pytest.raises(ChannelClosedError):
        await channel.send("more")


async def test_sending_waits_while_much_is_under_way() -> None:
    raw = Raw("open")
    channel = adopt(raw, lambda _: None)
    raw.bufferedAmount = HIGH_WATER
    sending = asyncio.create_task(channel.send("later"))
    await asyncio.sleep(0)
    assert raw.sent == []
    raw.bufferedAmount = 0
    raw.emit("bufferedamountlow")
    await sending
    assert raw.sent == ["later"]
