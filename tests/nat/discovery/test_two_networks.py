"""A host in two networks: what is behind each interface is told apart, and that there is another."""

import asyncio

import pytest

import nat
import relay
from nat.discovery import AsyncioNetwork, Plan, Report, StunServer, Wish, collect, judge
from nat.discovery.report import Outlook
from nat.simulator import Simulation
from stunwire import Family

from .homes import OTHER, SERVER, serve_at

WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.TCP, Wish.GATEWAY})


def seen(interface: str) -> Report:
    """What is said through an interface of alice's, who is behind a cable's NAT and a mobile carrier's."""
    simulation = Simulation(1, start_spread=0)
    server = simulation.host("server", SERVER.host, addresses=(OTHER.host,))
    alice = simulation.nat("cable", nat.FULL_CONE, external="203.0.113.1").host("alice")
    carrier = simulation.nat("carrier", nat.SYMMETRIC, external="203.0.113.2", lan="10.9.0.0/24")
    alice.attach(carrier, interface="wwan0")
    plan = Plan(servers=(StunServer(SERVER.host),), wishes=WISHES, interface=interface)

    async def main() -> Report:
        ready = asyncio.Event()
        settings = relay.Settings(listen=(SERVER,), alternate=OTHER)
        async with asyncio.TaskGroup() as group:
            serving = server.start(group, serve_at(settings, ready))
            await ready.wait()
            evidence = await alice.run(collect(plan, AsyncioNetwork()))
            serving.cancel()
        return judge(evidence)

    return simulation.run(main())


@pytest.mark.parametrize(
    ("interface", "behavior", "external", "local", "outlook"),
    [
        ("", nat.FULL_CONE, "203.0.113.1", "192.168.1.2", Outlook(("eth0",), False, ("wwan0",))),
        ("eth0", nat.FULL_CONE, "203.0.113.1", "192.168.1.2", Outlook(("eth0",), True, ("wwan0",))),
        ("wwan0", nat.SYMMETRIC, "203.0.113.2", "10.9.0.2", Outlook(("wwan0",), True, ("eth0",))),
    ],
)
def test_each_interface_has_a_verdict_of_its_own_and_the_other_is_named(
    interface: str, behavior: nat.Behavior, external: str, local: str, outlook: Outlook
) -> None:
    report = seen(interface)
    family = report.family(Family.IPV4)
    assert family is not None
    assert (family.local, family.external) == (local, (external,))
    assert (family.mapping.value, family.filtering.value) == (
        behavior.mapping,
        behavior.filtering,
    )
    assert report.outlook == outlook
    # the router that is asked for ports is the one of that network
    asked = {each.gateway for each in report.evidence.gateways if each.gateway}
    assert asked == {f"{local.rpartition('.')[0]}.1"}
    routers = {each.name: each.routers for each in report.evidence.interfaces}
    assert routers == {"eth0": ("192.168.1.1",), "wwan0": ("10.9.0.1",)}
