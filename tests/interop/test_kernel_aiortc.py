"""aiortc's peers in processes of their own, on hosts of their own, behind NATs of the Linux kernel."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hairpin.lab.kernelworlds import ALICE, BOB, SERVER, SERVER_NAME, grid_plan
from nat.kernel import KernelLab

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

ROOT = Path(__file__).resolve().parents[2]
VISITORS = Path(__file__).with_name("kernel_peers.py")
ALICES = (0, 2, 4, 8)
"""EI/EI, EI/APD, AD/AD and APD/APD, by their place among the nine."""
BOBS = (1, 3, 8)
"""EI/AD, AD/EI and APD/APD."""
PAIRINGS = [(a, b) for a in ALICES for b in BOBS]
RELAYED = {(2, 8), (4, 8), (8, 8)}
"""Nobody lets strangers in, and a port is not the one that was told: only the relay is left."""
URL = f"ws://{SERVER}:8080/v1/ws"


@contextlib.asynccontextmanager
async def program(command: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a program; if the context leaves it running, it is ended."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.communicate()


async def play(lab: KernelLab) -> list[dict[str, str | None]]:
    """All pairings at once; what the hosts found in the rooms."""
    servers = (
        *(sys.executable, "-m", "hairpin", "up", "--allow-private-peers", "--json"),
        *("--signaling", f"{SERVER}:8080", "--relay", f"{SERVER}:3478"),
    )
    hosts = {
        f"{side}-{kind}": [room(pair) for pair in PAIRINGS if pair[n] == kind]
        for n, (side, kinds) in enumerate(((ALICE, ALICES), (BOB, BOBS)))
        for kind in kinds
    }
    places = {name: (lab.host(name).namespace.path, rooms) for name, rooms in hosts.items()}
    async with (
        program(lab.host(SERVER_NAME).command(servers)) as services,
        program([sys.executable, str(VISITORS), URL]) as visitors,
    ):
        assert services.stdout is not None
        assert await services.stdout.readline(), "the servers are not up"
        output, _ = await visitors.communicate(json.dumps(places).encode())
    return [json.loads(line) for line in output.splitlines()]


def room(pair: tuple[int, int]) -> str:
    return "-".join(map(str, pair))


def test_a_dozen_pairings_connect_directly_wherever_they_can_and_through_the_relay_elsewhere() -> (
    None
):
    with KernelLab(grid_plan()) as lab:
        found = asyncio.run(play(lab))
    for pair in PAIRINGS:
        expected = "relayed" if pair in RELAYED else "direct"
        kinds = [one[room(pair)] for one in found if room(pair) in one]
        assert kinds == [expected, expected], f"pairing {pair}"
