"""Tests of `nat.portmap.pinholes`: the firewall's actions, each one call."""

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import MalformedError, RefusedError, Wanted
from nat.portmap.pinholes import LONGEST, PinholeControl, Reach, lease_of
from nat.portmap.ssdp import Url
from stunwire import Address
from tests.nat.portmap.conftest import GATEWAY, House

WEB = Wanted(Protocol.TCP, 8000, lifetime=600)
REACH = Reach(House.gateway, House.address, 2.0)
LOCATION = Url(Address(House.gateway, 5000), "/description.xml")


def test_a_pinhole_is_opened_found_and_closed(make_house) -> None:
    home = make_house((PortMapping.UPNP,))

    async def main():
        control = await PinholeControl.find(home.network, LOCATION, REACH, at=House.gateway)
        number = await control.add(WEB)
        found = [home.mappings, await control.is_open(number), await control.is_working(number)]
        await control.delete(number)
        await control.delete(number)
        return control, [*found, await control.is_open(number), await control.update(number, WEB)]

    control, found = home.run(main())
    assert (control.gateway, control.name) == (House.gateway, "A NAT of the Hairpin lab")
    assert found == [[("TCP", 8000, 8000)], True, None, False, False]
    assert home.mappings == []


def test_a_pinhole_for_another_machine_is_refused(make_house) -> None:
    home = make_house((PortMapping.UPNP,))
    second = "2001:db8:a::9"
    home.alice.attach(home.nat, home.address, second)

    async def main():
        control = await PinholeControl.find(home.network, LOCATION, REACH, at=House.gateway)
        control._source = second
        await control.add(WEB)

    with pytest.raises(RefusedError, match="lets this machine open no ports"):
        home.run(main())


def test_a_gateway_that_maps_ports_and_has_no_firewall_of_ipv6_is_none(make_home) -> None:
    home = make_home((PortMapping.UPNP,))
    location = Url(Address(GATEWAY, 5000), "/description.xml")
    with pytest.raises(MalformedError, match="describes no device that opens pinholes"):
        home.run(PinholeControl.find(home.network, location, REACH, at=GATEWAY))


def test_a_lease_is_a_day_at_most() -> None:
    assert lease_of(WEB) == 600
    assert lease_of(Wanted(Protocol.UDP, 1, lifetime=10**6)) == LONGEST
