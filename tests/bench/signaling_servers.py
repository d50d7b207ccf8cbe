"""Signaling servers in processes of their own, ours and strangers', whose processor time is read from /proc."""

import argparse
import asyncio
import contextlib
import gc
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_websockets
from websockets.exceptions import ConnectionClosed

import signaling
from signaling.transports.listener import Transport

HERE = Path(__file__).parent
UNLIMITED = signaling.Settings(
    limits=signaling.Limits(
        rate=1e9,
        burst=10**9,
        joins=1e9,
        joins_burst=10**9,
        outbox=2**30,
        connections=1e9,
        connections_burst=10**9,
        connections_held=10**9,
    ),
    hello_timeout=60.0,
)


@dataclass(frozen=True)
class Running:
    """A server, and what can be read of it."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds on a processor so far, of all its threads."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def rss(self) -> int:
        """Bytes of memory that it has."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024


@contextmanager
def started(command: list[str], cwd: Path | None = None) -> Iterator[Running]:
    """Run a server that prints its address, until the context ends."""
    process = subprocess.Popen(
        command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise RuntimeError(f"{' '.join(command)} did not start")
        yield Running(url, process.pid)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def ours(transport: str, loop: str) -> list[str]:
    """The command that runs ours."""
    return [sys.executable, __file__, transport, loop]


def echo(loop: str) -> list[str]:
    """The command that runs a bare echo of the websockets library."""
    return [sys.executable, __file__, "echo", loop]


@contextmanager
def strangers(*, unless: bool = False) -> Iterator[Path | None]:
    """A directory with the strangers installed from npm; None where there is no npm, or no need."""
    npm = shutil.which("npm")
    if npm is None or unless:
        yield None
        return
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        for source in (HERE / "strangers").iterdir():
            shutil.copy(source, place)
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=place,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        yield place


# --- the process itself ---------------------------------------------------------------------------


async def run_echo() -> None:
    """Send back what comes, until killed."""

    async def handle(websocket: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):  # clients hang up when they are done
            async for frame in websocket:
                await websocket.send(frame)

    async with serve_websockets(
        handle, "127.0.0.1", 0, compression=None, subprotocols=["hairpin.v1"]
    ) as server:
        host, port = server.sockets[0].getsockname()
        print(f"ws://{host}:{port}/", flush=True)
        await server.serve_forever()


async def run_ours(transport: str) -> None:
    """Run our server until killed."""
    async with signaling.serve(UNLIMITED, transport=Transport(transport)) as server:
        gc.freeze()
        print(server.url, flush=True)
        await asyncio.Event().wait()


def main() -> None:
    """Run one server, as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["echo", *(each.value for each in Transport)])
    parser.add_argument("loop", choices=["asyncio", "uvloop"])
    options = parser.parse_args()
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if options.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(run_echo() if options.kind == "echo" else run_ours(options.kind))


if __name__ == "__main__":
    main()
