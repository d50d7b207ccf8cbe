"""A world as in a plan, in the kernel."""

import asyncio
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nat import FULL_CONE, SYMMETRIC
from nat.kernel import KernelLab, KernelLabError, NeedsRootError, NotExpressibleError, syscalls
from nat.worlds import (
    BlockUdp,
    Heal,
    HostPlan,
    InterfacePlan,
    NatPlan,
    PlanError,
    Reboot,
    Renumber,
    WorldPlan,
)

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 20.0
SERVER = "198.51.100.1"
PLAN = WorldPlan(
    nats=(
        NatPlan("carrier", SYMMETRIC, external=("203.0.113.1",), lan="100.64.0.0/10"),
        NatPlan("home", FULL_CONE, network="carrier"),
    ),
    hosts=(
        HostPlan("server", (InterfacePlan(addresses=(SERVER, "2001:db8::1")),)),
        HostPlan("other", (InterfacePlan(addresses=("198.51.100.2", "2001:db8::2")),)),
        HostPlan("alice", (InterfacePlan(network="home"),)),
    ),
)


class Echo(asyncio.DatagramProtocol):
    """Tells whoever sends from where it was seen."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        self.transport.sendto(source[0].encode(), source)  # type: ignore[attr-defined]


async def seen_as(server: str) -> str:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()

    class Ask(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
            if not answer.done():
                answer.set_result(data)

    transport, _ = await loop.create_datagram_endpoint(Ask, remote_addr=(server, 7))
    async with asyncio.timeout(PATIENCE):
        while not answer.done():
            transport.sendto(b"?")
            await asyncio.wait([answer], timeout=0.1)
    transport.close()
    return answer.result().decode()


async def serve(*addresses: str) -> list[asyncio.DatagramTransport]:
    loop = asyncio.get_running_loop()
    return [
        (await loop.create_datagram_endpoint(Echo, local_addr=(one, 7)))[0] for one in addresses
    ]


@pytest.mark.usefixtures("root")
def test_hosts_reach_each_other_as_the_plan_says() -> None:
    async def main(lab: KernelLab) -> list[str]:
        async with asyncio.TaskGroup() as group:
            servers = await lab.host("server").start(group, serve(SERVER, "2001:db8::1"))
            asking = [
                lab.host("alice").start(group, seen_as(SERVER)),
                lab.host("other").start(group, seen_as(SERVER)),
                lab.host("other").start(group, seen_as("2001:db8::1")),
            ]
        for server in servers:
            server.close()
        return [one.result() for one in asking]

    with KernelLab(PLAN) as lab:
        assert lab.host("alice").addresses == ("192.168.1.2",)
        assert lab.nat("home").external == ("100.64.0.2",)
        seen = lab.play(main(lab))
    assert seen == ["203.0.113.1", "198.51.100.2", "2001:db8::2"]


@pytest.mark.usefixtures("root")
def test_the_events_of_a_plan_happen_in_their_time() -> None:
    events = (
        Renumber(0.02, "carrier", ("203.0.113.77",)),
        Reboot(0.03, "home"),
        BlockUdp(0.04, "home"),
        BlockUdp(0.05, "home", blocked=False),
    )

    async def main(lab: KernelLab) -> str:
        async with asyncio.TaskGroup() as group:
            (server,) = await lab.host("server").start(group, serve(SERVER))
            while lab.nat("carrier").external == ("203.0.113.1",):
                await asyncio.sleep(0)
            asking = lab.host("alice").start(group, seen_as(SERVER))
        server.close()
        return asking.result()

    with KernelLab(replace(PLAN, events=events)) as lab:
        assert lab.play(main(lab)) == "203.0.113.77"


@pytest.mark.usefixtures("root")
def test_programs_run_on_a_host_and_end_with_the_lab() -> None:
    with KernelLab(PLAN) as lab:
        shown = lab.host("alice").run(
            ["ip", "-brief", "address", "show", "eth0"], capture_output=True, text=True
        )
        assert "192.168.1.2/24" in shown.stdout
        left = lab.host("server").popen(["sleep", "1000"])
    assert left.wait() != 0


@pytest.mark.usefixtures("root")
def test_programs_find_hosts_by_name_and_see_their_own_interfaces_alone() -> None:
    look = "getent hosts server; getent hosts files.example; ls /sys/class/net"
    plan = replace(PLAN, names={"files.example": ("198.51.100.2",)})
    with KernelLab(plan) as lab:
        shown = lab.host("alice").run(["sh", "-c", look], capture_output=True, text=True)
    assert shown.stdout.split() == [
        *("2001:db8::1", "server", "198.51.100.2", "files.example"),
        *("eth0", "lo"),
    ]


@pytest.mark.usefixtures("root")
def test_the_example_in_the_documents_runs() -> None:
    """It stands apart from those that run without root."""
    (example,) = re.findall(r"```py\n(.*?)```", (ROOT / "docs" / "lab.md").read_text(), re.DOTALL)
    command = [sys.executable, "-c", example]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert "192.168.1.2/24" in done.stdout


@pytest.mark.usefixtures("root")
def test_who_is_not_in_the_lab_is_refused_with_who_is() -> None:
    with KernelLab(PLAN) as lab:
        with pytest.raises(KernelLabError, match="no host 'bob'; there are: server, other, alice"):
            lab.host("bob")
        with pytest.raises(KernelLabError, match="no NAT 'office'; there are: carrier, home"):
            lab.nat("office")
    with pytest.raises(KernelLabError, match="not built yet"):
        lab.host("alice")


def test_a_plan_that_cannot_be_is_refused_before_anything_is_made() -> None:
    twice = tuple(
        HostPlan(name, (InterfacePlan(addresses=(SERVER,)),)) for name in ("one", "other")
    )
    with pytest.raises(PlanError, match=r"198\.51\.100\.1 is already one's"):
        KernelLab(WorldPlan(hosts=twice))
    with pytest.raises(NotExpressibleError):
        KernelLab(WorldPlan(events=(Heal(1.0),)))


def test_without_the_right_nothing_is_left_half_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise NeedsRootError

    monkeypatch.setattr(syscalls, "new", refuse)
    with pytest.raises(NeedsRootError), KernelLab(PLAN):
        pass


@pytest.mark.usefixtures("root")
def test_the_internet_knows_no_way_into_a_lan() -> None:
    """Neither by the LAN's addresses, nor through the router as if it were a plain one."""
    with KernelLab(PLAN) as lab:
        lab.host("server").namespace.ip("route add 100.64.0.0/10 via 203.0.113.1 dev eth0 onlink")
        with (
            lab.nat("home").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside,
            lab.host("server").namespace.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside,
        ):
            inside.bind(("100.64.0.2", 4000))
            inside.settimeout(0.3)
            outside.sendto(b"in", ("100.64.0.2", 4000))
            with pytest.raises(TimeoutError):
                inside.recv(10)
