"""How long until two peers are connected: from the second one's `join` to an open data channel.

Run: python tests/bench/bench_connect.py [--rounds 15]
Ours and stock aiortc (which gathers first and then sends one description with every candidate) take
turns on the same signaling server, relay and network, so that the ratio holds on a noisy machine.
In virtual time the figures are exact, and given as multiples of the round-trip time: to ICE
connected, DTLS connected, channel open. A server is half a round trip between the peers away: in a
star it cannot be nearer.
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
import stunwire
from hairpin.services import Services, serve
from nat.simulator import Host, Simulation
from peer import Configuration, IceTransportPolicy, meet, parse_servers
from peer.timeline import Step

LOOPBACK = "127.0.0.1"
SERVER = "198.51.100.10"
LINK = 0.0125
PUBLIC = ("198.51.100.0/24", "203.0.113.0/24")


@dataclass(frozen=True)
class Setup:
    """Seconds from a member's join to each step."""

    ice: float
    dtls: float
    channel: float


@dataclass(frozen=True)
class Case:
    """What the servers are like, and what may be used of them."""

    label: str
    dead: bool = False
    relay: str | None = None  #: relay-only, over this transport

    def servers(
        self, named: tuple[signaling.IceServer, ...], silent: str
    ) -> tuple[signaling.IceServer, ...]:
        if self.dead:
            return (signaling.IceServer((silent,)), *named)
        if self.relay is None:
            return named
        (turn,) = [one for one in named if one.username]
        url = turn.urls[0].partition("?")[0] + f"?transport={self.relay}"
        return (signaling.IceServer((url,), turn.username, turn.credential),)


CASES = (
    Case("all servers answer"),
    Case("one dead STUN server", dead=True),
    Case("relay-only, UDP", relay="udp"),
    Case("relay-only, TCP", relay="tcp"),
)

#: Joins a room as a named member.
Member = Callable[
    [str, str, tuple[signaling.IceServer, ...], Case, asyncio.Event], Awaitable[Setup]
]


# --- the two kinds of member ------------------------------------------------------------------


async def ours(
    url: str,
    name: str,
    servers: tuple[signaling.IceServer, ...],
    case: Case,
    joined: asyncio.Event,
) -> Setup:
    """A session of ours."""
    configuration = Configuration(
        servers=parse_servers(servers),
        use_signaled_servers=False,
        policy=IceTransportPolicy.RELAY if case.relay else IceTransportPolicy.ALL,
    )
    async with (
        signaling.connect(url, peer=name) as client,
        meet(client, "bench", configuration) as session,
    ):
        joined.set()
        channel = await session.connected()
        await channel.send(name)
        await channel.receive()
        at = dict(session.timeline.steps)
    start = at[Step.STARTED]
    return Setup(
        *(at[step] - start for step in (Step.ICE_COMPLETED, Step.DTLS_CONNECTED, Step.CHANNEL_OPEN))
    )


async def stock(
    url: str,
    name: str,
    servers: tuple[signaling.IceServer, ...],
    case: Case,
    joined: asyncio.Event,
) -> Setup:
    """aiortc as it comes: gather everything, then send one description."""
    loop = asyncio.get_running_loop()
    ice = [aiortc.RTCIceServer(list(s.urls), s.username, s.credential) for s in servers]
    policy = aiortc.RTCIceTransportPolicy.RELAY if case.relay else aiortc.RTCIceTransportPolicy.ALL
    pc = aiortc.RTCPeerConnection(
        aiortc.RTCConfiguration(iceServers=ice, iceTransportPolicy=policy)
    )
    at: dict[str, float] = {}
    opened: asyncio.Future[aiortc.RTCDataChannel] = loop.create_future()
    heard = asyncio.Event()

    def watch() -> None:
        for label, state in (("ice", pc.iceConnectionState), ("dtls", pc.connectionState)):
            if state in {"completed", "connected"}:
                at.setdefault(label, loop.time())

    def opens(channel: aiortc.RTCDataChannel) -> None:
        at["channel"] = loop.time()
        opened.set_result(channel)

    def listen(channel: aiortc.RTCDataChannel) -> None:
        channel.on("message", lambda _: heard.set())
        if channel.readyState == "open":
            opens(channel)
        else:
            channel.on("open", lambda: opens(channel))

    pc.on("iceconnectionstatechange", watch)
    pc.on("connectionstatechange", watch)
    async with signaling.connect(url, peer=name) as client:
        start = loop.time()
        room = await client.join("bench")
        joined.set()
        events = client.events()
        if room.peers:
            listen(pc.createDataChannel("bench"))
            await _offer(pc, client, events, room.peers[0].peer)
        else:
            pc.on("datachannel", listen)
            await _answer(pc, client, events)
        channel = await opened
        channel.send(name)  # both have heard from the other before anybody closes
        await heard.wait()
    await pc.close()
    return Setup(at["ice"] - start, at["dtls"] - start, at["channel"] - start)


async def _offer(
    pc: aiortc.RTCPeerConnection,
    client: signaling.Client,
    events: AsyncIterator[signaling.Event],
    to: str,
) -> None:
    await pc.setLocalDescription(await pc.createOffer())
    offer = {"sdp": pc.localDescription.sdp}
    await client.signal("bench", to, signaling.SignalKind.OFFER, offer)
    answer = await _next_signal(events)
    await pc.setRemoteDescription(aiortc.RTCSessionDescription(answer.data["sdp"], "answer"))


async def _answer(
    pc: aiortc.RTCPeerConnection,
    client: signaling.Client,
    events: AsyncIterator[signaling.Event],
) -> None:
    offer = await _next_signal(events)
    await pc.setRemoteDescription(aiortc.RTCSessionDescription(offer.data["sdp"], "offer"))
    await pc.setLocalDescription(await pc.createAnswer())
    reply = {"sdp": pc.localDescription.sdp}
    await client.signal("bench", offer.sender, signaling.SignalKind.ANSWER, reply)


async def _next_signal(events: AsyncIterator[signaling.Event]) -> signaling.SignalReceived:
    async for event in events:
        if isinstance(event, signaling.SignalReceived):
            return event
    raise RuntimeError("signaling ended")


# --- where they meet --------------------------------------------------------------------------


async def loopback_round(member: Member, case: Case) -> Setup:
    """One connection on real sockets."""
    services = Services(
        signaling_address=(LOOPBACK, 0), relay_address=(LOOPBACK, 0), secret="bench"
    )
    async with serve(services) as running, silent_server() as silent:
        async with signaling.connect(running.signaling_url) as client:
            servers = client.welcome.ice
        servers = case.servers(servers, f"stun:{LOOPBACK}:{silent}")
        joined = asyncio.Event()
        first = asyncio.create_task(member(running.signaling_url, "alice", servers, case, joined))
        await joined.wait()
        setup = await member(running.signaling_url, "bob", servers, case, asyncio.Event())
        await first
    return setup


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A UDP port that takes everything in and answers nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((LOOPBACK, 0))
        yield taken.getsockname()[1]


@asynccontextmanager
async def both_servers() -> AsyncIterator[str]:
    """Signaling, and a relay over UDP and TCP, on the current host."""
    where = (stunwire.Address(SERVER, 3478),)
    relay_settings = relay.Settings(
        listen=where,
        listen_tcp=where,
        rest_secrets=("bench",),
        peers=relay.PeerPolicy(allow=PUBLIC),
    )
    ice = signaling.IceSettings((f"stun:{SERVER}",), (f"turn:{SERVER}",), "bench")
    async with (
        relay.serve(relay_settings),
        signaling.serve(signaling.Settings(ice=ice), SERVER, 80) as server,
    ):
        yield server.url


@dataclass(frozen=True)
class World:
    """A simulated pairing: `LINK` of latency each way on both links to the internet."""

    nats: tuple[nat.Behavior, nat.Behavior]

    def round(self, member: Member, case: Case) -> Setup:
        simulation = Simulation(1)
        server = simulation.host("server", SERVER)
        simulation.link(server, latency=0.0)
        hosts = []
        for letter, behavior in zip("ab", self.nats, strict=True):
            home = simulation.nat(f"nat-{letter}", behavior)
            simulation.link(home, latency=LINK)
            hosts.append(home.host(letter))
        result: Setup = simulation.run(self._meet(server, hosts, member, case))
        return result

    async def _meet(self, server: Host, hosts: list[Host], member: Member, case: Case) -> Setup:
        stop, ready, joined = asyncio.Event(), asyncio.Event(), asyncio.Event()
        urls: list[str] = []

        async def run_server() -> None:
            async with both_servers() as url:
                urls.append(url)
                ready.set()
                await stop.wait()

        async def ask() -> tuple[signaling.IceServer, ...]:
            async with signaling.connect(urls[0]) as client:
                return client.welcome.ice

        async with asyncio.TaskGroup() as group:
            server.start(group, run_server())
            await ready.wait()
            servers = case.servers(await hosts[0].run(ask()), "stun:203.0.113.99")
            first = hosts[0].start(group, member(urls[0], "alice", servers, case, joined))
            await joined.wait()
            second = hosts[1].start(group, member(urls[0], "bob", servers, case, asyncio.Event()))
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
    for case in CASES[:2]:
        times: dict[str, list[float]] = {"ours": [], "stock": []}
        count = rounds if not case.dead else max(2, rounds // 5)
        for _ in range(count):
            times["ours"].append(asyncio.run(loopback_round(ours, case)).channel)
            times["stock"].append(asyncio.run(loopback_round(stock, case)).channel)
        mine, theirs = (statistics.median(times[name]) for name in ("ours", "stock"))
        table.add_row(case.label, _ms(mine), _ms(theirs), f"{theirs / mine:.1f}")
    out.print(table)


def measure_virtual(out: Console) -> None:
    rtt = 4 * LINK  # there and back, over both sides' links
    title = f"virtual time, in round trips between the peers ({_ms(rtt)}; {_ms(rtt / 2)} to the servers)"
    table = Table(title=title, title_justify="left")
    for heading in ("", "ours ICE", "DTLS", "channel", "stock ICE", "DTLS", "channel"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    pairings = {
        "port-restricted": (nat.PORT_RESTRICTED_CONE,) * 2,
        "symmetric": (nat.SYMMETRIC,) * 2,
    }
    for name, nats in pairings.items():
        for case in CASES if name == "port-restricted" else CASES[:2]:
            found = [World(nats).round(member, case) for member in (ours, stock)]
            cells = [f"{at / rtt:.1f}" for one in found for at in (one.ice, one.dtls, one.channel)]
            table.add_row(f"{name}, {case.label}", *cells)
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
