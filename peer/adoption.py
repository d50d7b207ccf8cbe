"""A data channel, told once it can be used."""

import asyncio
from collections.abc import Callable

from peer.channel import Channel


def adopt(channel: Channel, when_open: Callable[[Channel], None]) -> None:
    """Tell of a channel, not before the caller has returned.

    Args:
        channel: Made here, or by the remote.
        when_open: Called with it once it can be used.
    """
    if channel.readyState == "open":
        asyncio.get_running_loop().call_soon(when_open, channel)
    else:
        channel.once("open", lambda: when_open(channel))
