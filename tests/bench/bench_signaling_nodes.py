"""What a message costs that crosses nodes, beside one that does not, in one run.

Run: python tests/bench/bench_signaling_nodes.py [--messages N] [--rounds N]
Two nodes and a redis-server run in processes of their own; their processor time, read from /proc, is
the figure. Pairs of clients send each other 500 bytes with a window of 8, first both on one node,
then each on another, in turns.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import types
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from signaling import SUBPROTOCOL

ROOT = Path(__file__).resolve().parents[2]
_package = types.ModuleType("tests")
_package.__path__ = [str(ROOT / "tests")]
sys.modules["tests"] = _package  # other distributions install a package of this name

from tests.signaling.nodes.redisserver import RedisServer  # noqa: E402

PROGRAM = ROOT / "tests/signaling/nodes/nodeprocess.py"
PAIRS, WINDOW, DATA = 40, 8, "x" * 440
TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def join(url: str, name: str, room: str) -> ClientConnection:
    socket = await connect(url, subprotocols=[SUBPROTOCOL], compression=None)
    await socket.send(json.dumps({"t": "hello", "peer": name}))
    await socket.recv()
    await socket.send(json.dumps({"t": "join", "id": 1, "room": room}))
    await socket.recv()
    return socket


async def pair(urls: tuple[str, str], room: str, messages: int) -> None:
    """Let one send and the other hear, at most WINDOW ahead."""
    sender = await join(urls[0], "sender", room)
    receiver = await join(urls[1], "receiver", room)
    await sender.recv()
    signal = {"t": "signal", "room": room, "to": "receiver", "kind": "custom", "data": DATA}
    frame, window = json.dumps(signal), asyncio.Semaphore(WINDOW)

    async def hear() -> None:
        for _ in range(messages):
            await receiver.recv()
            window.release()

    async with asyncio.TaskGroup() as group:
        group.create_task(hear())
        for _ in range(messages):
            await window.acquire()
            await sender.send(frame)
    await sender.close()
    await receiver.close()


async def measure(urls: tuple[str, str], pids: list[int], messages: int, tag: str) -> list[float]:
    """Microseconds a message of each process."""
    before = [cpu(pid) for pid in pids]
    each = messages // PAIRS
    async with asyncio.TaskGroup() as group:
        for number in range(PAIRS):
            group.create_task(pair(urls, f"{tag}-{number}", each))
    after = [cpu(pid) for pid in pids]
    return [(b - a) / (each * PAIRS) * 1e6 for a, b in zip(before, after, strict=True)]


async def start(url: str, name: str) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROGRAM),
        url,
        name,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().strip()


async def rounds(
    first: str, second: str, pids: list[int], options: argparse.Namespace
) -> dict[str, list[list[float]]]:
    rows: dict[str, list[list[float]]] = {"one node": [], "two nodes": []}
    await asyncio.sleep(1.5)
    for turn in range(options.rounds):
        for kind, urls in (("one node", (first, first)), ("two nodes", (first, second))):
            found = await measure(urls, pids, options.messages, f"{kind}-{turn}")
            rows[kind].append(found)
    return rows


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with RedisServer() as server:
        nodes = [await start(server.url, name) for name in ("n1", "n2")]
        pids = [*(process.pid for process, _ in nodes), server.pid]
        try:
            rows = await rounds(nodes[0][1], nodes[1][1], pids, options)
        finally:
            for process, _ in nodes:
                process.terminate()
                await process.wait()
    print(f"us of processor time a message of 500 bytes, median of {options.rounds}")
    print(f"{'':12}{'nodes':>8}{'redis':>8}{'all':>8}")
    totals = {}
    for kind, found in rows.items():
        both = statistics.median(a + b for a, b, _ in found)
        redis = statistics.median(c for _, _, c in found)
        totals[kind] = both + redis
        print(f"{kind:12}{both:8.1f}{redis:8.1f}{both + redis:8.1f}")
    extra = totals["two nodes"] - totals["one node"]
    print(f"crossing costs {extra:.1f} more, {totals['two nodes'] / totals['one node']:.2f} times")


if __name__ == "__main__":
    asyncio.run(main())
