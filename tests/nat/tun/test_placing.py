"""A task's sockets are in the namespace of its host, and those of everything else are not."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import ifaddr
import pytest

from nat.kernel import Namespaces
from nat.simulator import Host, Simulation
from nat.tun.placing import placed


@pytest.fixture
def world() -> Simulation:
    return Simulation()


@pytest.fixture
def hosts(root: None, world: Simulation) -> Iterator[tuple[Host, Host]]:
    alice, bob = world.host("alice", "198.51.100.1"), world.host("bob", "198.51.100.2")
    with contextlib.ExitStack() as stack:
        namespaces = stack.enter_context(Namespaces())
        spaces = {}
        for host in (alice, bob):
            spaces[host.name] = namespaces.create(host.name)
            spaces[host.name].ip(f"address add {host.address}/32 dev lo")
        stack.enter_context(placed(spaces, world.resolver))
        yield alice, bob


def can_bind(address: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        try:
            made.bind((address, 0))
        except OSError:
            return False
        return True


async def bindable(address: str) -> bool:
    await asyncio.sleep(0)
    return can_bind(address)


async def test_each_task_binds_to_addresses_of_its_host_alone(hosts: tuple[Host, Host]) -> None:
    alice, bob = hosts
    async with asyncio.TaskGroup() as group:
        own = [host.start(group, bindable(host.address)) for host in hosts]
        others = [
            alice.start(group, bindable(bob.address)),
            bob.start(group, bindable(alice.address)),
        ]
        outside = group.create_task(bindable(alice.address))
    assert [one.result() for one in own] == [True, True]
    assert not any(one.result() for one in (*others, outside))


async def test_a_thread_of_a_host_is_on_the_host(hosts: tuple[Host, Host]) -> None:
    alice, _ = hosts
    assert await alice.run(asyncio.to_thread(can_bind, alice.address))
    assert not await asyncio.to_thread(can_bind, alice.address)


def test_the_thread_itself_stays_where_it_was(hosts: tuple[Host, Host]) -> None:
    before = Path("/proc/thread-self/ns/net").readlink()
    with hosts[0]:
        socket.socket().close()
        assert Path("/proc/thread-self/ns/net").readlink() == before


async def test_an_endpoint_of_asyncio_is_the_hosts(hosts: tuple[Host, Host]) -> None:
    alice, _ = hosts
    loop = asyncio.get_running_loop()
    transport, _ = await alice.run(
        loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(alice.address, 0))
    )
    assert transport.get_extra_info("sockname")[0] == alice.address
    transport.close()
    await asyncio.sleep(0)


def test_a_host_sees_its_own_interfaces(hosts: tuple[Host, Host]) -> None:
    with hosts[1]:
        seen = {ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips}
    assert "198.51.100.2" in seen
    assert "198.51.100.2" not in {ip.ip for one in ifaddr.get_adapters() for ip in one.ips}


def test_names_of_the_world_are_known_also_in_threads_without_a_host(
    hosts: tuple[Host, Host],
) -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(socket.gethostbyname("alice")))
    thread.start()
    thread.join()
    assert found == ["198.51.100.1"]
    assert socket.getaddrinfo("bob", 80, type=socket.SOCK_STREAM)[0][4] == ("198.51.100.2", 80)
    assert socket.gethostbyname("localhost") == "127.0.0.1"


def test_a_host_knows_no_other_names(hosts: tuple[Host, Host]) -> None:
    with hosts[0], pytest.raises(socket.gaierror):
        socket.getaddrinfo("example.org", 80)


def test_sockets_of_other_kinds_and_given_ones_are_left_alone(hosts: tuple[Host, Host]) -> None:
    with hosts[0]:
        one, other = socket.socketpair()
        one.sendall(b"still a pair")
        assert other.recv(100) == b"still a pair"
        copy = socket.socket(fileno=one.detach())
        copy.close()
        other.close()


def test_afterwards_everything_is_as_before(world: Simulation) -> None:
    before = (socket.socket, socket.getaddrinfo, socket.gethostbyname, ifaddr.get_adapters)
    with placed({}, world.resolver):
        assert socket.socket is not before[0]
    after = (socket.socket, socket.getaddrinfo, socket.gethostbyname, ifaddr.get_adapters)
    assert after == before
