"""What signaling costs on this machine: time to join, and the server's CPU per routed message.

Run: python tests/bench/bench_signaling.py [--messages 20000]
The server runs in a process of its own, and its CPU time is the figure; a bare websockets echo
under the same load stands beside it.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from multiprocessing.connection import Connection

from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as connect_websocket
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets

import signaling
from signaling.backplane import MemoryBackplane
from signaling.gate import OpenGate
from signaling.hub import Hub
from signaling.messages import Hello, Join
from signaling.orders import Enter
from signaling.outputs import Deliver
from signaling.wire import encode

PAIRS = 20
WINDOW = 50
UNLIMITED = signaling.Settings(limits=signaling.Limits(rate=1e9, burst=10**9, outbox=2**30))


# --- servers, each in a process of its own ----------------------------------------------------


@asynccontextmanager
async def echo_server() -> AsyncIterator[str]:
    async def echo(websocket: ServerConnection) -> None:
        async for frame in websocket:
            await websocket.send(frame)

    async with serve_websockets(
        echo, "127.0.0.1", 0, compression=None, subprotocols=["hairpin.v1"]
    ) as server:
        host, port = server.sockets[0].getsockname()
        yield f"ws://{host}:{port}/"


@asynccontextmanager
async def signaling_server() -> AsyncIterator[str]:
    async with signaling.serve(UNLIMITED) as server:
        yield server.url


async def serve_until_told(kind: str, pipe: Connection) -> None:
    """Report the address, then the CPU time whenever asked, until the pipe is closed."""
    over = asyncio.Event()

    def on_pipe() -> None:
        try:
            pipe.recv()
            pipe.send(time.process_time())
        except EOFError:
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            over.set()

    make = echo_server if kind == "echo" else signaling_server
    async with make() as url:
        pipe.send(url)
        asyncio.get_running_loop().add_reader(pipe.fileno(), on_pipe)
        await over.wait()


def run_server(kind: str, pipe: Connection) -> None:
    asyncio.run(serve_until_told(kind, pipe))


@contextmanager
def server_process(kind: str) -> Iterator[tuple[str, Callable[[], float]]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=run_server, args=(kind, theirs))
    process.start()
    theirs.close()

    def cpu() -> float:
        ours.send(None)
        return ours.recv()

    try:
        yield ours.recv(), cpu
    finally:
        ours.close()
        process.join()


# --- load -------------------------------------------------------------------------------------


async def time_joins(url: str, count: int) -> tuple[list[float], list[float]]:
    """Seconds from nothing to the welcome, and from there to being in a room of two."""
    welcomes, joins = [], []
    async with signaling.connect(url, peer="resident") as resident:
        for number in range(count):
            await resident.join(f"room-{number}")
            started = time.perf_counter()
            async with signaling.connect(url, peer="newcomer") as newcomer:
                welcomed = time.perf_counter()
                await newcomer.join(f"room-{number}")
                joins.append(time.perf_counter() - welcomed)
                welcomes.append(welcomed - started)
            await resident.leave(f"room-{number}")
    return welcomes, joins


async def open_wire(stack: AsyncExitStack, url: str) -> ClientConnection:
    return await stack.enter_async_context(
        connect_websocket(url, subprotocols=["hairpin.v1"], compression=None, proxy=None)
    )


async def enter(wire: ClientConnection, name: str, room: str) -> None:
    await wire.send(encode(Hello(peer=name)), text=True)
    await wire.recv()
    await wire.send(encode(Join(room=room)), text=True)
    await wire.recv()


async def pump(sender: ClientConnection, receiver: ClientConnection, text: str, count: int) -> None:
    """Send in windows, so that neither side's queue is what is measured."""
    for _ in range(count // WINDOW):
        for _ in range(WINDOW):
            await sender.send(text)
        for _ in range(WINDOW):
            await receiver.recv()


async def load(kind: str, url: str, cpu: Callable[[], float], size: int, total: int) -> float:
    """Server CPU seconds per message, over PAIRS pairs at once."""
    async with AsyncExitStack() as stack:
        pairs = []
        for number in range(PAIRS):
            sender = await open_wire(stack, url)
            if kind == "echo":
                pairs.append((sender, sender))
                continue
            receiver = await open_wire(stack, url)
            await enter(receiver, "b", f"r{number}")
            await enter(sender, "a", f"r{number}")
            await receiver.recv()
            pairs.append((sender, receiver))
        each = total // PAIRS // WINDOW * WINDOW
        before = cpu()
        async with asyncio.TaskGroup() as group:
            for number, (sender, receiver) in enumerate(pairs):
                text = signal_text(size, f"r{number}")
                group.create_task(pump(sender, receiver, text, each))
        return (cpu() - before) / (each * PAIRS)


def signal_text(size: int, room: str) -> str:
    head = f'{{"t":"signal","room":"{room}","to":"b","kind":"custom","data":"'
    return head + "x" * (size - len(head) - 2) + '"}'


def hub_alone(size: int, total: int) -> float:
    """CPU seconds to decode, route and encode one message, without sockets."""
    hub, plane, gate = Hub(UNLIMITED, ice=lambda _sid, _region: ()), MemoryBackplane(), OpenGate()
    for cid in ("a", "b"):
        hub.receive_connection(cid, "", 0.0)
        for message in (Hello(peer=cid), Join(room="r0")):
            (asked, *_) = hub.receive_frame(cid, encode(message).decode(), 0.0)
            for order in hub.receive_gate_report(gate.carry(asked)[0], 0.0):
                if isinstance(order, Enter):
                    hub.receive_report(plane.carry(order)[0], 0.0)
    text = signal_text(size, "r0")
    started = time.process_time()
    for _ in range(total):
        for output in hub.receive_frame("a", text, 0.0):
            assert isinstance(output, Deliver)
    return (time.process_time() - started) / total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--joins", type=int, default=100)
    options = parser.parse_args()
    console = Console()

    with server_process("signaling") as (url, _cpu):
        welcomes, joins = asyncio.run(time_joins(url, options.joins))
    both = [welcome + join for welcome, join in zip(welcomes, joins, strict=True)]
    times = Table(title=f"Joining on loopback, {options.joins} times, ms", title_justify="left")
    for heading in ("", "median", "worst"):
        times.add_column(heading, justify="right" if heading else "left")
    for name, seconds in (("to the welcome", welcomes), ("join", joins), ("together", both)):
        median, worst = statistics.median(seconds) * 1e3, max(seconds) * 1e3
        times.add_row(name, f"{median:.2f}", f"{worst:.2f}")
    console.print(times)

    costs = Table(
        title=f"Server CPU per message, {options.messages} messages over {PAIRS} pairs, µs",
        title_justify="left",
    )
    for heading in ("", "200 B", "3 KB"):
        costs.add_column(heading, justify="right" if heading else "left")
    for name, kind in (("signaling, routed", "signaling"), ("bare websockets echo", "echo")):
        cells = []
        for size in (200, 3000):
            with server_process(kind) as (url, cpu):
                seconds = asyncio.run(load(kind, url, cpu, size, options.messages))
            cells.append(f"{seconds * 1e6:.1f}")
        costs.add_row(name, *cells)
    alone = [f"{hub_alone(size, options.messages) * 1e6:.1f}" for size in (200, 3000)]
    costs.add_row("hub alone, no sockets", *alone)
    console.print(costs)


if __name__ == "__main__":
    main()
