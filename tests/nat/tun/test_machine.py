"""A host of the world as a namespace: its packets are real, and so are its programs."""

import asyncio
import contextlib
import dataclasses
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.choices import PortMapping
from nat.kernel.watchdog import inside
from nat.packets import Address, DropReason, Packet, Protocol
from nat.simulator import Host, Simulation
from nat.tun import Machine, TunLab
from nat.wireformat import encode

PATIENCE = 20.0


@pytest.fixture
def world() -> Simulation:
    return Simulation()


@pytest.fixture
async def machine(root: None, world: Simulation) -> AsyncIterator[Machine]:
    host = world.host("alice", "198.51.100.1", addresses=("2001:db8::1",))
    async with TunLab(world) as lab:
        yield lab[host]


async def test_its_programs_have_its_addresses(machine: Machine) -> None:
    done = await machine.run("ip", "-brief", "address", "show", "eth0")
    assert done.returncode == 0
    assert "198.51.100.1/24" in done.stdout
    assert "2001:db8::1/64" in done.stdout


async def test_its_programs_know_the_names_of_the_world(machine: Machine) -> None:
    assert "198.51.100.1" in (await machine.run("getent", "ahostsv4", "alice")).stdout


async def test_a_program_may_be_given_input_and_its_failure_is_told(machine: Machine) -> None:
    process = await machine.popen("cat", stdin=-1, stdout=-1)
    out, _ = await process.communicate(b"through")
    assert out == b"through"
    done = await machine.run(sys.executable, "-c", "raise SystemExit('no')")
    assert (done.returncode, done.stderr) == (1, "no\n")


async def test_whoever_is_cancelled_takes_the_program_along(machine: Machine) -> None:
    running = asyncio.create_task(machine.run("sh", "-c", "sleep 1000 & sleep 1000; true"))
    async with asyncio.timeout(PATIENCE):
        while len(list(inside({machine.namespace.inode}))) < 3:
            await asyncio.sleep(0.01)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        while list(inside({machine.namespace.inode})):  # killed: the kernel is about to take it
            await asyncio.sleep(0.01)


async def test_whoever_is_cancelled_while_it_starts_takes_it_along_as_well(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have started others before asyncio gives it to us."""
    real = asyncio.create_subprocess_exec
    has_started, goes_on = asyncio.Event(), asyncio.Event()

    async def start(*command: str, **options: Any) -> asyncio.subprocess.Process:
        process = await real(*command, **options)
        has_started.set()
        await goes_on.wait()
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    running = asyncio.create_task(machine.run("sh", "-c", "sleep 1000 & sleep 1000; true"))
    async with asyncio.timeout(PATIENCE):
        await has_started.wait()
        running.cancel()
        await asyncio.sleep(0)
        goes_on.set()
        with pytest.raises(asyncio.CancelledError):
            await running
        while list(inside({machine.namespace.inode})):
            await asyncio.sleep(0.01)


async def test_a_packet_that_the_kernel_does_not_take_is_in_the_trace(
    machine: Machine, world: Simulation
) -> None:
    machine.namespace.ip("link set eth0 down")
    source, target = Address("198.51.100.9", 1), Address("198.51.100.1", 2)
    machine.receive(Packet(Protocol.UDP, source, target, b""), 1)
    (drop,) = world.dropped(machine.host, DropReason.BUFFER_FULL)
    assert "alice's kernel refused it" in drop.detail


async def test_what_is_no_packet_of_ours_is_ignored(machine: Machine, world: Simulation) -> None:
    before = len(world.trace)
    machine.hear(b"no packet")
    assert len(world.trace) == before


async def test_it_moves_to_another_network_while_programs_run(
    machine: Machine, world: Simulation
) -> None:
    nat = world.nat("home", PORT_RESTRICTED_CONE)
    machine.host.move(nat)
    done = await machine.run("ip", "-brief", "address", "show", "eth0")
    assert "192.168.1.2/24" in done.stdout
    assert "198.51.100.1" not in done.stdout
    machine.host.attach(world.internet, "198.51.100.7", interface="wifi")
    done = await machine.run("ip", "-brief", "address", "show", "wifi")
    assert "198.51.100.7/24" in done.stdout


async def test_what_arrives_at_an_address_of_before_is_dropped(
    machine: Machine, world: Simulation
) -> None:
    source, old = Address("198.51.100.9", 1), Address("198.51.100.55", 2)
    machine.receive(Packet(Protocol.UDP, source, old, b""), 1)
    machine.hear(encode(Packet(Protocol.UDP, old, source, b"")))
    one, other = world.dropped(machine.host, DropReason.NO_ROUTE)
    assert one.detail == "alice no longer has 198.51.100.55"
    assert other.detail == "alice does not have 198.51.100.55"


async def test_a_host_in_a_lan_sees_its_router(root: None, world: Simulation) -> None:
    nat = world.nat("home", PORT_RESTRICTED_CONE)
    world.firewall("wall", "2001:db8:1::/64", lan=nat)
    host = nat.host("alice")
    async with TunLab(world) as lab:
        done = await lab[host].run("ip", "route", "show", "default")
        six = await lab[host].run("ip", "-6", "route", "show", "default")
    assert done.stdout.startswith("default via 192.168.1.1 dev eth0")
    assert six.stdout.startswith("default via 2001:db8:1::1 dev eth0")


async def test_a_router_without_a_real_tcp_says_so(root: None, world: Simulation) -> None:
    spoken = frozenset({PortMapping.NAT_PMP})
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=spoken)
    host = world.nat("home", behavior).host("alice")
    async with asyncio.timeout(PATIENCE), TunLab(world) as lab:
        asking = await lab[host].popen("bash", "-c", "exec 3<> /dev/tcp/192.168.1.1/5000")
        while not world.dropped():
            await asyncio.sleep(0.001)
        asking.kill()
        await asking.wait()
    (drop, *_) = world.dropped()
    assert drop.detail == "home (inside) is simulated, and speaks no real TCP"


async def test_an_interface_is_as_narrow_as_its_link(root: None, world: Simulation) -> None:
    host = world.host("alice")
    world.link(host, mtu=1280)
    async with TunLab(world) as lab:
        assert " mtu 1280 " in (await lab[host].run("ip", "link", "show", "eth0")).stdout


async def test_closed_it_is_an_ordinary_host_again(root: None, world: Simulation) -> None:
    host: Host = world.host("alice")
    async with TunLab(world):
        assert host.body is not None
    assert host.body is None
    packet = Packet(Protocol.UDP, Address("198.51.100.9", 1), Address(host.address, 2), b"")
    host.receive(packet, 1)
    assert world.dropped(host, DropReason.CLOSED_PORT)
