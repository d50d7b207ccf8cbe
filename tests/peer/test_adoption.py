"""A channel is told once it can be used, and no sooner."""

import asyncio

import aiortc
import pytest

from peer.adoption import adopt
from peer.channel import Channel


@pytest.mark.parametrize("open_before", [True, False])
async def test_the_channel_is_told_once_it_can_be_used(open_before: bool) -> None:
    parameters = aiortc.RTCDataChannelParameters(label="ünïcode")
    channel = Channel(None, parameters, send_open=False)  # type: ignore[arg-type]
    told: list[Channel] = []
    if open_before:
        channel.opened()
    adopt(channel, told.append)
    assert told == []
    channel.opened()
    await asyncio.sleep(0)
    assert told == [channel]
