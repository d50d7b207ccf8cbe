"""The video chat in networks of its own: what `hairpin up` serves on one host of the kernel lab, and a Chromium in each home."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import nat
import relay
import signaling
from hairpin.lab.kernelworlds import ALICE, BOB, SERVER_NAME, pair_plan
from hairpin.pages.site import site
from hairpin.services import Running
from nat.kernel import KernelLab
from nat.worlds import HostPlan, InterfacePlan, WorldPlan
from signaling.tls import TlsFiles
from stunwire import Address
from tests.interop.chatstage import Stage
from tests.interop.chromium import browse_on

PATIENCE = 60.0
FIRST, SECOND = Address("198.51.100.10", 3478), Address("198.51.100.11", 3479)
TURN = f"turn:{FIRST.host}:{FIRST.port}"
WEB = 8443
CHAIN, KEY = "chain.pem", "key.pem"
FLAGS = (
    "--use-fake-device-for-media-stream=fps=10",
    "--use-fake-ui-for-media-stream",
    "--ignore-certificate-errors",  # nobody has signed it
)


def plan(a: nat.Behavior, b: nat.Behavior) -> WorldPlan:
    """Two homes, and a server with two addresses, so that a page can compare how they are seen."""
    whole = pair_plan(a, b)
    server = HostPlan(SERVER_NAME, (InterfacePlan(addresses=(FIRST.host, SECOND.host)),))
    return replace(whole, hosts=(server, *whole.hosts[1:]))


@contextlib.asynccontextmanager
async def services(tls: TlsFiles) -> AsyncIterator[Running]:
    """Pages and signaling over TLS, without which there is no camera; STUN at two addresses, a relay over UDP and TCP."""
    secret = "wonderland"
    relay_settings = relay.Settings(
        listen=(FIRST,),
        listen_tcp=(FIRST,),
        alternate=SECOND,
        rest_secrets=(secret,),
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
    )
    turn = tuple(f"{TURN}?transport={over}" for over in ("udp", "tcp"))
    stun = tuple(f"stun:{one.host}:{one.port}" for one in (FIRST, SECOND))
    ice = signaling.IceSettings(stun_urls=stun, turn_urls=turn, secret=secret)
    settings = signaling.Settings(ice=ice, pages=site())
    async with (
        relay.serve(relay_settings) as relaying,
        signaling.serve(settings, FIRST.host, WEB, tls=tls) as server,
    ):
        yield Running(server, relaying, server.url, stun, turn)


@dataclass
class World:
    """The lab at work: what the server runs, and a browser in each home."""

    lab: KernelLab
    alice: Stage
    bob: Stage


@contextlib.asynccontextmanager
async def world(lab: KernelLab, place: Path) -> AsyncIterator[World]:
    """Serve on the server, and browse in both homes."""
    ready, over = asyncio.get_running_loop().create_future(), asyncio.Event()

    async def serving() -> None:
        async with services(TlsFiles(place / CHAIN, place / KEY)) as running:
            ready.set_result(running)
            await over.wait()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serving())
        try:
            running = await ready
            async with (
                browse_on(lab.host(ALICE), place / ALICE, *FLAGS) as hers,
                browse_on(lab.host(BOB), place / BOB, *FLAGS) as his,
            ):
                yield World(lab, Stage(running, hers), Stage(running, his))
        finally:
            over.set()
