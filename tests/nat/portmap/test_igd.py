"""Tests of `nat.portmap.igd`: each action of a gateway, and what may come back of it."""

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap.client import Wanted
from nat.portmap.errors import MalformedError, RefusedError
from nat.portmap.igd import Entry, Igd
from nat.portmap.ssdp import Url
from nat.portmapping.igd import CONTROL_PATH, describe
from nat.portmapping.soap import response
from nat.portmapping.ssdp import SERVICE
from stunwire import Address
from tests.nat.portmap.conftest import EXTERNAL, GATEWAY

WEB = Wanted(Protocol.TCP, 8000, description="a < b")
DESCRIPTION = Url(Address(GATEWAY, 5000), "/description.xml")


def test_ports_are_mapped_shown_and_unmapped(make_home) -> None:
    home = make_home((PortMapping.UPNP,))

    async def main():
        igd = await Igd.find(home.network, DESCRIPTION, 2.0)
        before = await igd.entry(Protocol.TCP, 80)
        await igd.add(WEB, 80, 600)
        entry, open_then = await igd.entry(Protocol.TCP, 80), home.mappings
        await igd.delete(Protocol.TCP, 80)
        return igd, before, entry, open_then, await igd.external(), await igd.uptime()

    igd, before, entry, open_then, external, uptime = home.run(main())
    assert (igd.gateway, igd.local, igd.device.name) == (
        GATEWAY,
        home.alice.address,
        "A NAT of the Hairpin lab",
    )
    assert before is None
    assert entry == Entry(home.alice.address, 8000, 599)
    assert open_then == [("TCP", 8000, 80)]
    assert (external, uptime) == (EXTERNAL, 0)
    assert home.mappings == []


def test_a_refusal_is_said_in_words(make_home) -> None:
    home = make_home((PortMapping.UPNP,))

    async def main():
        igd = await Igd.find(home.network, DESCRIPTION, 2.0)
        await igd.delete(Protocol.UDP, 9)

    with pytest.raises(RefusedError, match=r"refuses by UPnP: there is no such mapping \(code 714"):
        home.run(main())


def played(home, make_device, pages, act):
    device = make_device(home, home.nat.host("device"), pages=pages)

    async def main():
        await device.start()
        location = Url(Address(device.host.address, 5000), "/description.xml")
        return await act(await Igd.find(home.network, location, 2.0))

    return home.run(main()), device


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("", "that it has no external address"),
        ("0.0.0.0", "that it has no external address"),
        ("my.router", "but 'my.router'"),
        ("2001:db8::1", "no external address, but"),
    ],
)
def test_a_device_without_an_external_address_is_said_to_be_one(
    make_home, make_device, told, words
) -> None:
    page = response(SERVICE, "GetExternalIPAddress", {"NewExternalIPAddress": told})
    with pytest.raises(MalformedError, match=words):
        played(make_home(()), make_device, {"GetExternalIPAddress": page}, Igd.external)


@pytest.mark.parametrize("text", ["-1", "4294967296", "soon", ""])
def test_what_is_no_number_is_no_lease_and_no_uptime(make_home, make_device, text) -> None:
    values = {"NewInternalPort": 80, "NewLeaseDuration": text}
    pages = {
        "GetSpecificPortMappingEntry": response(SERVICE, "GetSpecificPortMappingEntry", values),
        "GetStatusInfo": response(SERVICE, "GetStatusInfo", {"NewUptime": text}),
    }

    async def act(igd):
        assert await igd.uptime() is None
        await igd.entry(Protocol.UDP, 80)

    with pytest.raises(MalformedError, match="for a port and a lease"):
        played(make_home(()), make_device, pages, act)


def test_of_several_services_the_connected_one_is_used(make_home, make_device) -> None:
    both = describe("1234").replace(
        b"<serviceList><service>",
        b"<serviceList><service><serviceType>urn:schemas-upnp-org:service:WANPPPConnection:1"
        b"</serviceType><controlURL>/ppp</controlURL></service><service>",
        1,
    )

    def status():
        status.asked += 1
        word = "Disconnected" if status.asked == 1 else "Connected"
        return response(SERVICE, "GetStatusInfo", {"NewConnectionStatus": word})

    async def act(igd):
        return igd

    status.asked = 0
    pages = {"/description.xml": both, "GetStatusInfo": status}
    igd, device = played(make_home(()), make_device, pages, act)
    assert device.calls == ["/description.xml", "GetStatusInfo"]
    assert str(igd._caller._service.control).endswith(CONTROL_PATH)
