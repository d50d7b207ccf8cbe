"""Virtual seconds per real second of a call between two aiortc peers: idle, with audio, and a websocket's for comparison.

Run: python tests/bench/bench_lab_call.py [--seconds 300]
Both peers stand in one LAN. Idle means a connected data channel on which nobody says anything: ICE
consent checks, RTCP and keepalives go on. Time is the process's own, so that a busy machine counts
for less; the best of three runs is shown.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

import nat
from nat.simulator import Simulation

Call = Callable[[Simulation, float], Awaitable[None]]


def lan(simulation: Simulation) -> nat.simulator.Nat:
    return simulation.nat("home", nat.PORT_RESTRICTED_CONE)


async def peers(simulation: Simulation, seconds: float, *, audio: bool) -> None:
    """Two peers in one LAN talk, or keep silent."""
    home = lan(simulation)
    alice, bob = home.host("alice"), home.host("bob")
    async with asyncio.TaskGroup() as group:
        with alice:
            one = RTCPeerConnection()
            one.createDataChannel("chat")
            if audio:
                one.addTrack(AudioStreamTrack())
            await one.setLocalDescription(await one.createOffer())
        with bob:
            other = RTCPeerConnection()
            other.on("track", lambda track: bob.start(group, listen(track)))
            await other.setRemoteDescription(one.localDescription)
            await other.setLocalDescription(await other.createAnswer())
        with alice:
            await one.setRemoteDescription(other.localDescription)
        await asyncio.sleep(seconds)
        await one.close()
        await other.close()


async def listen(track: AudioStreamTrack) -> None:
    try:
        while True:
            await track.recv()
    except MediaStreamError:
        pass


async def idle(simulation: Simulation, seconds: float) -> None:
    await peers(simulation, seconds, audio=False)


async def talking(simulation: Simulation, seconds: float) -> None:
    await peers(simulation, seconds / 10, audio=True)


async def websocket(simulation: Simulation, seconds: float) -> None:
    """A websocket through a NAT with keepalives."""
    server, client = simulation.host("server"), lan(simulation).host("client")

    async def keep(connection: ServerConnection) -> None:
        await connection.wait_closed()

    with server:
        await serve(keep, "0.0.0.0", 80)
    with client:
        async with connect("ws://server/", proxy=None):
            await asyncio.sleep(seconds)


def measure(call: Call, seconds: float) -> float:
    """Virtual seconds per second of processor time, the best of three runs."""
    best = 0.0
    for _ in range(3):
        simulation = Simulation(1)
        before = time.process_time()
        simulation.run(call(simulation, seconds), deadline=2 * seconds)
        best = max(best, simulation.now / (time.process_time() - before))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300.0, help="virtual length of a call")
    seconds = parser.parse_args().seconds
    table = Table("call", "virtual seconds per second", title="Virtual time")
    for name, call in {
        "idle data channel": idle,
        "audio one way": talking,
        "idle websocket": websocket,
    }.items():
        table.add_row(name, f"{measure(call, seconds):,.0f}")
    Console().print(table)


if __name__ == "__main__":
    main()
