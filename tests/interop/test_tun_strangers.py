"""Unmodified peers behind NATs in the TUN lab: aiortc and libwebrtc as programs, coturn between them."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import aiortc
import pytest

from nat import Behavior, direct_possible, parse, reflector
from nat.simulator import Host, Simulation
from nat.tun import Machine, TunLab
from tests.interop.coturn import find, totals

PATIENCE = 40.0
PROGRAM = Path(__file__).with_name("strange_peer.py")
STUN = "stun:server:3478"

DOZEN = [
    ("ei/ei", "ei/ei"),
    ("ei/ei", "apd/apd"),
    ("ei/ad", "ad/ad"),
    ("ei/ad", "apd/apd"),
    ("ei/apd", "ei/ei"),
    ("ei/apd", "ei/apd"),
    ("ad/ei", "ad/ad"),
    ("ad/ei", "apd/ad"),
    ("apd/ei", "ad/ei"),
    ("apd/apd", "ei/ad"),
    ("ei/apd", "apd/apd"),
    ("apd/apd", "apd/apd"),
]

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]


def world(a: Behavior, b: Behavior) -> tuple[Simulation, Host, Host, Host]:
    simulation = Simulation(seed=1)
    server = simulation.host("server")
    alice = simulation.nat("home-a", a).host("alice")
    return simulation, server, alice, simulation.nat("home-b", b).host("bob")


@contextlib.asynccontextmanager
async def stun(server: Host) -> AsyncIterator[None]:
    transport = await server.run(reflector.serve())
    yield
    transport.close()
    await asyncio.sleep(0)


# as programs of their own


async def start(machine: Machine, engine: str, role: str) -> Process:
    return await machine.popen(
        sys.executable, PROGRAM, engine, role, STUN, stdin=PIPE, stdout=PIPE, limit=1 << 20
    )


async def pass_on(one: Process, other: Process) -> None:
    """Bring a description from one program to the other."""
    assert one.stdout is not None
    assert other.stdin is not None
    line = await one.stdout.readline()
    assert line, "the program has ended"
    other.stdin.write(line)
    await other.stdin.drain()


@pytest.mark.parametrize(
    ("engines", "nats"),
    [
        (("libwebrtc", "libwebrtc"), ("ei/apd", "ei/apd")),
        (("aiortc", "libwebrtc"), ("ei/ad", "apd/apd")),
    ],
)
async def test_unmodified_programs_meet_through_two_nats(
    engines: tuple[str, str], nats: tuple[str, str]
) -> None:
    simulation, server, _, _ = world(*map(parse, nats))
    async with asyncio.timeout(PATIENCE), TunLab(simulation) as lab, stun(server):
        one = await start(lab["alice"], engines[0], "offer")
        other = await start(lab["bob"], engines[1], "answer")
        await pass_on(one, other)
        await pass_on(other, one)
        codes = [await one.wait(), await other.wait()]
    assert codes == [0, 0], simulation.explain()


async def test_coturns_server_and_client_talk_through_a_nat() -> None:
    simulation = Simulation(seed=1)
    simulation.host("server", "198.51.100.1")
    simulation.nat("home", parse("apd/apd")).host("alice")
    where = ("--listening-ip=198.51.100.1", "--relay-ip=198.51.100.1", "--pidfile=/dev/null")
    users = ("-a", "-u", "me:secret", "-r", "lab", "--no-tls", "--no-dtls", "--no-cli")
    who = ("-u", "me", "-w", "secret")
    async with asyncio.timeout(PATIENCE), TunLab(simulation) as lab:
        server = await lab["server"].popen(
            find("turnserver"), "-n", *where, *users, "--log-file=stdout", stdout=PIPE
        )
        assert server.stdout is not None
        while b"admin thread" not in (line := await server.stdout.readline()):
            assert line, "turnserver has ended"
        done = await lab["alice"].run(
            find("turnutils_uclient"),
            "-y",
            "-c",
            "-n",
            "20",
            "-m",
            "1",
            "-l",
            "200",
            *who,
            "server",
        )
        server.kill()
        await server.communicate()
    assert totals(done.stdout) == (40, 40)
    assert simulation.trace.where("home").translated()


# in this process, many at once


async def meet(alice: Host, bob: Host) -> bool:
    """Two stock aiortc peers on two hosts; whether a message came through."""
    configuration = aiortc.RTCConfiguration([aiortc.RTCIceServer(STUN)])
    one, other = aiortc.RTCPeerConnection(configuration), aiortc.RTCPeerConnection(configuration)
    heard = asyncio.get_running_loop().create_future()
    channel = one.createDataChannel("chat")
    channel.on("open", lambda: channel.send("hello"))
    other.on("datachannel", lambda opened: opened.on("message", heard.set_result))
    try:
        await alice.run(describe(one, other, "offer"))
        await bob.run(describe(other, one, "answer"))
        async with asyncio.timeout(6):
            return bool(await heard == "hello")
    except TimeoutError:
        return False
    finally:
        await one.close()
        await other.close()


async def describe(
    here: aiortc.RTCPeerConnection, there: aiortc.RTCPeerConnection, kind: str
) -> None:
    make = here.createOffer if kind == "offer" else here.createAnswer
    await here.setLocalDescription(await make())
    await there.setRemoteDescription(here.localDescription)


async def test_stock_aiortc_meets_in_a_dozen_pairings_where_the_rule_says_so() -> None:
    simulation = Simulation(seed=1)
    server = simulation.host("server")
    pairs = [
        tuple(simulation.nat(f"{side}{n}", parse(nat)).host(f"{side}{n}-host") for side, nat in row)
        for n, row in enumerate((("a", a), ("b", b)) for a, b in DOZEN)
    ]
    async with asyncio.timeout(PATIENCE), TunLab(simulation), stun(server):
        met = await asyncio.gather(*(meet(alice, bob) for alice, bob in pairs))
    assert met == [direct_possible(parse(a), parse(b)) for a, b in DOZEN]
    assert met.count(False) == 2
