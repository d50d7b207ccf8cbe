"""aiortc's data channel, taken into a `Channel`."""

import asyncio
from collections.abc import Callable

import aiortc

from peer.channel import Channel, Message

_LOW_WATER = 1 << 18


class _Wire:
    """aiortc's end of a channel."""

    def __init__(self, raw: aiortc.RTCDataChannel) -> None:
        self._raw = raw
        raw.bufferedAmountLowThreshold = _LOW_WATER

    @property
    def buffered(self) -> int:
        return int(self._raw.bufferedAmount)

    def send(self, message: Message) -> None:
        self._raw.send(message)

    def close(self) -> None:
        self._raw.close()


def adopt(raw: aiortc.RTCDataChannel, when_open: Callable[[Channel], None]) -> Channel:
    """Make a channel of aiortc's.

    Args:
        raw: aiortc's.
        when_open: Called with the channel once it can be used.
    """
    channel = Channel(raw.label, _Wire(raw))
    raw.on("message", channel.message_came)
    raw.on("bufferedamountlow", channel.buffer_drained)
    raw.on("close", channel.message_ended)
    if raw.readyState == "open":
        asyncio.get_running_loop().call_soon(when_open, channel)
    else:
        raw.on("open", lambda: when_open(channel))
    return channel
