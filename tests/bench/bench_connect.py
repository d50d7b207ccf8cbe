"""How long until two peers are connected: from the second one's `join` to an open data channel.

Run: python tests/bench/bench_connect.py [--rounds 15]
Ours and stock aiortc (which gathers first and then sends one description with every candidate) take
turns on the same signaling server, relay and network, so that the ratio holds on a noisy machine.
In virtual time the figures are exact, and given as multiples of the round-trip time.
"""

import argparse
import asyncio
import socket
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aioice.ice
import aiortc
from rich.console import Console
from rich.table import Table

import nat
import relay
import signaling
from hairpin.services import Services, serve
from nat.simulator import Host, Simulation
from peer import Configuration, meet, parse_servers

LOOPBACK = "127.0.0.1"
SERVER = "198.51.100.10"
LINK = 0.05
PUBLIC = ("198.51.100.0/24", "203.0.113.0/24")

#: Joins a room as a named member; gives the seconds from its join to the open channel.
Member = Callable[[str, str, tuple[signaling.IceServer, ...], asyncio.Event], Awaitable[float]]


# --- the two kinds of member ------------------------------------------------------------------


async def ours(
    url: str, name: str, servers: tuple[signaling.IceServer, ...], joined: asyncio.Event
) -> float:
    """A session of ours."""
    configuration = Configuration(servers=parse_servers(servers), use_signaled_servers=False)
    async with signaling.connect(url, peer=name) as client:
        async with meet(client, "bench", configuration) as session:
            joined.set()
            channel = await session.connected()
            setup = session.timeline.setup
            assert setup is not None
            await channel.send(name)
            await channel.receive()
        return setup


async def stock(
    url: str, name: str, servers: tuple[signaling.IceServer, ...], joined: asyncio.Event
) -> float:
    """aiortc as it comes: gather everything, then send one description."""
    loop = asyncio.get_running_loop()
    ice = [aiortc.RTCIceServer(list(s.urls), s.username, s.credential) for s in servers]
    pc = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=ice))
    opened: asyncio.Future[aiortc.RTCDataChannel] = loop.create_future()
    heard = asyncio.Event()

    def listen(channel: aiortc.RTCDataChannel) -> None:
        channel.on("message", lambda _: heard.set())
        if channel.readyState == "open":
            opened.set_result(channel)
        else:
            channel.on("open", lambda: opened.set_result(channel))

    async with signaling.connect(url, peer=name) as client:
        start = loop.time()
        room = await client.join("bench")
        joined.set()
        events = client.events()
        if room.peers:
            listen(pc.createDataChannel("bench"))
            await pc.setLocalDescription(await pc.createOffer())
            offer = {"sdp": pc.localDescription.sdp}
            await client.signal("bench", room.peers[0].peer, signaling.SignalKind.OFFER, offer)
            answer = await _next_signal(events)
            await pc.setRemoteDescription(
                aiortc.RTCSessionDescription(answer.data["sdp"], "answer")
            )
        else:
            pc.on("datachannel", listen)
            offer_event = await _next_signal(events)
            sdp = offer_event.data["sdp"]
            await pc.setRemoteDescription(aiortc.RTCSessionDescription(sdp, "offer"))
            await pc.setLocalDescription(await pc.createAnswer())
            reply = {"sdp": pc.localDescription.sdp}
            await client.signal("bench", offer_event.sender, signaling.SignalKind.ANSWER, reply)
        channel = await opened
        setup = loop.time() - start
        channel.send(name)  # both have heard from the other before anybody closes
        await heard.wait()
    await pc.close()
    return setup


async def _next_signal(events: AsyncIterator[signaling.Event]) -> signaling.SignalReceived:
    async for event in events:
        if isinstance(event, signaling.SignalReceived):
            return event
    raise RuntimeError("signaling ended")


# --- where they meet --------------------------------------------------------------------------


async def loopback_round(member: Member, *, dead: bool) -> float:
    """One connection on real sockets."""
    services = Services(
        signaling_address=(LOOPBACK, 0), relay_address=(LOOPBACK, 0), secret="bench"
    )
    async with serve(services) as running, silent_server() as silent:
        async with signaling.connect(running.signaling_url) as client:
            servers = client.welcome.ice
        if dead:
            servers = (signaling.IceServer((f"stun:{LOOPBACK}:{silent}",)), *servers)
        joined = asyncio.Event()
        first = asyncio.create_task(member(running.signaling_url, "alice", servers, joined))
        await joined.wait()
        setup = await member(running.signaling_url, "bob", servers, asyncio.Event())
        await first
    return setup


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A UDP port that takes everything in and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        yield taken.getsockname()[1]


@dataclass(frozen=True)
class World:
    """A simulated pairing: 50 ms of latency each way on every link to the internet."""

    nats: tuple[nat.Behavior, nat.Behavior]

    def round(self, member: Member, *, dead: bool) -> float:
        simulation = Simulation(1)
        server = simulation.host("server", SERVER)
        simulation.link(server, latency=0.0)
        hosts = []
        for letter, behavior in zip("ab", self.nats, strict=True):
            home = simulation.nat(f"nat-{letter}", behavior)
            simulation.link(home, latency=LINK)
            hosts.append(home.host(letter))
        result: float = simulation.run(self._meet(server, hosts, member, dead=dead))
        return result

    async def _meet(self, server: Host, hosts: list[Host], member: Member, *, dead: bool) -> float:
        services = Services(
            signaling_address=(SERVER, 80),
            relay_address=(SERVER, 3478),
            secret="bench",
            peers=relay.PeerPolicy(allow=PUBLIC),
        )
        stop, ready, joined = asyncio.Event(), asyncio.Event(), asyncio.Event()
        urls: list[str] = []

        async def run_server() -> None:
            async with serve(services) as running:
                urls.append(running.signaling_url)
                ready.set()
                await stop.wait()

        async def ask() -> tuple[signaling.IceServer, ...]:
            async with signaling.connect(urls[0]) as client:
                return client.welcome.ice

        async with asyncio.TaskGroup() as group:
            server.start(group, run_server())
            await ready.wait()
            servers = await hosts[0].run(ask())
            if dead:
                servers = (signaling.IceServer(("stun:203.0.113.99",)), *servers)
            first = hosts[0].start(group, member(urls[0], "alice", servers, joined))
            await joined.wait()
            second = hosts[1].start(group, member(urls[0], "bob", servers, asyncio.Event()))
            await asyncio.wait([first, second])
            stop.set()
        return second.result()


# --- the tables -------------------------------------------------------------------------------


def measure_loopback(rounds: int, out: Console) -> None:
    table = Table(title=f"loopback, real sockets, {rounds} rounds in turn", title_justify="left")
    for heading in ("", "ours", "stock aiortc", "stock / ours"):
        table.add_column(heading, justify="right" if heading else "left")
    # Stock aiortc leaves loopback out; give both the same single address.
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]
    for dead, label in ((False, "all servers answer"), (True, "one dead STUN server")):
        times: dict[str, list[float]] = {"ours": [], "stock": []}
        count = rounds if not dead else max(2, rounds // 5)
        for _ in range(count):
            times["ours"].append(asyncio.run(loopback_round(ours, dead=dead)))
            times["stock"].append(asyncio.run(loopback_round(stock, dead=dead)))
        mine, theirs = (statistics.median(times[name]) for name in ("ours", "stock"))
        table.add_row(label, _ms(mine), _ms(theirs), f"{theirs / mine:.1f}")
    out.print(table)


def measure_virtual(out: Console) -> None:
    rtt = 4 * LINK  # there and back, over both sides' links
    title = f"virtual time, links of {_ms(LINK)}: a round trip between the peers is {_ms(rtt)}"
    table = Table(title=title, title_justify="left")
    for heading in ("", "ours", "round trips", "stock aiortc", "round trips"):
        table.add_column(heading, justify="right" if heading else "left")
    pairings = {
        "port-restricted × port-restricted": (nat.PORT_RESTRICTED_CONE,) * 2,
        "symmetric × symmetric (relayed)": (nat.SYMMETRIC,) * 2,
    }
    for name, nats in pairings.items():
        for dead in (False, True):
            label = f"{name}, one dead STUN server" if dead else name
            mine = World(nats).round(ours, dead=dead)
            theirs = World(nats).round(stock, dead=dead)
            table.add_row(label, _ms(mine), f"{mine / rtt:.1f}", _ms(theirs), f"{theirs / rtt:.1f}")
    out.print(table)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    out = Console()
    out.print("From the second peer's join to an open data channel.")
    measure_virtual(out)
    measure_loopback(rounds, out)


if __name__ == "__main__":
    main()
