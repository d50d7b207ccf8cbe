"""Hairpin's own servers and peers as in life: a program each, behind NATs of the TUN lab."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

import relay
from hairpin.services import Services, serve
from nat import parse
from nat.simulator import Simulation
from nat.tun import TunLab

pytestmark = pytest.mark.interop

PATIENCE = 60.0
PROGRAM = Path(__file__).with_name("session_peer.py")
SERVER = "198.51.100.1"
PUBLIC_NETWORKS = ("198.51.100.0/24", "203.0.113.0/24")


async def run_servers(ready: "asyncio.Future[str]", stop: asyncio.Event) -> None:
    services = Services(
        signaling_address=(SERVER, 80),
        relay_address=(SERVER, 3478),
        secret="shared",
        peers=relay.PeerPolicy(allow=PUBLIC_NETWORKS),
    )
    async with serve(services) as running:
        ready.set_result(running.signaling_url)
        await stop.wait()


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("a", "b", "path"),
    [("ei/apd", "ei/apd", "REFLEXIVE"), ("apd/apd", "ei/apd", "RELAYED")],
)
async def test_two_sessions_find_the_path_that_their_nats_allow(a: str, b: str, path: str) -> None:
    world = Simulation(seed=1)
    server = world.host("server", SERVER)
    world.nat("home-a", parse(a)).host("alice")
    world.nat("home-b", parse(b)).host("bob")
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    async with asyncio.timeout(PATIENCE), TunLab(world) as lab, asyncio.TaskGroup() as group:
        server.start(group, run_servers(ready, stop))
        url = await ready
        waiting = await lab["alice"].popen(sys.executable, PROGRAM, "wait", url, stdout=PIPE)
        assert waiting.stdout is not None
        assert await waiting.stdout.readline() == b"in the room\n"
        coming = await lab["bob"].run(sys.executable, PROGRAM, "come", url)
        out, _ = await waiting.communicate()
        stop.set()
    assert (coming.stdout.strip(), out.decode().strip()) == (path, path), coming.stderr
