"""A channel's settings are the same for the association and for the remote."""

from typing import Any

import aiortc
import pytest

from peer.channel import Channel
from peer.engine.channelsettings import opening, reliability
from peer.sctp import Reliability
from peer.sctp.dcep import Opening


@pytest.mark.parametrize(
    ("settings", "told", "tried"),
    [
        ({}, Opening("c"), Reliability()),
        (
            {"maxPacketLifeTime": 500, "ordered": False},
            Opening("c", ordered=False, max_lifetime=500),
            Reliability(ordered=False, lifetime=0.5),
        ),
        (
            {"maxRetransmits": 0},
            Opening("c", max_retransmits=0),
            Reliability(max_retransmits=0),
        ),
    ],
)
async def test_milliseconds_for_the_remote_and_seconds_for_us(
    settings: Any, told: Opening, tried: Reliability
) -> None:
    parameters = aiortc.RTCDataChannelParameters(label="c", **settings)
    channel = Channel(None, parameters, send_open=False)  # type: ignore[arg-type]
    assert opening(channel) == told
    assert reliability(channel) == tried
