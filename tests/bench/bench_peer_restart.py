"""How long a data channel is silent when a peer moves to another network.

Run: python tests/bench/bench_peer_restart.py [--moves 8]
In virtual time. One side moves from its home to a cafe, at a different moment of the watch over its
addresses each time. It has to notice that, reach the signaling server again, and restart ICE; the
channel's messages come every 20 ms and none is lost. Stock aiortc ends the connection instead: it
knows no restart, and is given here with the time after which it says so.
"""

import argparse
import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

import aiortc
from rich.console import Console
from rich.table import Table

import nat
import relay
import signaling
import stunwire
from nat.simulator import Host, Simulation
from peer import Channel, Session, meet

SERVER = "198.51.100.10"
LINK = 0.0125
ROUND_TRIP = 4 * LINK
AIM = 1.0 + 4 * ROUND_TRIP
PUBLIC = ("198.51.100.0/24", "203.0.113.0/24")


@dataclass
class World:
    """A server, two homes and a cafe; a link takes `LINK` each way."""

    simulation: Simulation = field(default_factory=lambda: Simulation(1))

    def __post_init__(self) -> None:
        self.server = self.simulation.host("server", SERVER)
        self.simulation.link(self.server, latency=0.0)
        self.alice = self._home("home-a", "192.168.1.0/24").host("alice")
        self.bob = self._home("home-b", "192.168.1.0/24").host("bob")
        self.cafe = self._home("cafe", "10.7.0.0/24")

    def _home(self, name: str, lan: str) -> Any:
        home = self.simulation.nat(name, nat.PORT_RESTRICTED_CONE, lan=lan)
        self.simulation.link(home, latency=LINK)
        return home

    async def serve(self, ready: asyncio.Event) -> None:
        where = (stunwire.Address(SERVER, 3478),)
        settings = relay.Settings(
            listen=where, rest_secrets=("bench",), peers=relay.PeerPolicy(allow=PUBLIC)
        )
        ice = signaling.IceSettings((f"stun:{SERVER}",), (f"turn:{SERVER}",), "bench")
        async with (
            relay.serve(settings),
            signaling.serve(signaling.Settings(ice=ice), SERVER, 80) as server,
        ):
            self.url = server.url
            ready.set()
            await asyncio.Event().wait()

    def silence(self, after: float) -> float:
        """Seconds between two messages at most, when bob moves `after` so long."""
        result: float = self.simulation.run(self._move(after))
        return result

    async def _move(self, after: float) -> float:
        ready, joined = asyncio.Event(), asyncio.Event()
        heard: list[float] = []
        with self.server:
            serving = asyncio.create_task(self.serve(ready))
        await ready.wait()
        async with asyncio.TaskGroup() as group:
            self.alice.start(group, self._listen(joined, heard))
            await joined.wait()
            self.bob.start(group, self._speak(after))
        serving.cancel()
        await asyncio.wait([serving])
        return max(later - earlier for earlier, later in itertools.pairwise(heard))

    async def _listen(self, joined: asyncio.Event, heard: list[float]) -> None:
        async with meet(self.url, "bench", name="alice") as session:
            joined.set()
            channel = await session.connected()
            expected = 0
            async for message in channel:
                heard.append(asyncio.get_running_loop().time())
                assert int(message) == expected, "a message is lost or out of order"
                expected += 1

    async def _speak(self, after: float) -> None:
        async with meet(self.url, "bench", name="bob") as session:
            channel = await session.connected()
            talking = asyncio.create_task(_count(channel))
            await asyncio.sleep(1.0 + after)
            self.bob.move(self.cafe)
            await asyncio.sleep(5.0)
            talking.cancel()
            await _said(session, channel)


async def _count(channel: Channel) -> None:
    for number in itertools.count():
        await channel.send(str(number))
        await asyncio.sleep(0.02)


async def _said(session: Session, channel: Channel) -> None:
    """Let what was sent arrive."""
    await asyncio.sleep(1.0)
    assert session.state.value == "connected", session.state
    channel.close()


async def stock(one: Host, other: Host, cafe: Any) -> float:
    """Seconds until stock aiortc says that the connection is over, after the same move."""
    loop = asyncio.get_running_loop()
    mine, theirs = (aiortc.RTCPeerConnection(aiortc.RTCConfiguration([])) for _ in range(2))
    over = asyncio.Event()

    def watch() -> None:
        if mine.connectionState in {"failed", "closed"}:
            over.set()

    mine.on("connectionstatechange", watch)
    opened = asyncio.Event()
    mine.createDataChannel("bench").on("open", opened.set)
    await one.run(mine.setLocalDescription(await mine.createOffer()))
    await other.run(theirs.setRemoteDescription(mine.localDescription))
    await other.run(theirs.setLocalDescription(await theirs.createAnswer()))
    await one.run(mine.setRemoteDescription(theirs.localDescription))
    await opened.wait()
    other.move(cafe)
    moved = loop.time()
    await over.wait()
    took = loop.time() - moved
    await asyncio.gather(one.run(mine.close()), other.run(theirs.close()))
    return took


def measure_stock() -> float:
    simulation = Simulation(1)
    one = simulation.host("one", "198.51.100.21")
    other = simulation.host("other", "198.51.100.22")
    cafe = simulation.nat("cafe", nat.FULL_CONE)
    result: float = simulation.run(stock(one, other, cafe))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moves", type=int, default=8)
    moves = parser.parse_args().moves
    found = [World().silence(0.5 * index / moves) for index in range(moves)]
    title = f"silence after a move to another network; a round trip is {ROUND_TRIP * 1000:.0f} ms"
    table = Table(title=title, title_justify="left")
    for heading in ("", "least", "most", "aim at most", "stock aiortc says it is over after"):
        table.add_column(heading, justify="right" if heading else "left")
    cells = [f"{seconds:.2f} s" for seconds in (min(found), max(found), AIM, measure_stock())]
    table.add_row(f"{moves} moves", *cells)
    Console().print(table)
    assert max(found) <= AIM


if __name__ == "__main__":
    main()
