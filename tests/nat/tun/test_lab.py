"""Unmodified programs in real kernels, behind the simulator's NATs and on its links."""

import asyncio
import contextlib
import dataclasses
import errno
import gc
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from nat import PORT_RESTRICTED_CONE, SYMMETRIC, Behavior, DropReason, Protocol
from nat.choices import PortMapping
from nat.kernel.watchdog import inside
from nat.simulator import CallbackError, Host, Simulation, Verdict
from nat.tun import TunLab, TunLabError

pytestmark = pytest.mark.usefixtures("root")

PATIENCE = 20.0
ROOT = Path(__file__).resolve().parents[3]


def home(behavior: Behavior = PORT_RESTRICTED_CONE) -> tuple[Simulation, Host, Host]:
    world = Simulation(seed=1)
    server = world.host("server")
    return world, server, world.nat("home", behavior).host("alice")


class Echo(asyncio.DatagramProtocol):
    """Sends everything back, with where it came from before it."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.transport.sendto(f"{addr[0]} {addr[1]} ".encode() + data, addr)


@contextlib.asynccontextmanager
async def echo(host: Host, address: str = "0.0.0.0") -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    transport, _ = await host.run(loop.create_datagram_endpoint(Echo, local_addr=(address, 7)))
    yield
    transport.close()
    await asyncio.sleep(0)  # its socket is closed in the next turn


def udp(host: Host, family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    with host:
        made = socket.socket(family, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


async def ask(client: socket.socket, data: bytes, address: tuple[str, int]) -> bytes:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        await loop.sock_sendto(client, data, address)
        return await loop.sock_recv(client, 65536)


async def test_a_real_socket_is_seen_as_the_nat_shows_it() -> None:
    world, server, alice = home()
    async with TunLab(world), echo(server):
        with udp(alice) as client:
            host, port, _ = (await ask(client, b"", (server.address, 7))).decode().split(" ")
            own = client.getsockname()[1]
    assert host == "203.0.113.1"
    (mapping,) = [one for one in world.trace if one.where == "home"][:1]
    assert mapping.source == ("203.0.113.1", int(port))
    assert int(port) != own


async def test_the_trace_says_why_a_real_packet_did_not_arrive() -> None:
    world, server, alice = home()
    stranger = world.host("stranger")
    async with TunLab(world), echo(server):
        with udp(alice) as client, udp(stranger) as other:
            _, port, _ = (await ask(client, b"", (server.address, 7))).decode().split(" ")
            other.sendto(b"let me in", ("203.0.113.1", int(port)))
            async with asyncio.timeout(PATIENCE):
                while not world.dropped():
                    await asyncio.sleep(0.001)
    (drop,) = world.dropped(reason=DropReason.FILTERED)
    assert drop.where == "home"
    assert "has never sent to 198.51.100.2" in world.explain()


async def test_a_link_delays_a_real_packet_both_ways() -> None:
    world, server, alice = home()
    world.link(server, latency=0.05)
    async with TunLab(world), echo(server):
        with udp(alice) as client:
            await ask(client, b"", (server.address, 7))
            begin = time.perf_counter()
            await ask(client, b"", (server.address, 7))
            took = time.perf_counter() - begin
    assert took >= 0.121  # twice 50, 10 and 0.5 ms


async def test_a_link_loses_real_packets() -> None:
    world, server, alice = home()
    world.link(server, loss=1.0)
    async with TunLab(world):
        with udp(alice) as client:
            client.sendto(b"", (server.address, 7))
            async with asyncio.timeout(PATIENCE):
                while not world.dropped(reason=DropReason.LOST):
                    await asyncio.sleep(0.001)


async def test_real_tcp_goes_through_a_nat_with_backpressure_and_an_end() -> None:
    world, server, alice = home()
    size = 300_000

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        writer.close()

    async def client() -> tuple[bytes, str]:
        reader, writer = await asyncio.open_connection("server", 80)
        writer.write(bytes(size))
        writer.write_eof()
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
        return received, writer.get_extra_info("sockname")[0]

    async with asyncio.timeout(PATIENCE), TunLab(world):
        listener = await server.run(asyncio.start_server(serve, "0.0.0.0", 80))
        received, own = await alice.run(client())
        listener.close()
    assert (len(received), own) == (size, "192.168.1.2")
    assert not world.dropped()
    assert any(one.protocol is Protocol.TCP and one.where == "home" for one in world.trace)


async def test_a_real_reset_comes_back_through_a_nat() -> None:
    world, server, alice = home()
    async with TunLab(world):
        with pytest.raises(ConnectionRefusedError):
            await alice.run(asyncio.open_connection(server.address, 81))


async def test_a_real_icmp_error_comes_back_through_a_nat() -> None:
    world, server, alice = home(SYMMETRIC)
    async with TunLab(world):
        with udp(alice) as client:
            client.connect((server.address, 9))
            with pytest.raises(ConnectionRefusedError):
                await ask(client, b"", (server.address, 9))


async def test_a_real_ping_is_answered_through_a_nat_and_by_a_simulated_router() -> None:
    world = Simulation()
    server = world.host("server")
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=frozenset(PortMapping))
    alice = world.nat("home", behavior).host("alice")
    echo_request = bytes((8, 0, 0, 0, 0, 0, 0, 1)) + b"anybody?"
    async with TunLab(world) as lab:
        lab[alice].namespace.sysctl(ipv4__ping_group_range="0 2147483647")
        for target in (server.address, "192.168.1.1"):
            with alice:
                ping = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
            ping.setblocking(False)
            with ping:
                answer = await ask(ping, echo_request, (target, 0))
            assert (answer[0], answer[8:]) == (0, b"anybody?")


async def test_real_fragments_cross_the_internet() -> None:
    world = Simulation()
    server, client = world.host("server"), world.host("client")
    async with TunLab(world), echo(server):
        with udp(client) as asking:
            answer = await ask(asking, bytes(4000), (server.address, 7))
    assert answer.endswith(bytes(4000))


async def test_real_tcp_finds_the_mtu_of_a_narrow_link_on_the_way() -> None:
    world, server, alice = home()
    world.link(world.nats[0], mtu=1000)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.read())
        writer.close()

    async def client() -> int:
        reader, writer = await asyncio.open_connection("server", 80)
        writer.write(bytes(20_000))
        writer.write_eof()
        received = await reader.read()
        writer.close()
        await writer.wait_closed()
        return len(received)

    async with asyncio.timeout(PATIENCE), TunLab(world):
        listener = await server.run(asyncio.start_server(serve, "0.0.0.0", 80))
        assert await alice.run(client()) == 20_000
        listener.close()
    assert world.dropped(reason=DropReason.TOO_BIG)


async def test_ipv6_hosts_reach_each_other() -> None:
    world = Simulation()
    server = world.host("server", "2001:db8::1")
    client = world.host("client", "2001:db8::2")
    async with TunLab(world), echo(server, "::"):
        with udp(client, socket.AF_INET6) as asking:
            answer = await ask(asking, b"six", (server.address, 7))
            assert answer.startswith(b"2001:db8::2 ")
            asking.connect((server.address, 9))
            with pytest.raises(ConnectionRefusedError):
                await ask(asking, b"", (server.address, 9))


async def test_an_ipv6_firewall_passes_what_was_asked_for_and_nothing_else() -> None:
    world = Simulation()
    server = world.host("server", "2001:db8:f::1")
    client = world.firewall("home", "2001:db8:1::/64").host("client")
    async with TunLab(world), echo(server, "::"):
        with udp(client, socket.AF_INET6) as asking, udp(server, socket.AF_INET6) as stranger:
            asking.bind(("::", 9))
            stranger.sendto(b"unasked", (client.address, 9))
            assert (await ask(asking, b"", (server.address, 7))).startswith(b"2001:db8:1::2 9 ")
    (drop,) = world.dropped()
    assert (drop.where, drop.destination) == ("home", (client.address, 9))


async def test_an_ipv6_host_reaches_an_ipv4_one_through_a_nat64_over_udp_and_tcp() -> None:
    world = Simulation()
    server = world.host("server")
    nat = world.nat64("carrier")
    client = nat.host("client")
    target = nat.embed(server.address)

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(writer.get_extra_info("peername")[0].encode())
        writer.close()

    async def listen() -> bytes:
        reader, writer = await asyncio.open_connection(target, 80)
        heard = await reader.read()
        writer.close()
        return heard

    async with asyncio.timeout(PATIENCE), TunLab(world), echo(server):
        with udp(client, socket.AF_INET6) as asking:
            assert (await ask(asking, b"", (target, 7))).startswith(b"203.0.113.1 ")
        listener = await server.run(asyncio.start_server(greet, "0.0.0.0", 80))
        assert await client.run(listen()) == b"203.0.113.1"
        listener.close()
        await asyncio.sleep(0)


async def test_unmodified_programs_talk_to_each_other_by_name() -> None:
    world, _, _ = home()
    serve = "import socket\ns = socket.create_server(('', 80))\nprint('up', flush=True)\n"
    serve += "c, a = s.accept()\nc.sendall(a[0].encode())\n"
    ask_it = "import socket\nprint(socket.create_connection(('server', 80)).recv(100).decode())"
    async with asyncio.timeout(PATIENCE), TunLab(world) as lab:
        process = await lab["server"].popen(sys.executable, "-c", serve, stdout=-1)
        assert process.stdout is not None
        await process.stdout.readline()
        done = await lab["alice"].run(sys.executable, "-c", ask_it)
        await process.wait()
    assert done.stdout == "203.0.113.1\n"


async def test_it_is_a_mapping_of_machines_and_says_which_there_are() -> None:
    world, server, alice = home()
    async with TunLab(world) as lab:
        assert list(lab) == ["server", "alice"]
        assert lab[server].host is server
        assert lab["alice"].host is alice
        with pytest.raises(TunLabError, match="allowed: server, alice"):
            lab["bob"]
    with pytest.raises(TunLabError, match="closed"):
        lab["alice"]


async def test_a_world_may_be_played_again() -> None:
    world, server, alice = home()
    for _ in range(2):
        async with TunLab(world), echo(server):
            with udp(alice) as client:
                await ask(client, b"", (server.address, 7))
    assert [one.verdict for one in world.trace].count(Verdict.DELIVERED) == 4


# nothing is left


def within_patience(done: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


def descriptors() -> int:
    """How many are open, without those that tests before this one have left to the collector of garbage."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def whats_there() -> tuple[set[str], str]:
    return {name for _, name in socket.if_nameindex()}, Path("/proc/mounts").read_text()


async def test_closing_ends_the_programs_and_leaves_no_descriptor() -> None:
    before, opened = whats_there(), descriptors()
    world, _, _ = home()
    async with TunLab(world) as lab:
        spaces = {one.namespace.inode for one in lab.values()}
        process = await lab["alice"].popen("sh", "-c", "echo; exec sleep 1000", stdout=-1)
        assert process.stdout is not None
        await process.stdout.readline()
        assert list(inside(spaces))
    await process.wait()
    assert not list(inside(spaces))
    assert whats_there() == before
    assert descriptors() == opened


OWNER = """
import asyncio, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a suite in the background has ignored
from nat.simulator import Simulation
from nat.tun import TunLab
async def main():
    world = Simulation()
    world.host("alice")
    async with TunLab(world) as lab:
        process = await lab["alice"].popen("sh", "-c", "sleep 1000 & sleep 1000 & wait")
        print(lab["alice"].namespace.inode, flush=True)
        await process.wait()
asyncio.run(main())
"""


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_however_the_owner_ends(end: signal.Signals) -> None:
    before = whats_there()
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], stdout=-1, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    ) as owner:
        try:
            assert owner.stdout is not None
            inode = int(owner.stdout.readline())
            assert within_patience(lambda: len(list(inside({inode}))) == 3)
            owner.send_signal(end)
            owner.wait(PATIENCE)
        finally:
            owner.kill()
    assert within_patience(lambda: not list(inside({inode})))
    assert whats_there() == before


async def test_a_fault_in_the_network_fails_the_lab_at_its_end() -> None:
    world, _, _ = home()
    happened = asyncio.Event()

    def fail() -> None:
        happened.set()
        raise ZeroDivisionError

    async def play() -> None:
        async with TunLab(world), asyncio.timeout(PATIENCE):
            world.at(world.now, fail)  # while nothing else happens
            await happened.wait()

    with pytest.raises(CallbackError, match="ZeroDivisionError"):
        await play()


async def test_what_fails_half_way_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _, _ = home()
    opened = descriptors()

    def fail(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("nat.tun.lab.RealTime", fail)
    with pytest.raises(OSError, match="Too many"):
        async with TunLab(world):
            pass
    assert descriptors() == opened
    assert all(host.body is None for host in world.hosts)
