"""The trap of Linux: a router that accepts unsolicited packets gives the answer another port.

The session of the unsolicited packet has the pair of endpoints for itself, so what is sent to that
very remote cannot leave by the port that it came to, and whoever waits for it there waits in vain.
"""

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from nat import Behavior
from nat.kernel import KernelLab
from nat.presets import LINUX_MASQUERADE, LINUX_MASQUERADE_OPEN_INPUT
from nat.simulator import Host, Simulation
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan

SERVER = ("198.51.100.1", 1000)
PATIENCE = 20.0
SHORT = 0.3


def plan(behavior: Behavior) -> WorldPlan:
    homes = (NatPlan("home-a", behavior), NatPlan("home-b", behavior))
    hosts = (
        HostPlan("server", (InterfacePlan(addresses=(SERVER[0],)),)),
        HostPlan("alice", (InterfacePlan(network="home-a"),)),
        HostPlan("bob", (InterfacePlan(network="home-b"),)),
    )
    return WorldPlan(nats=homes, hosts=hosts)


@pytest.fixture
def lab(root: None, request: pytest.FixtureRequest) -> Iterator[KernelLab]:
    with KernelLab(plan(request.param)) as made:
        yield made


def open_line(lab: KernelLab, host: str, port: int) -> socket.socket:
    line = lab.host(host).namespace.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind((lab.host(host).address, port))
    line.settimeout(PATIENCE)
    return line


def wait_until_tracked(lab: KernelLab, home: str, remote: str) -> None:
    """A busy kernel carries packets later than they are sent, and another's may overtake them."""
    give_up = time.monotonic() + PATIENCE
    while not any(remote in x.partition("sport")[0] for x in lab.nat(home).sessions()):
        assert time.monotonic() < give_up
        time.sleep(0.01)


def punch(lab: KernelLab, patience: float, *, accepted: bool) -> tuple[bytes | None, int]:
    """Alice sends first, bob a moment later; what she hears, and from which port he then sends."""
    with (
        lab.host("server").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        open_line(lab, "alice", 4000) as alice,
        open_line(lab, "bob", 5000) as bob,
    ):
        server.bind(SERVER)
        server.settimeout(PATIENCE)
        seen = []
        for line in (alice, bob):
            line.sendto(b"?", SERVER)
            seen.append(server.recvfrom(10)[1])
        alice.sendto(b"first", seen[1])
        for home in ("home-a", "home-b")[: 2 if accepted else 1]:
            wait_until_tracked(lab, home, "dst=203.0.113.2 ")
        bob.sendto(b"second", seen[0])
        wait_until_tracked(lab, "home-b", "dst=203.0.113.1 ")
        alice.settimeout(patience)
        try:
            heard = alice.recv(10)
        except TimeoutError:
            heard = None
    towards_alice = next(
        x for x in lab.nat("home-b").sessions() if "dst=203.0.113.1 sport=5000" in x
    )
    return heard, int(towards_alice.rpartition("dport=")[2].split()[0])


@pytest.mark.parametrize("lab", [LINUX_MASQUERADE], indirect=True)
def test_a_router_that_drops_what_nobody_asked_for_lets_them_meet(lab: KernelLab) -> None:
    assert punch(lab, PATIENCE, accepted=False) == (b"second", 5000)


@pytest.mark.parametrize("lab", [LINUX_MASQUERADE_OPEN_INPUT], indirect=True)
def test_one_that_accepts_it_sends_the_answer_from_another_port(lab: KernelLab) -> None:
    heard, port = punch(lab, SHORT, accepted=True)
    assert heard is None
    assert port != 5000


@pytest.mark.parametrize(
    ("behavior", "heard"),
    [(LINUX_MASQUERADE, [b"second"]), (LINUX_MASQUERADE_OPEN_INPUT, [])],
)
def test_the_simulator_has_the_same_trap(behavior: Behavior, heard: list[bytes]) -> None:
    simulation = Simulation(1)
    server = simulation.host("server")
    alice, bob = (simulation.nat(f"home-{n}", behavior).host(n) for n in ("alice", "bob"))

    class Mailbox(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.letters: list[tuple[bytes, Any]] = []

        def datagram_received(self, data: bytes, source: Any) -> None:
            self.letters.append((data, source))

    async def open_at(host: Host, port: int) -> tuple[asyncio.DatagramTransport, Mailbox]:
        loop = asyncio.get_running_loop()
        return await loop.create_datagram_endpoint(Mailbox, local_addr=(host.address, port))

    async def main() -> list[bytes]:
        _, at_server = await server.run(open_at(server, 1000))
        from_alice, at_alice = await alice.run(open_at(alice, 4000))
        from_bob, _ = await bob.run(open_at(bob, 5000))
        for line in (from_alice, from_bob):
            line.sendto(b"?", (server.address, 1000))
            await asyncio.sleep(1)
        seen = [source for _, source in at_server.letters]
        from_alice.sendto(b"first", seen[1])
        await asyncio.sleep(1)
        from_bob.sendto(b"second", seen[0])
        await asyncio.sleep(1)
        return [data for data, _ in at_alice.letters]

    assert simulation.run(main()) == heard
