"""Two peer connections on loopback with a wire between them, for the tests of this folder."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from peer import Configuration, RTCPeerConnection

LOOPBACK = Configuration(host_addresses=("127.0.0.1",))


def trickle(one: RTCPeerConnection, other: RTCPeerConnection) -> None:
    """Carry candidates both ways, as JSON."""

    def carry(receiver: RTCPeerConnection) -> Any:
        async def told(candidate: Any) -> None:
            await receiver.addIceCandidate(candidate and candidate.toJSON())

        return told

    one.on("icecandidate", carry(other))
    other.on("icecandidate", carry(one))


async def negotiate(offerer: RTCPeerConnection, answerer: RTCPeerConnection) -> None:
    await offerer.setLocalDescription()
    await answerer.setRemoteDescription(offerer.localDescription)
    await answerer.setLocalDescription()
    await offerer.setRemoteDescription(answerer.localDescription)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.002)


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[RTCPeerConnection, RTCPeerConnection, "Counting"]]:
    """A connected pair and a channel between them that can count."""
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    trickle(one, other)
    counting = Counting(
        one.createDataChannel("count", negotiated=True, id=1),
        other.createDataChannel("count", negotiated=True, id=1),
    )
    await negotiate(one, other)
    await until(counting.is_open)
    try:
        yield one, other, counting
    finally:
        await asyncio.gather(one.close(), other.close())


class Counting:
    """A channel whose one end sends numbers, and whose other notes them."""

    def __init__(self, sender: Any, receiver: Any) -> None:
        self._ends = (sender, receiver)
        self._next = 0
        self.heard: list[int] = []
        receiver.on("message", lambda text: self.heard.append(int(text)))

    def is_open(self) -> bool:
        return all(end.readyState == "open" for end in self._ends)

    def send(self) -> None:
        self._ends[0].send(str(self._next))
        self._next += 1

    async def until_all_are_heard(self) -> None:
        await until(lambda: len(self.heard) == self._next)
        assert self.heard == list(range(self._next))
