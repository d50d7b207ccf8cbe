"""The program that every kind of lab plays: aioice, as it is, between all pairs of NATs at once."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

import aioice

STUN_PORT = 3478
PATIENCE = 6.0
MOST_PAIRS = 100


class Place(Protocol):
    """Where code can run: a host of the simulator, of the TUN lab, or of the kernel lab."""

    async def run(self, awaitable: Awaitable[Any]) -> Any: ...


class StunServer(asyncio.DatagramProtocol):
    """Answers every STUN request with where it came from."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        request = aioice.stun.parse_message(data)
        response = aioice.stun.Message(
            aioice.stun.Method.BINDING, aioice.stun.Class.RESPONSE, request.transaction_id
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = addr
        self.transport.sendto(bytes(response), addr)


class Capped(aioice.Connection):
    """Stops to learn peer-reflexive pairs at 100 (RFC 8445 §6.1.2.5)."""

    def check_incoming(self, *args):
        if len(self._check_list) < MOST_PAIRS:
            super().check_incoming(*args)


async def meet(one: Place, other: Place, stun: str, *, patience: float = PATIENCE) -> bool:
    """Play ICE between two places, and say whether a message came through."""
    ends = [
        Capped(ice_controlling=controlling, stun_server=(stun, STUN_PORT))
        for controlling in (True, False)
    ]
    places = (one, other)
    try:
        await asyncio.gather(
            *(place.run(end.gather_candidates()) for place, end in zip(places, ends, strict=True))
        )
        for here, there in (ends, reversed(ends)):
            for candidate in here.local_candidates:
                await there.add_remote_candidate(candidate)
            await there.add_remote_candidate(None)
            there.remote_username = here.local_username
            there.remote_password = here.local_password
        async with asyncio.timeout(patience):
            await asyncio.gather(
                *(place.run(end.connect()) for place, end in zip(places, ends, strict=True))
            )
            await one.run(ends[0].send(b"hello"))
            return bool(await other.run(ends[1].recv()) == b"hello")
    except (ConnectionError, TimeoutError):
        return False
    finally:
        await asyncio.gather(*(end.close() for end in ends))


async def meet_all(
    server: Place, stun: str, left: Mapping[str, Place], right: Mapping[str, Place]
) -> dict[tuple[str, str], bool]:
    """Every place of one side with every place of the other, all at the same time."""
    loop = asyncio.get_running_loop()
    transport, _ = await server.run(
        loop.create_datagram_endpoint(StunServer, local_addr=("0.0.0.0", STUN_PORT))
    )
    pairs = [(a, b) for a in left for b in right]
    try:
        met = await asyncio.gather(*(meet(left[a], right[b], stun) for a, b in pairs))
    finally:
        transport.close()
    return dict(zip(pairs, met, strict=True))
