"""How many peer connections a second can be opened and closed, and what that leaves behind.

Run: python tests/bench/bench_peer_cycles.py [--cycles 500]
Two ends in one process on loopback, with a data channel that opens; ours and stock aiortc take turns,
so that the ratio holds on a noisy machine. Growth is counted over all cycles, after the first ten.
"""

import argparse
import asyncio
import gc
import os
import statistics
import time
from pathlib import Path
from typing import Any

import aioice.ice
import aiortc
from rich.console import Console
from rich.table import Table

import peer

LOOPBACK = "127.0.0.1"
WARM_UP = 10


def ours() -> Any:
    return peer.RTCPeerConnection(peer.Configuration(host_addresses=(LOOPBACK,)))


def stock() -> Any:
    return aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))


def trickle(one: Any, other: Any) -> None:
    """Carry candidates; stock aiortc has no such event and puts them into its description."""

    async def carry(candidate: Any) -> None:
        await other.addIceCandidate(candidate)

    one.on("icecandidate", carry)


async def cycle(make: Any) -> float:
    """Open, exchange nothing, close; the seconds until the channel was open."""
    start = time.perf_counter()
    one, other = make(), make()
    trickle(one, other)
    trickle(other, one)
    opened = asyncio.Event()
    one.createDataChannel("bench").on("open", opened.set)
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)
    await opened.wait()
    setup = time.perf_counter() - start
    await asyncio.gather(one.close(), other.close())
    return setup


def footprint() -> tuple[int, int, int]:
    """Resident KiB, descriptors and tasks."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    resident = pages * os.sysconf("SC_PAGE_SIZE") // 1024
    return resident, len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())  # noqa: PTH208


async def measure(cycles: int, out: Console) -> None:
    makers = {"ours": ours, "stock aiortc": stock}
    setups: dict[str, list[float]] = {name: [] for name in makers}
    spent = dict.fromkeys(makers, 0.0)
    grown = {name: [0, 0, 0] for name in makers}
    for make in makers.values():
        for _ in range(WARM_UP):
            await cycle(make)
    for first in range(0, cycles, 50):
        for name, make in makers.items():
            before, start = footprint(), time.perf_counter()
            for _ in range(min(50, cycles - first)):
                setups[name].append(await cycle(make))
            spent[name] += time.perf_counter() - start
            after = footprint()
            grown[name] = [g + b - a for g, a, b in zip(grown[name], before, after, strict=True)]
    table = Table(title=f"loopback, {cycles} cycles each in turn", title_justify="left")
    for heading in ("", "cycles/s", "until open", "KiB grown", "descriptors", "tasks"):
        table.add_column(heading, justify="right" if heading else "left")
    for name in makers:
        rate, setup = cycles / spent[name], statistics.median(setups[name])
        counts = [str(count) for count in grown[name]]
        table.add_row(name, f"{rate:.1f}", f"{setup * 1000:.0f} ms", *counts)
    out.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=500)
    cycles = parser.parse_args().cycles
    # Stock aiortc leaves loopback out; give both the same single address.
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [LOOPBACK]
    asyncio.run(measure(cycles, Console()))


if __name__ == "__main__":
    main()
