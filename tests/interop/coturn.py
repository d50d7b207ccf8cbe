"""coturn's programs as strangers, and `hairpin relay` as they meet it: on real sockets, by its command line."""

import asyncio
import contextlib
import re
import shutil
import signal
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stunwire import Address

HOST = "127.0.0.1"
RELAY_PORTS = (61000, 65535)
"""Above those that the system gives to others, who could take the second port of a pair in the meantime."""
PATIENCE = 120.0
START_UP = 75.0
_TOTALS = re.compile(r"start_mclient: tot_send_msgs=(\d+), tot_recv_msgs=(\d+)")


def find(program: str) -> str:
    """Return the path of one of coturn's programs; without it the tests fail, they are not skipped."""
    found = shutil.which(program)
    if found is None:
        pytest.fail(
            f"{program} is not installed: the set-up step of `make test` installs it "
            "(Debian package coturn, `apt-get install coturn`)"
        )
    return found


async def play(program: str, *arguments: str) -> str:
    """Run a program to its end and return what it printed; its exit status says nothing."""
    process = await asyncio.create_subprocess_exec(
        find(program),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        process.kill()
        output, _ = await process.communicate()
    return output.decode(errors="replace")


def totals(output: str) -> tuple[int, int]:
    """Read how many messages turnutils_uclient sent and got back in the end."""
    found = _TOTALS.findall(output)
    return (int(found[-1][0]), int(found[-1][1])) if found else (0, 0)


class KernelDrops:
    """What the kernel dropped at strangers' full receive buffers, as long as somebody looked."""

    def __init__(self) -> None:
        self._by_socket: dict[tuple[int, int, str], int] = {}

    def at_clients_of(self, server: Address) -> int:
        """Sum up the drops at sockets that are connected to a server's port."""
        return sum(n for (_, remote, _), n in self._by_socket.items() if remote == server.port)

    def at(self, peer: Address) -> int:
        """Sum up the drops at the sockets of a peer's port."""
        return sum(n for (local, _, _), n in self._by_socket.items() if local == peer.port)

    async def watch(self) -> None:
        """Look again and again, until cancelled: a closed socket's drops are forgotten by the kernel."""
        while True:
            for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
                cells = line.split()
                local, remote = (int(cells[i].rpartition(":")[2], 16) for i in (1, 2))
                self._by_socket[local, remote, cells[9]] = int(cells[-1])
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def kernel_drops() -> AsyncIterator[KernelDrops]:
    """Count drops while the context lasts."""
    drops = KernelDrops()
    watching = asyncio.create_task(drops.watch())
    try:
        yield drops
    finally:
        watching.cancel()
        await asyncio.wait([watching])


@contextlib.asynccontextmanager
async def echo_peer() -> AsyncIterator[Address]:
    """Run coturn's echoing peer on a port that is free, and end it by its own handle."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        asyncio.DatagramProtocol, local_addr=(HOST, 0)
    )
    peer = Address(*transport.get_extra_info("sockname"))
    transport.close()
    await asyncio.sleep(0)  # the port is let go of in the next round
    process = await asyncio.create_subprocess_exec(
        *(find("turnutils_peer"), "-L", peer.host, "-p", str(peer.port)),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield peer
    finally:
        await _end(process, signal.SIGTERM)


@dataclass
class Command:
    """A running `hairpin relay`: where it listens, and what it counts."""

    addresses: Mapping[str, tuple[Address, ...]]
    metrics: str
    output: list[str] = field(default_factory=list)

    async def count(self) -> dict[str, float]:
        """Fetch its metrics; those with labels are under their whole name."""
        text = await asyncio.to_thread(self._fetch)
        rows = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in rows}

    def _fetch(self) -> str:
        with urllib.request.urlopen(self.metrics, timeout=PATIENCE) as answer:
            return answer.read().decode()


@contextlib.asynccontextmanager
async def hairpin_relay(*flags: str, config: Path | None = None) -> AsyncIterator[Command]:
    """Run `hairpin relay` with flags until the context ends; ports of 0 are chosen by the system."""
    file = () if config is None else ("--config", str(config))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hairpin", "relay", *flags, *file, "--metrics", f"{HOST}:0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(START_UP):
            while not (lines and lines[-1].startswith("└")):
                line = await process.stdout.readline()
                assert line, "".join(lines)
                lines.append(line.decode())
        drain = asyncio.create_task(_drain(process.stdout, lines))
        yield _command(lines)
        await _end(process, signal.SIGINT)
        await drain
    finally:
        await _end(process, signal.SIGINT)


def _command(lines: list[str]) -> Command:
    rows = [[cell.strip() for cell in line.strip("│ \n").split("│")] for line in lines]
    table = [row for row in rows if len(row) == 2]
    metrics = next(row[1] for row in table if row[0] == "metrics")
    addresses: dict[str, tuple[Address, ...]] = {}
    for name, text in table:
        host, _, port = text.rpartition(":")
        if name in {"UDP", "TCP", "TLS"}:
            address = Address(host.strip("[]"), int(port))
            addresses[name] = (*addresses.get(name, ()), address)
    return Command(addresses, metrics, lines)


async def _drain(stream: asyncio.StreamReader, lines: list[str]) -> None:
    while line := await stream.readline():
        lines.append(line.decode())


async def _end(process: asyncio.subprocess.Process, how: signal.Signals) -> None:
    if process.returncode is not None:
        return
    process.send_signal(how)
    try:
        await asyncio.wait_for(process.wait(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
