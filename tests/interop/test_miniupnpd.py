"""miniupnpd, which many routers run, opens ports for our client by UPnP, NAT-PMP and PCP."""

import asyncio
import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import relay
from nat import portmap
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.collecting import collect
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.gatewaying import Through
from nat.discovery.plan import Plan, StunServer
from nat.discovery.surroundings import MapTest
from nat.kernel.namespaces import Namespaces
from nat.packets import Protocol
from nat.portmap import (
    NatPmpClient,
    PcpClient,
    PortMapError,
    PortMapping,
    RefusedError,
    UnsupportedError,
)
from nat.portmap.choosing import ORDER, ORDER6, Way, close, make_client
from nat.portmap.client import Grant, Wanted
from nat.portmap.network import Network
from nat.portmap.sockets import Sockets
from stunwire import Address, Family
from tests.interop.miniupnpd import (
    ALICE,
    ALICE6,
    EXTERNAL,
    FAR,
    FAR6,
    FAR_TOO,
    FAR_TOO6,
    GATEWAY,
    PATIENCE,
    Home,
    daemon,
    home,
    within,
)
from tests.interop.unhurried import take_time

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

PORT = 5000
TRIES = 4
PROGRAM = """
import asyncio
from nat import portmap
from nat.portmap import choosing
from nat.portmap.asking import PATIENTLY

choosing.GIVING_UP = 60.0  # as for everybody here; of the three protocols it is PCP that answers first
portmap.PcpClient.__init__.__defaults__ = (PATIENTLY, "")

async def main():
    async with portmap.open_port(5000) as port:
        print("open", flush=True)
        await asyncio.Event().wait()

try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("closed")
"""


@pytest.fixture(autouse=True)
def no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    take_time(monkeypatch.setattr)


@pytest.fixture(scope="module")
def router(root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home(tmp_path_factory.mktemp("miniupnpd")) as made:
        yield made
        assert made.opened == made.pinholes == []


def test_all_three_protocols_answer_and_nothing_is_opened(router: Home) -> None:
    pcp, pmp, upnp = router.run(portmap.probe(patience=PATIENCE))
    assert [one.error for one in (pcp, pmp, upnp)] == [None] * 3
    assert {one.gateway for one in (pcp, pmp, upnp)} == {GATEWAY}
    assert pmp.look is not None
    assert upnp.look is not None
    assert (pmp.look.external, upnp.look.external) == (EXTERNAL, EXTERNAL)
    assert "router" in upnp.look.device
    assert router.opened == []


@pytest.mark.parametrize("spoken", ORDER)
def test_a_stranger_comes_in_while_a_port_is_open_and_not_before_or_after(
    router: Home, spoken: PortMapping
) -> None:
    async def main() -> tuple[list[bool], portmap.OpenPort]:
        found = [await router.knock(PORT, (EXTERNAL, PORT))]
        async with portmap.open_port(PORT, spoken=[spoken]) as port:
            found.append(await router.knock(PORT, port.external, PATIENCE))
        found.append(await router.knock(PORT, port.external))
        return found, port

    found, port = router.run(main())
    assert found == [False, True, False]
    assert (port.external, port.internal) == ((EXTERNAL, PORT), (ALICE, PORT))
    assert (port.spoken, port.deleted) == (spoken, True)
    assert router.opened == []


@pytest.mark.parametrize("spoken", ORDER6)
def test_a_stranger_comes_in_over_ipv6_while_a_pinhole_is_open_and_not_before_or_after(
    router: Home, spoken: PortMapping
) -> None:
    there = (ALICE6, PORT)

    async def main() -> tuple[list[bool], portmap.OpenPort]:
        found = [await router.knock(PORT, there)]
        async with portmap.open_port(PORT, family=Family.IPV6, spoken=[spoken]) as port:
            found.append(await router.knock(PORT, port.external, PATIENCE))
            assert len(router.pinholes) == 1
        found.append(await router.knock(PORT, there))
        return found, port

    found, port = router.run(main())
    assert found == [False, True, False]
    assert (port.external, port.internal, port.gateway) == (there, there, router.gateway6)
    assert (port.spoken, port.deleted, port.problem) == (spoken, True, "")
    assert router.pinholes == []


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
@pytest.mark.parametrize("spoken", ORDER6)
def test_a_pinhole_is_renewed_and_deleted(
    router: Home, spoken: PortMapping, protocol: Protocol
) -> None:
    """Version 2.3.1 takes what PCP has renewed for somebody else's: that ends in two minutes at most."""
    wanted = Wanted(protocol, PORT, lifetime=300)

    async def main() -> tuple[Grant, Grant, list[str], PortMapError | None]:
        client = make_client(Sockets(), spoken, Way(Family.IPV6))
        first, again = await client.open(wanted), await client.open(wanted)
        await client.look()
        return first, again, router.pinholes, await close(client, wanted)

    first, again, opened, failure = router.run(main())
    if failure is not None:
        assert spoken is PortMapping.PCP
        assert "somebody else's (code 2); it ends by itself within 120 s" in str(failure)
        router.forget()
    assert first.external == again.external == (ALICE6, PORT)
    assert 300 - 2 * PATIENCE <= first.lifetime <= 300  # UPnP tells what is left of it
    (rule,) = opened
    assert f" dport {PORT} " in rule
    assert rule.endswith(f"{17 if protocol is Protocol.UDP else 6:#x} accept")
    assert router.pinholes == []


def test_probing_asks_the_router_of_ipv6_and_opens_nothing(router: Home) -> None:
    pcp, pmp, upnp = router.run(portmap.probe(family=Family.IPV6, patience=PATIENCE))
    assert [one.error for one in (pcp, upnp)] == [None] * 2
    assert isinstance(pmp.error, UnsupportedError)
    assert {one.gateway for one in (pcp, upnp)} == {router.gateway6}
    assert router.pinholes == []


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
@pytest.mark.parametrize("spoken", ORDER)
def test_a_port_is_renewed_and_deleted(
    router: Home, spoken: PortMapping, protocol: Protocol
) -> None:
    wanted = Wanted(protocol, PORT, 6000, 300)

    async def main() -> tuple[Grant, Grant, list[str]]:
        client = make_client(Sockets(), spoken)
        first, again = await client.open(wanted), await client.open(wanted)
        opened = router.opened
        await client.close(wanted)
        return first, again, opened

    first, again, opened = router.run(main())
    assert first.external == again.external == (EXTERNAL, 6000)
    assert 300 - 2 * PATIENCE <= first.lifetime <= 300  # UPnP tells what is left of it
    assert len(opened) == 1
    assert f"dnat ip to {ALICE}:{PORT}" in opened[0]
    assert router.opened == []


def test_what_its_owner_does_not_allow_is_refused_in_words(router: Home) -> None:
    """By UPnP; by the others it would look for a port that is allowed, one after the other, for seconds."""

    async def main() -> None:
        async with portmap.open_port(500, external_port=80, spoken=[PortMapping.UPNP]):
            pytest.fail("it should have been refused")

    with pytest.raises(RefusedError, match="refuses by UPnP: ") as no:
        router.run(main())
    assert no.value.code in {606, 718}
    assert router.opened == []


@pytest.mark.parametrize(
    ("server", "other", "reached", "reached6"),
    [(FAR, FAR_TOO, True, None), (FAR6, FAR_TOO6, None, True)],
    ids=["IPv4", "IPv6"],
)
def test_the_map_test_proves_each_protocol_and_leaves_nothing(
    router: Home, server: str, other: str, reached: bool | None, reached6: bool | None
) -> None:
    """With our own server beyond the router; what is of its family alone can be tried."""

    async def serve(ready: asyncio.Event, stop: asyncio.Event) -> None:
        settings = relay.Settings(listen=(Address(server, 3478),), alternate=Address(other, 3479))
        async with relay.serve(settings):
            ready.set()
            await stop.wait()

    async def main() -> Evidence:
        ready, stop = asyncio.Event(), asyncio.Event()
        wishes = frozenset({Wish.MAP_TEST})
        plan = Plan(servers=(StunServer(server),), wishes=wishes, deadline=2 * PATIENCE)
        async with asyncio.TaskGroup() as group:
            group.create_task(within(router.far, serve(ready, stop)))
            await ready.wait()
            evidence = await collect(plan, AsyncioNetwork())
            stop.set()
        return evidence

    def outcome(order: Iterable[PortMapping], tests: Iterable[MapTest], expected: object) -> bool:
        found = {one.protocol: (one.reached, one.deleted) for one in tests}
        return found == dict.fromkeys(order, (expected, True))

    for _ in range(TRIES):
        evidence = router.run(main())
        assert (evidence.gateway, evidence.gateway6) == (GATEWAY, router.gateway6)
        if outcome(ORDER, evidence.map_tests, reached) and outcome(
            ORDER6, evidence.pinhole_tests, reached6
        ):
            break
        router.forget()  # on a busy machine it answers later than a person would wait for it
    else:
        pytest.fail(f"{evidence.map_tests}, {evidence.pinhole_tests}")
    assert router.opened == router.pinholes == []


def test_what_a_restarted_router_has_forgotten_is_opened_again_when_it_announces_itself(
    root: None, tmp_path: Path
) -> None:
    """Long before the next look: it multicasts by NAT-PMP and PCP, and by UPnP."""

    def start(stack: contextlib.ExitStack, name: str) -> None:
        (tmp_path / name).mkdir()  # with a list of leases of its own, empty again
        stack.enter_context(daemon(bare.router, tmp_path / name))

    ways: list[tuple[PortMapping, Family]] = [
        *((one, Family.IPV4) for one in ORDER),
        *((one, Family.IPV6) for one in ORDER6),
    ]

    def opened() -> int:
        return len(bare.opened) + len(bare.pinholes)

    def is_taken_for_anothers(port: portmap.OpenPort) -> bool:
        """Version 2.3.1 does not close what PCP has renewed, as after a second announcement in time."""
        return not port.deleted and "it ends by itself within" in port.problem

    async def main() -> list[int]:
        found: list[int] = []
        made: list[portmap.OpenPort] = []
        async with contextlib.AsyncExitStack() as ports:
            with contextlib.ExitStack() as running:
                start(running, "first")
                for number, (spoken, family) in enumerate(ways):
                    opening = portmap.open_port(
                        PORT + number, spoken=[spoken], family=family, look_every=3600.0
                    )
                    made.append(await ports.enter_async_context(opening))
                found.append(opened())
                async with asyncio.timeout(PATIENCE):
                    while bare.listening < 2 * len(ways):
                        await asyncio.sleep(0.01)
            bare.forget()
            found.append(opened())
            with contextlib.ExitStack() as running:
                start(running, "second")
                async with asyncio.timeout(3 * PATIENCE):
                    while opened() < len(ways):
                        await asyncio.sleep(0.1)
                await ports.aclose()
                found.append(opened() - sum(map(is_taken_for_anothers, made)))
        return found

    with Namespaces() as namespaces:
        bare = Home(namespaces)
        assert bare.run(main()) == [5, 0, 0]


def test_ctrl_c_closes_the_port(router: Home) -> None:
    root = Path(__file__).resolve().parents[2]
    process = router.alice.popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    assert len(router.opened) == 1
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=PATIENCE)
    assert (out, process.returncode) == ("closed\n", 0)
    assert router.opened == []


@pytest.mark.parametrize("network", [Sockets, lambda: Through(AsyncioNetwork(), "eth0")])
@pytest.mark.parametrize("client", [PcpClient, NatPmpClient])
def test_a_router_without_it_says_so_at_once(
    root: None, network: Callable[[], Network], client: Any
) -> None:
    """Its kernel does, by ICMP."""

    async def main() -> None:
        await client(network(), GATEWAY, (PATIENCE,)).look()

    with Namespaces() as namespaces:
        bare = Home(namespaces)
        with pytest.raises(UnsupportedError, match=f"{GATEWAY} has port 5351 closed"):
            bare.run(main())
