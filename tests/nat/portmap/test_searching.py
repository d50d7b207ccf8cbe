"""Tests of `nat.portmap.searching`: the gateway is found, and nobody else is believed."""

import asyncio

import pytest

from nat.choices import PortMapping
from nat.portmap.asking import PATIENTLY, QUICKLY
from nat.portmap.errors import SilentError
from nat.portmap.searching import MOST_ANSWERS, MOST_FOUND, search, search6
from nat.portmap.sockets import Sockets
from stunwire import Address
from tests.nat.portmap.conftest import GATEWAY

UPNP = (PortMapping.UPNP,)
MALLORY = "192.168.1.66"


def answer(location: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nLOCATION: {location}\r\n\r\n".encode()


@pytest.mark.parametrize("gateway", [GATEWAY, None])
def test_the_gateway_is_found_at_once_whether_its_address_is_known_or_not(
    make_home, gateway
) -> None:
    home = make_home(UPNP)
    (found,) = home.run(search(home.network, gateway, QUICKLY))
    assert str(found.location) == f"http://{GATEWAY}:5000/description.xml"
    assert home.simulation.now < 0.1


@pytest.mark.parametrize("seed", range(4))
def test_lost_packets_cost_time_only(make_home, seed) -> None:
    home = make_home(UPNP, seed=seed)
    home.simulation.link(home.alice, loss=0.3)
    assert home.run(search(home.network, GATEWAY, PATIENTLY))


def test_where_nobody_answers_it_has_an_end(make_home) -> None:
    home = make_home(())
    with pytest.raises(SilentError, match=r"no UPnP gateway has answered within 1.75 s$"):
        home.run(search(home.network, GATEWAY, QUICKLY))
    assert home.simulation.now == pytest.approx(1.75, abs=0.01)


def test_another_device_is_used_only_where_the_gateway_is_silent(make_home, make_device) -> None:
    home = make_home(())
    device = make_device(home, home.nat.host("other"))

    async def main():
        await device.start()
        return await search(home.network, GATEWAY, QUICKLY)

    (found,) = home.run(main())
    assert found.location.address.host == device.host.address
    assert home.simulation.now >= 1.75


def test_an_answer_that_points_elsewhere_is_told_and_not_followed(make_home, make_device) -> None:
    home = make_home(())
    mallory = home.nat.host("mallory", MALLORY)
    device = make_device(home, mallory, answers=lambda _: [answer("http://127.0.0.1:631/")])

    async def main():
        await device.start()
        await search(home.network, GATEWAY, QUICKLY)

    with pytest.raises(SilentError, match=r"can be believed \(192.168.1.66 says .* elsewhere\)"):
        home.run(main())


def test_an_answer_from_outside_is_not_believed(make_home) -> None:
    class Open(Sockets):
        """Where somebody out there answers."""

        async def open_udp(self, towards, *, source=""):
            return Played(iter([Address("203.0.113.9", 1900)]))

    with pytest.raises(SilentError, match=r"203.0.113.9 answered, which is not of this network"):
        make_home(()).run(search(Open(), GATEWAY, QUICKLY))


def test_a_storm_of_answers_is_not_listened_to_for_ever(make_home, make_device) -> None:
    home = make_home(())
    device = make_device(
        home, home.nat.host("mallory", MALLORY), answers=lambda _: [b"junk"] * MOST_ANSWERS
    )

    async def main():
        await device.start()
        await search(home.network, GATEWAY, QUICKLY)

    with pytest.raises(SilentError, match="expected an answer to a search"):
        home.run(main())
    assert home.simulation.now < 1


def test_no_more_devices_are_kept_than_will_be_asked(make_home) -> None:
    home = make_home(())
    senders = iter(Address(f"192.168.1.{100 + number}", 1900) for number in range(99))

    class Crowded(Sockets):
        """Where many devices answer."""

        async def open_udp(self, towards, *, source=""):
            return Played(senders)

    found = home.run(search(Crowded(), GATEWAY, QUICKLY))
    assert len(found) == MOST_FOUND


class Played:
    """An endpoint to which each of these addresses answers once."""

    local = Address("192.168.1.2", 5000)

    def __init__(self, senders) -> None:
        self._senders = senders

    def send(self, data, target) -> None:
        pass

    def close(self) -> None:
        pass

    async def receive(self):
        source = next(self._senders, None)
        if source is None:
            await asyncio.sleep(1000)
        return answer(f"http://{source.host}/"), source, 0.0


def test_over_ipv6_the_default_router_is_found_at_once_and_nobody_else_is_heard(
    make_house, make_device
) -> None:
    home = make_house(UPNP)
    found = home.run(search6(home.network, home.gateway, QUICKLY))
    assert str(found.location) == f"http://[{home.gateway}]:5000/description.xml"
    assert home.simulation.now < 0.1
    quiet = make_house(())
    mallory = make_device(quiet, quiet.nat.host("mallory"))

    async def main():
        await mallory.start()
        await search6(quiet.network, quiet.gateway, QUICKLY)

    with pytest.raises(SilentError, match="2001:db8:a::3 answered, which is not the default"):
        quiet.run(main())


def test_over_ipv6_an_answer_that_makes_no_sense_is_told(make_house, make_device) -> None:
    home = make_house(())
    router = home.nat.host("router", home.gateway)
    device = make_device(home, router, answers=lambda _: [answer("http://router.lan/")])

    async def main():
        await device.start()
        await search6(home.network, home.gateway, QUICKLY)

    with pytest.raises(SilentError, match="expected a URL with a numeric address"):
        home.run(main())
