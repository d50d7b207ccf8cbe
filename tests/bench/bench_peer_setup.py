"""The steps of a set-up in round trips: ICE, DTLS, channel, beside stock aiortc, in virtual time.

Run: python tests/bench/bench_peer_setup.py
Two peers on the internet, 50 ms round trip to each other and 20 ms to the servers; descriptions and
candidates take half a round trip. The clock starts when the second one is there, which is told to the
first with a message; the first offers.
"""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import aiortc
from rich.console import Console
from rich.table import Table

import peer
import relay
import stunwire
from nat.simulator import Host, Simulation
from stunwire.credentials import mint

SERVER, DEAD = "198.51.100.10", "198.51.100.99"
PEERS = ("198.51.100.1", "198.51.100.2")
PEER_LINK, SERVER_LINK = 0.0125, 0.0
ROUND_TRIP = 4 * PEER_LINK
SECRET = "bench"
STEPS = ("ICE", "DTLS", "channel")


@dataclass
class Case:
    """What the peers are told to use."""

    name: str
    urls: tuple[str, ...]
    relay_only: bool = False
    marks: dict[str, float] = field(default_factory=dict)

    def servers(self) -> list[aiortc.RTCIceServer]:
        credential = mint(SECRET, "bench", ttl=3600, unix_now=time.time())
        return [
            aiortc.RTCIceServer(url, credential.username, credential.password) for url in self.urls
        ]


CASES = (
    Case("direct", (f"stun:{SERVER}",)),
    Case("direct, a dead STUN server", (f"stun:{DEAD}", f"stun:{SERVER}")),
    Case("relay only, UDP", (f"turn:{SERVER}",), relay_only=True),
    Case("relay only, TCP", (f"turn:{SERVER}?transport=tcp",), relay_only=True),
)


def connection(case: Case, *, ours: bool) -> Any:
    policy = aiortc.RTCIceTransportPolicy.RELAY if case.relay_only else None
    options = {"iceServers": case.servers()} | ({"iceTransportPolicy": policy} if policy else {})
    if ours:
        return peer.RTCPeerConnection(peer.RTCConfiguration(**options))
    return aiortc.RTCPeerConnection(aiortc.RTCConfiguration(**options))


class Side:
    """One peer: what it hears comes through a queue, in order."""

    def __init__(self, case: Case, *, ours: bool) -> None:
        self.case = case
        self.ours = ours
        self.inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.other: Side
        self.opened = asyncio.Event()

    def tell(self, what: Any) -> None:
        asyncio.get_running_loop().call_later(ROUND_TRIP / 2, self.other.inbox.put_nowait, what)

    async def run(self, *, second: bool) -> None:
        pc = connection(self.case, ours=self.ours)
        pc.on("icecandidate", self.tell)
        pc.on("datachannel", lambda channel: self.opened.set())
        if second:
            self.case.marks["start"] = asyncio.get_running_loop().time()
            self.tell("here")
        while not self.opened.is_set():
            hearing = asyncio.create_task(self.inbox.get())
            opening = asyncio.create_task(self.opened.wait())
            await asyncio.wait([hearing, opening], return_when=asyncio.FIRST_COMPLETED)
            opening.cancel()
            if hearing.done():
                await self.hear(pc, hearing.result())
            else:
                hearing.cancel()
        self.mark("channel")
        await asyncio.sleep(2)
        await pc.close()

    async def hear(self, pc: Any, what: Any) -> None:
        if what == "here":
            channel = pc.createDataChannel("bench")
            channel.on("open", self.opened.set)
            self.watch(pc)
            await pc.setLocalDescription(await pc.createOffer())
            self.tell(pc.localDescription)
        elif isinstance(what, aiortc.RTCSessionDescription):
            await pc.setRemoteDescription(what)
            if what.type == "offer":
                self.watch(pc)
                await pc.setLocalDescription(await pc.createAnswer())
                self.tell(pc.localDescription)
        else:
            await pc.addIceCandidate(what)

    def watch(self, pc: Any) -> None:
        """The later of the two counts, so that each mark is overwritten."""

        def ice_changed() -> None:
            if pc.iceConnectionState in {"connected", "completed"}:
                self.mark(f"ICE {id(self)}", first=True)

        pc.on("iceconnectionstatechange", ice_changed)
        pc.on(
            "connectionstatechange",
            lambda: self.mark("DTLS") if pc.connectionState == "connected" else None,
        )

    def mark(self, step: str, *, first: bool = False) -> None:
        now = asyncio.get_running_loop().time() - self.case.marks["start"]
        if not (first and step in self.case.marks):
            self.case.marks[step] = now
        if first:
            mine = [at for name, at in self.case.marks.items() if name.startswith("ICE ")]
            self.case.marks["ICE"] = max(mine)


def play(case: Case, *, ours: bool) -> dict[str, float]:
    """One set-up; the time of each step, when both sides have taken it, in round trips."""
    simulation = Simulation(1, start_spread=0.0)
    server = simulation.host("server", SERVER)
    hosts = [simulation.host(f"peer{number}", address) for number, address in enumerate(PEERS)]
    for host in hosts:
        simulation.link(host, latency=PEER_LINK)
    simulation.link(server, latency=SERVER_LINK)
    case.marks.clear()
    simulation.run(_meet(server, hosts, case, ours=ours), deadline=120)
    return {step: case.marks[step] / ROUND_TRIP for step in STEPS}


async def _meet(server: Host, hosts: list[Host], case: Case, *, ours: bool) -> None:
    settings = relay.Settings(
        listen=(stunwire.Address(SERVER, 3478),),
        listen_tcp=(stunwire.Address(SERVER, 3478),),
        rest_secrets=(SECRET,),
        peers=relay.PeerPolicy(allow=("198.51.100.0/24",)),
    )
    stop, ready = asyncio.Event(), asyncio.Event()

    async def serve() -> None:
        async with relay.serve(settings):
            ready.set()
            await stop.wait()

    async with asyncio.TaskGroup() as group:
        server.start(group, serve())
        await ready.wait()
        one, other = Side(case, ours=ours), Side(case, ours=ours)
        one.other, other.other = other, one
        tasks = [
            hosts[0].start(group, one.run(second=False)),
            hosts[1].start(group, other.run(second=True)),
        ]
        await asyncio.wait(tasks)
        stop.set()


def main() -> None:
    out = Console()
    table = Table(title="round trips until both sides have…", title_justify="left")
    for heading in ("", *STEPS, *(f"stock: {step}" for step in STEPS)):
        table.add_column(heading, justify="right" if heading else "left")
    for case in CASES:
        figures = [play(case, ours=ours)[step] for ours in (True, False) for step in STEPS]
        table.add_row(case.name, *(f"{figure:.1f}" for figure in figures))
    out.print(table)


if __name__ == "__main__":
    main()
