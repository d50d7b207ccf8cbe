"""What the listeners that clients connect to share: bounds, and the ways to the rest of the relay."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from relay.admission import Admission
from relay.drains import RelaySocket, plain_address
from relay.fivetuple import FiveTuple
from relay.outputs import News
from relay.proxyprotocol import TrustedProxies
from relay.streamlimits import StreamLimits
from stunwire import Address

_HOST_AND_PORT = 2


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What listeners for connections share.

    Args:
        limits: bounds of each connection.
        admission: bounds of their number.
        proxies: who begins with a header that says whose connection it is.
        channel_bytes: first bytes of channel data.
        relays: relay sockets by allocation.
        hand_up: takes a frame that the data path does not forward.
        disconnected: is told of a client that has gone.
        holds: says whether a client has an allocation.
        waits: says whether a client's request waits for a hook.
        tell: takes news for the journal.
    """

    limits: StreamLimits
    admission: Admission
    proxies: TrustedProxies
    channel_bytes: range
    relays: dict[int, RelaySocket]
    hand_up: Callable[[bytes, FiveTuple, float], None]
    disconnected: Callable[[FiveTuple, float], None]
    holds: Callable[[FiveTuple], bool]
    waits: Callable[[FiveTuple], bool]
    tell: Callable[[News, float], None]


def source_of(transport: asyncio.Transport) -> tuple[Address, bool]:
    """Tell where a connection comes from, and whether that address has a scope."""
    source: Any = transport.get_extra_info("peername")
    plain = plain_address(source)
    return Address(*source[:_HOST_AND_PORT]), plain is None
