"""Tests of `nat.portmap.client`: what cannot be asked for, and what every client does."""

from typing import Any

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap.client import Grant, Wanted, check_granted
from nat.portmap.errors import MalformedError
from stunwire import Address
from tests.nat.portmap.conftest import CLIENTS, Home


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"protocol": Protocol.ICMP}, "not of ICMP"),
        ({"internal_port": 0}, "from 1 to 65535, not 0"),
        ({"internal_port": 65536}, "from 1 to 65535, not 65536"),
        ({"external_port": -1}, "or 0 for any, not -1"),
        ({"lifetime": 0}, "1 s or more, not 0 s"),
        ({"lifetime": 2**32}, "not 4294967296 s"),
    ],
)
def test_a_wish_out_of_range_is_told_with_what_is_allowed(
    values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Wanted(**{"protocol": Protocol.UDP, "internal_port": 5000, **values})


@pytest.mark.parametrize(
    ("external", "lifetime", "words"),
    [
        (("0.0.0.0", 5000), 600, "at no external address"),
        (("::", 5000), 600, "at no external address"),
        (("203.0.113.1", 0), 600, "number 0 for 600 s"),
        (("203.0.113.1", 5000), 0, "number 5000 for 0 s"),
    ],
)
def test_a_gateway_that_gives_what_nobody_can_reach_is_told(
    external: tuple[str, int], lifetime: int, words: str
) -> None:
    inside, outside = Address("192.168.1.2", 5000), Address(*external)
    spoken = PortMapping.PCP
    grant = Grant(spoken, "192.168.1.1", Protocol.UDP, inside, outside, lifetime, 0.0)
    with pytest.raises(MalformedError, match=f"192.168.1.1 says by PCP that .*{words}"):
        check_granted(grant)


def wanted(home: Home, protocol: Protocol = Protocol.UDP) -> Wanted:
    """Another external port than the internal one, where there can be one."""
    return Wanted(protocol, 5000, 5000 if home.way else 8080, 600)


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
@pytest.mark.parametrize(("place", "client"), CLIENTS)
def test_a_port_is_opened_renewed_and_closed(place, client, protocol) -> None:
    home = place((client.spoken,))
    wish = wanted(home, protocol)

    async def main():
        asking = client(home.network, home.gateway)
        first, again = await asking.open(wish), await asking.open(wish)
        open_then = home.mappings
        await asking.close(wish)
        return first, again, open_then

    first, again, open_then = home.run(main())
    assert first.internal == (home.alice.address, 5000)
    assert first.external == again.external == (home.address, wish.external_port)
    assert first.lifetime in {599, 600}
    assert (first.spoken, first.gateway, first.protocol) == (client.spoken, home.gateway, protocol)
    assert open_then == [(protocol.name, 5000, wish.external_port)]
    assert home.mappings == []


@pytest.mark.parametrize(("place", "client"), CLIENTS)
def test_a_stranger_comes_in_while_it_is_open_and_not_before_or_after(place, client) -> None:
    home = place((client.spoken,))
    wish = wanted(home)

    async def main():
        asking, found = client(home.network, home.gateway), []
        for act in (asking.look(), asking.open(wish), asking.close(wish)):
            await act
            found.append(await home.knock((home.address, wish.external_port)))
        return found

    assert home.run(main()) == [False, True, False]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("place", "client"), CLIENTS)
def test_lost_packets_cost_time_and_no_mapping(place, client, seed) -> None:
    home = place((client.spoken,), seed=seed)
    wish = wanted(home)
    home.simulation.link(home.alice, loss=0.1)

    async def main():
        asking = client(home.network, home.gateway, (1.0,) * 8)
        asking._patience = 60.0  # of HTTP: TCP sends again, later and later
        await asking.open(wish)
        open_then = home.mappings
        await asking.close(wish)
        return open_then

    assert home.run(main()) == [("UDP", 5000, wish.external_port)]
    assert home.mappings == []
