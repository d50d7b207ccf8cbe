"""Data channel throughput in one direction: ours and stock aiortc, with and without uvloop, and libwebrtc.

Both peers are in one process on loopback, each combination in a process of its own, all in turn and
several rounds; medians. A Python peer is bound by its processor, so what counts is the ratio.
"""

import argparse
import asyncio
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aioice.ice
import aiortc
from rich.console import Console
from rich.table import Table

import peer

LOOPBACK = "127.0.0.1"
HIGH_WATER, LOW_WATER = 1 << 20, 1 << 18


class Meter:
    """Counts what arrives until all of it is there."""

    def __init__(self, messages: int) -> None:
        self._left = messages
        self.done = asyncio.Event()

    def count(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            self.done.set()


async def negotiate(one: Any, other: Any) -> None:
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)


async def pair(make: Callable[[], Any], meter: Meter) -> tuple[Any, list[Any]]:
    """Two connections of aiortc's interface, and the sender's channel once it is open."""
    one, other = make(), make()
    channel, opened = one.createDataChannel("bench"), asyncio.Event()
    channel.on("open", opened.set)
    other.on("datachannel", lambda there: there.on("message", meter.count))
    await negotiate(one, other)
    await opened.wait()
    return channel, [one, other]


async def flood(channel: Any, messages: int, size: int) -> None:
    """Send as aiortc's users do."""
    low = asyncio.Event()
    channel.bufferedAmountLowThreshold = LOW_WATER
    channel.on("bufferedamountlow", low.set)
    data = bytes(size)
    for _ in range(messages):
        channel.send(data)
        if channel.bufferedAmount > HIGH_WATER:
            low.clear()
            await low.wait()


async def python_pair(make: Callable[[], Any], messages: int, size: int) -> float:
    meter = Meter(messages)
    channel, connections = await pair(make, meter)
    began = time.perf_counter()
    await flood(channel, messages, size)
    await meter.done.wait()
    seconds = time.perf_counter() - began
    for connection in connections:
        await connection.close()
    return seconds


async def ours(messages: int, size: int) -> float:
    configuration = peer.Configuration(host_addresses=(LOOPBACK,))
    return await python_pair(lambda: peer.RTCPeerConnection(configuration), messages, size)


async def stock(messages: int, size: int) -> float:
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]
    configuration = aiortc.RTCConfiguration(iceServers=[])
    return await python_pair(lambda: aiortc.RTCPeerConnection(configuration), messages, size)


async def libwebrtc(messages: int, size: int) -> float:
    import webrtc

    webrtc.allow_loopback()
    one, other = (webrtc.RTCPeerConnection(webrtc.RTCConfiguration()) for _ in range(2))
    meter, opened = Meter(messages), asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()

    def trickle(source: Any, target: Any) -> None:
        def found(event: Any) -> None:
            candidate = event.candidate
            if candidate is not None and candidate.candidate:
                init = webrtc.RTCIceCandidateInit(
                    candidate.candidate, candidate.sdp_mid, candidate.sdp_m_line_index
                )
                tasks.add(asyncio.ensure_future(target.add_ice_candidate(init)))

        source.on("icecandidate", found)

    channel = one.create_data_channel("bench")
    channel.on("open", lambda *_: opened.set())
    other.on("datachannel", lambda event: event.channel.on("message", meter.count))
    await one.set_local_description(await one.create_offer())
    await other.set_remote_description(
        webrtc.RTCSessionDescriptionInit("offer", one.local_description.sdp)
    )
    trickle(one, other)
    trickle(other, one)
    await other.set_local_description(await other.create_answer())
    await one.set_remote_description(
        webrtc.RTCSessionDescriptionInit("answer", other.local_description.sdp)
    )
    await opened.wait()
    data, began = bytes(size), time.perf_counter()
    for _ in range(messages):
        channel.send(data)
        while channel.buffered_amount > HIGH_WATER:
            await asyncio.sleep(0.001)
    await meter.done.wait()
    seconds = time.perf_counter() - began
    one.close()
    other.close()
    return seconds


ENGINES: dict[str, Callable[[int, int], Awaitable[float]]] = {
    "ours": ours,
    "stock": stock,
    "libwebrtc": libwebrtc,
}
LOOPS = ("asyncio", "uvloop")


def run_here(engine: str, loop: str, megabytes: int, size: int) -> None:
    """One measurement, in a process of its own: megabits a second, and seconds of processor."""
    messages = megabytes * 1_000_000 // size
    work = ENGINES[engine](messages, size)
    if loop == "uvloop":
        import uvloop

        seconds = uvloop.run(work)
    else:
        seconds = asyncio.run(work)
    figures = {"rate": messages * size * 8 / seconds / 1e6, "cpu": time.process_time()}
    print(json.dumps(figures))


def run_there(engine: str, loop: str, megabytes: int, size: int) -> dict[str, float]:
    arguments = ["--one", engine, loop, "--megabytes", str(megabytes), "--size", str(size)]
    done = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=True
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure(rounds: int, megabytes: int, size: int, out: Console) -> None:
    loops = [loop for loop in LOOPS if loop == "asyncio" or importlib.util.find_spec("uvloop")]
    columns = [(e, loop) for loop in loops for e in ("ours", "stock")] + [("libwebrtc", "asyncio")]
    rates: dict[tuple[str, str], list[float]] = {column: [] for column in columns}
    for _ in range(rounds):
        for column in columns:
            rates[column].append(run_there(*column, megabytes, size)["rate"])
    medians = {column: statistics.median(values) for column, values in rates.items()}
    title = f"{megabytes} MB in messages of {size // 1024} KiB, {rounds} rounds in turn"
    table = Table(title=title, title_justify="left")
    for heading in ("", "loop", "Mbit/s", "to stock aiortc in the same loop"):
        table.add_column(heading, justify="left" if heading in {"", "loop"} else "right")
    for engine, loop in columns:
        rate = medians[engine, loop]
        compared = rate / medians["stock", loop]
        table.add_row(engine, loop, f"{rate:.0f}", f"× {compared:.2f}")
    out.print(table)
    if "uvloop" not in loops:
        out.print("uvloop is not installed: pip install 'hairpin[uvloop]'", markup=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=15)
    parser.add_argument("--size", type=int, default=16 * 1024)
    parser.add_argument("--one", nargs=2, metavar=("ENGINE", "LOOP"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        run_here(*given.one, given.megabytes, given.size)
    else:
        measure(given.rounds, given.megabytes, given.size, Console())


if __name__ == "__main__":
    main()
