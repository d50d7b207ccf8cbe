"""Tests of `nat.portmap.keeping`: a port stays open through time, reboots, moves and refusals."""

import asyncio
import dataclasses

import pytest

from nat import PORT_RESTRICTED_CONE
from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap.choosing import ORDER, ORDER6, make_client
from nat.portmap.client import Wanted
from nat.portmap.opening import open_port
from tests.nat.portmap.conftest import EXTERNAL, PLACES

LIFE = 600


def keeps(home, act, **settings):
    """Open port 5000 on alice's machine, do something, and say what it came to."""

    async def main():
        async with open_port(5000, lifetime=LIFE, **home.way, **settings) as port:
            return await act(port)

    return home.run(main())


def requests_of(home, port):
    """When alice asked a gateway on a port."""
    sent = home.simulation.trace.sent().where(home.alice)
    return [event.time for event in sent if event.destination[1] == port]


@pytest.mark.parametrize(("place", "spoken"), PLACES)
def test_it_lives_long_past_its_lifetime(place, spoken) -> None:
    home = place((spoken,))

    async def act(port):
        heard = []
        for _ in range(3):
            await asyncio.sleep(LIFE)
            heard.append(await home.knock(port.external))
        return heard, port.is_open

    assert keeps(home, act, spoken=[spoken]) == ([True, True, True], True)
    assert home.mappings == []


def test_it_is_renewed_at_half_of_its_life(make_home) -> None:
    home = make_home((PortMapping.PCP,))

    async def act(port):
        await asyncio.sleep(2 * LIFE)

    keeps(home, act, look_every=10_000.0)
    times = {round(one) for one in requests_of(home, 5351)}
    assert times == {0, 300, 600, 900, 1200}


@pytest.mark.parametrize(("place", "spoken"), PLACES)
def test_after_a_reboot_it_is_opened_again_within_a_minute(place, spoken) -> None:
    home = place((spoken,))

    async def act(port):
        await asyncio.sleep(100)
        home.nat.reboot()
        before = await home.knock(port.external)
        await asyncio.sleep(61)
        return before, await home.knock(port.external)

    assert keeps(home, act) == (False, True)


@pytest.mark.parametrize("spoken", ORDER)
def test_a_new_address_of_the_gateway_is_told(make_home, spoken) -> None:
    home = make_home((spoken,))

    async def act(port):
        await asyncio.sleep(100)
        home.nat.renumber("203.0.113.77")
        async with asyncio.timeout(61):
            told = await port.changed()
        return told == port.external, told.host, await home.knock(port.external)

    assert keeps(home, act) == (True, "203.0.113.77", True)


def test_a_gateway_that_goes_silent_has_until_the_end_of_the_lifetime(make_home) -> None:
    home = make_home((PortMapping.PCP,))

    async def act(port):
        home.simulation.link(home.alice, loss=1)
        async with asyncio.timeout(LIFE + 20):
            told = await port.changed()
        lost_at = home.simulation.now
        home.simulation.link(home.alice, loss=0)
        async with asyncio.timeout(40):
            back = await port.changed()
        return told, lost_at, back, port.is_open

    told, lost_at, back, is_open = keeps(home, act)
    assert told is None
    assert LIFE <= lost_at <= LIFE + 10
    assert (back, is_open) == ((EXTERNAL, 5000), True)


def test_who_waits_for_changes_sees_each_state(make_home) -> None:
    home = make_home((PortMapping.PCP,))

    async def act(port):
        seen = []

        async def watch():
            nonlocal seen
            async for external in port.changes():
                seen += [external and external.host]

        watching = asyncio.create_task(watch())
        await asyncio.sleep(10)
        home.nat.renumber("203.0.113.77")
        await asyncio.sleep(100)
        home.simulation.link(home.alice, loss=1)
        await asyncio.sleep(2 * LIFE)
        text = repr(port)
        home.simulation.link(home.alice, loss=0)
        await asyncio.sleep(400)
        watching.cancel()
        return seen, text

    seen, text = keeps(home, act)
    assert seen == ["203.0.113.77", None, "203.0.113.77"]
    assert text.startswith("<OpenPort UDP closed: ")


def test_it_moves_to_another_network_with_its_machine(make_home) -> None:
    home = make_home((PortMapping.PCP,))
    behavior = dataclasses.replace(
        PORT_RESTRICTED_CONE, port_mapping=frozenset({PortMapping.NAT_PMP})
    )
    cafe = home.simulation.nat("cafe", behavior, external="203.0.113.50", lan="10.7.0.0/24")

    async def act(port):
        home.alice.move(cafe)
        while await port.changed() is None:
            pass
        return port.external.host, port.spoken, port.gateway, port.internal.host

    assert keeps(home, act) == (
        "203.0.113.50",
        PortMapping.NAT_PMP,
        "10.7.0.1",
        home.alice.address,
    )


@pytest.mark.parametrize("spoken", ORDER6)
def test_a_pinhole_moves_with_its_machine_as_soon_as_its_address_is_gone(
    make_house, spoken
) -> None:
    home = make_house((spoken,))
    cafe = home.simulation.firewall("cafe", "2001:db8:cafe::/64", home.nat.behavior)

    async def act(port):
        await asyncio.sleep(10)
        home.alice.move(cafe)
        found = []
        async with asyncio.timeout(61):
            while not found or found[-1] is None:
                found.append(await port.changed())
        home.nat = cafe
        return found, port.gateway, await home.knock(port.external)

    moved, gateway, open_there = keeps(home, act)
    assert moved[-1] == ("2001:db8:cafe::2", 5000)
    assert (gateway, open_there) == ("2001:db8:cafe::1", True)


@pytest.mark.parametrize(("prefix", "is_inside"), [("2001:db8:b::", False), ("fd00:b::", True)])
def test_a_pinhole_for_an_address_that_counts_within_a_site_shows_it(
    make_house, prefix, is_inside
) -> None:
    """RFC 4193 §3.1."""
    home = make_house()
    home.alice.move(home.simulation.firewall("other", f"{prefix}/64", home.nat.behavior))

    async def act(port):
        return port.is_behind_another_nat

    assert keeps(home, act) is is_inside


@pytest.mark.parametrize("spoken", ORDER)
def test_a_gateway_behind_another_nat_shows_it_by_its_address(make_home, spoken) -> None:
    """RFC 6598: what a carrier's NAT gives is none of the internet's addresses."""
    home = make_home(())
    carrier = home.simulation.nat("carrier", PORT_RESTRICTED_CONE, lan="100.64.0.0/10")
    behavior = dataclasses.replace(PORT_RESTRICTED_CONE, port_mapping=frozenset({spoken}))
    inner = home.simulation.nat("inner", behavior, inside=carrier, lan="10.0.0.0/24")
    carol = inner.host("carol")

    async def main():
        async with open_port(5000, protocol=Protocol.UDP) as port:
            return port.external.host, port.is_behind_another_nat

    assert home.simulation.run(carol.run(main())) == ("100.64.0.2", True)


def test_a_port_on_the_internet_is_behind_no_other_nat(make_home) -> None:
    async def act(port):
        return port.is_behind_another_nat, port.expires

    assert keeps(make_home((PortMapping.PCP,)), act) == (False, pytest.approx(LIFE, abs=0.1))


def test_a_refusal_is_not_contradicted_for_as_long_as_it_stands(make_home) -> None:
    """RFC 6887 §7.4: the simulated NAT's "no resources" stands for 30 s, and its "not authorized" for 1800."""
    home = make_home((PortMapping.PCP,))

    async def act(port):
        await asyncio.sleep(10)
        home.nat.reboot()
        rival = make_client(home.network, PortMapping.PCP)
        await rival.open(Wanted(Protocol.UDP, 5000))  # the same port, with another nonce
        async with asyncio.timeout(61):
            assert await port.changed() is None
        lost_at = home.simulation.now
        async with asyncio.timeout(4000):
            assert await port.changed() == (EXTERNAL, 5000)
        return lost_at, home.simulation.now

    lost_at, back_at = keeps(home, act)
    asked = [one for one in requests_of(home, 5351) if lost_at + 1 < one < back_at]
    assert back_at - lost_at >= 1800
    assert min(asked) - lost_at >= 1799


@pytest.mark.parametrize("spoken", ORDER)
def test_it_follows_its_machine_to_another_address_of_the_same_network(make_home, spoken) -> None:
    """As after a new lease of DHCP: the old address is nobody's, or somebody else's."""
    home = make_home((spoken,))
    before = home.alice.address

    async def act(port):
        await asyncio.sleep(10)
        home.alice.move(home.nat, "192.168.1.77")
        async with asyncio.timeout(61):
            while port.internal.host == before:
                await port.changed()
        return port.internal.host, await home.knock(port.external)

    assert keeps(home, act, spoken=[spoken]) == ("192.168.1.77", True)


def test_a_gateway_that_gives_a_second_at_a_time_is_not_asked_again_and_again(
    make_home, monkeypatch
) -> None:
    """RFC 6887 §11.2.1."""
    home = make_home((PortMapping.PCP,))
    monkeypatch.setattr("nat.portmapping.pcp.granted", lambda _wish: 1)

    async def act(port):
        await asyncio.sleep(60)

    keeps(home, act, look_every=10_000.0)
    assert 10 <= len({round(one) for one in requests_of(home, 5351)}) <= 17


def test_what_is_given_for_a_century_is_renewed_within_the_day(make_home, monkeypatch) -> None:
    home = make_home((PortMapping.PCP,))
    monkeypatch.setattr("nat.portmapping.pcp.granted", lambda _wish: 2**32 - 1)

    async def act(port):
        await asyncio.sleep(50_000)

    keeps(home, act, look_every=100_000.0)
    assert {round(one) for one in requests_of(home, 5351)} == {0, 43_200, 50_000}


def test_a_refusal_for_a_century_is_not_believed(make_home, monkeypatch) -> None:
    home = make_home((PortMapping.PCP,))
    monkeypatch.setattr("nat.portmapping.pcp.LONG_ERROR", 2**32 - 1)

    async def act(port):
        await asyncio.sleep(10)
        home.nat.reboot()
        await make_client(home.network, PortMapping.PCP).open(Wanted(Protocol.UDP, 5000))
        async with asyncio.timeout(61):
            assert await port.changed() is None
        async with asyncio.timeout(4000):
            return await port.changed()

    assert keeps(home, act) == (EXTERNAL, 5000)
