"""The lab's network: packets a second through two NATs, and memory of a host that does nothing.

Run: python tests/bench/bench_lab_network.py [--packets 100000] [--hosts 1000]
Packets are UDP datagrams of 100 bytes between two asyncio protocols that echo them, each behind a
NAT of its own; each is counted once on its whole way, with six steps of it in the trace. Seconds
are of this process's own processor time, which does not depend on who else uses the machine.
"""

import argparse
import asyncio
import gc
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

import nat
from nat.simulator import Host, Simulation

DATAGRAM = bytes(100)
IN_FLIGHT = (1, 20)


class Echo(asyncio.DatagramProtocol):
    """Sends back what comes."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.transport.sendto(data, address)


class Client(Echo):
    """Sends back what comes until so much has come."""

    def __init__(self, count: int, done: asyncio.Event) -> None:
        self.left = count
        self.done = done

    def datagram_received(self, data: bytes, address: Any) -> None:
        self.left -= 1
        if self.left > 0:
            self.transport.sendto(data, address)
        elif not self.left:
            self.done.set()


def packets_per_second(packets: int, in_flight: int, **link: float) -> float:
    """Play echo through two NATs, and tell how many packets went through both in a second."""
    simulation = Simulation(1)
    homes = [simulation.nat(name, nat.PORT_RESTRICTED_CONE) for name in ("home-a", "home-b")]
    alice, bob = (home.host(name) for home, name in zip(homes, ("alice", "bob"), strict=True))
    for home in homes:
        simulation.link(home, **link)
    seconds = 0.0

    async def main() -> None:
        nonlocal seconds
        loop = asyncio.get_running_loop()
        done = asyncio.Event()
        client = Client(packets // 2, done)
        with bob:
            there, _ = await loop.create_datagram_endpoint(Echo, local_addr=("0.0.0.0", 7))
        with alice:
            here, _ = await loop.create_datagram_endpoint(lambda: client, local_addr=("0.0.0.0", 7))
        for transport in (here, there):  # so that both know their external ports
            transport.sendto(b"", ("198.51.100.1", 9))
        await asyncio.sleep(1)
        far, near = (home.translator.mappings(simulation.now)[0][2] for home in reversed(homes))
        there.sendto(b"", near)
        await asyncio.sleep(1)
        begin = PROCESS_TIME()
        for _ in range(in_flight):
            here.sendto(DATAGRAM, far)
        await done.wait()
        seconds = PROCESS_TIME() - begin

    simulation.run(main(), deadline=1e9)
    return packets / seconds


PROCESS_TIME = time.process_time


def bytes_per_host(hosts: int, add: Callable[[Simulation, int], Host]) -> float:
    """Add hosts to a world, and tell how much memory each takes."""
    simulation = Simulation(1)
    add(simulation, 0)
    gc.collect()
    tracemalloc.start()
    for number in range(1, hosts + 1):
        add(simulation, number)
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / hosts


def on_the_internet(simulation: Simulation, number: int) -> Host:
    return simulation.host(f"host-{number}", f"10.{number >> 8}.{number & 255}.1")


def behind_a_nat(simulation: Simulation, number: int) -> Host:
    home = simulation.nat(
        f"home-{number}", nat.PORT_RESTRICTED_CONE, external=f"11.{number >> 8}.{number & 255}.1"
    )
    return home.host(f"host-{number}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packets", type=int, default=100_000)
    parser.add_argument("--hosts", type=int, default=1_000)
    arguments = parser.parse_args()

    table = Table(title="Packets through two NATs, a second of processor time (goal: 100,000)")
    table.add_column("links")
    for in_flight in IN_FLIGHT:
        table.add_column(f"{in_flight} under way", justify="right")
    for name, link in (("plain", {}), ("jitter and loss", {"jitter": 0.01, "loss": 1e-9})):
        rates = (packets_per_second(arguments.packets, count, **link) for count in IN_FLIGHT)
        table.add_row(name, *(f"{rate:,.0f}" for rate in rates))
    Console().print(table)

    memory = Table(title="Memory of a host that does nothing (goal: 100 KB)")
    memory.add_column("where")
    memory.add_column("bytes", justify="right")
    for name, add in (
        ("on the internet", on_the_internet),
        ("with a NAT of its own", behind_a_nat),
    ):
        memory.add_row(name, f"{bytes_per_host(arguments.hosts, add):,.0f}")
    Console().print(memory)


if __name__ == "__main__":
    main()
