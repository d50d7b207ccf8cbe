"""Two NATs of the kernel, one behind the other: a carrier's, or a second router of one's own, and what the inner one tells."""

import asyncio
import ipaddress
import struct
from typing import Any

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.discovery import FamilyReport, Plan, Report, StunServer, Wish, discover
from nat.kernel import KernelLab
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan
from stunwire import Family
from tests.interop.miniupnpd import SECOND_CHAINS, daemon, within
from tests.interop.test_kernel_discovery import FIRST, SECOND, SERVER_NAME, serve

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

GATEWAY, NAT_PMP = "192.168.1.1", 5351
OUTSIDE = {"carrier": "100.64.0.2", "box": "192.168.7.2", "silent": "100.64.0.3"}
"""The outer address of the router at each home: behind a carrier's NAT, or behind a box at home."""


def plan() -> WorldPlan:
    outer = (
        NatPlan("carrier", PORT_RESTRICTED_CONE, external=("203.0.113.1",), lan="100.64.0.0/24"),
        NatPlan("box", PORT_RESTRICTED_CONE, external=("203.0.113.2",), lan="192.168.7.0/24"),
    )
    inner = tuple(
        NatPlan(
            f"home-{name}",
            PORT_RESTRICTED_CONE,
            network="box" if name == "box" else "carrier",
            external=(address,),
        )
        for name, address in OUTSIDE.items()
    )
    server = HostPlan(SERVER_NAME, (InterfacePlan(addresses=(FIRST.host, SECOND.host)),))
    alices = (
        HostPlan(f"alice-{name}", (InterfacePlan(network=f"home-{name}"),)) for name in OUTSIDE
    )
    return WorldPlan(nats=(*outer, *inner), hosts=(server, *alices))


class Teller(asyncio.DatagramProtocol):
    """A router that tells its external address by NAT-PMP (RFC 6886 §3.2), whatever that is, and opens nothing."""

    def __init__(self, external: str) -> None:
        self._external = ipaddress.IPv4Address(external).packed

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data == bytes(2):
            self._transport.sendto(struct.pack("!BBHI", 0, 128, 0, 100) + self._external, addr)
        else:  # a version that it does not know: RFC 6886 §3.5
            self._transport.sendto(struct.pack("!BBHI", 0, 128, 1, 100), addr)


async def telling(external: str, stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Teller(external), local_addr=(GATEWAY, NAT_PMP)
    )
    await stop.wait()
    transport.close()


async def ask_all(lab: KernelLab) -> dict[str, Report]:
    asked = Plan(servers=(StunServer(FIRST.host),), wishes=frozenset({Wish.MAPPING, Wish.GATEWAY}))
    ready, stop = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        lab.host(SERVER_NAME).start(group, serve(ready, stop))
        for name in ("carrier", "box"):
            router = lab.nat(f"home-{name}").namespace
            group.create_task(within(router, telling(OUTSIDE[name], stop)))
        await ready.wait()
        async with asyncio.TaskGroup() as alices:
            tasks = {
                name: lab.host(f"alice-{name}").start(alices, discover(asked)) for name in OUTSIDE
            }
        stop.set()
    return {name: task.result() for name, task in tasks.items()}


@pytest.fixture(scope="module")
def reports(root: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    with KernelLab(plan()) as lab:
        router = lab.nat("home-silent").namespace
        router.nft(SECOND_CHAINS)
        with daemon(router, tmp_path_factory.mktemp("miniupnpd")):
            said = lab.play(ask_all(lab))
    return said


def family_of(report: Report) -> FamilyReport:
    family = report.family(Family.IPV4)
    assert family is not None
    return family


@pytest.mark.parametrize(
    ("name", "external", "is_carriers", "advice"),
    [
        ("carrier", "203.0.113.1", True, "there are two NATs"),
        ("box", "203.0.113.2", None, "there are two NATs"),
    ],
)
def test_a_router_that_tells_its_outer_address_gives_the_second_nat_away(
    reports: dict[str, Report], name: str, external: str, is_carriers: bool | None, advice: str
) -> None:
    family = family_of(reports[name])
    assert family.external == (external,)
    assert (family.carrier_grade.value, family.double.value) == (is_carriers, True)
    assert OUTSIDE[name] in family.double.why
    assert advice in reports[name].verdict.advice[0]


def test_miniupnpd_says_that_it_has_no_address_and_that_is_told_for_what_it_most_likely_is(
    reports: dict[str, Report],
) -> None:
    """It opens no ports either, and nobody is advised to let it."""
    report = reports["silent"]
    family = family_of(report)
    assert (family.carrier_grade.value, family.double.value) == (None, None)
    assert "most likely there is another NAT before it" in family.double.why
    assert [each.has_none for each in report.evidence.gateways].count(True) == 2
    assert "second router" in report.verdict.advice[0]
    assert "open ports" not in " ".join(report.verdict.advice)
