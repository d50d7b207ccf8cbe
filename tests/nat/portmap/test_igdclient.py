"""Tests of `nat.portmap.igdclient`: ports by UPnP, and devices that do not do what they say."""

import dataclasses

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import IgdClient, Wanted
from nat.portmap.errors import MalformedError, RefusedError, SilentError
from nat.portmapping.soap import FaultError, fault, response
from nat.portmapping.ssdp import SERVICE
from tests.nat.portmap.conftest import EXTERNAL, GATEWAY

GAME = Wanted(Protocol.UDP, 5000, 8080, 600)
ONLY = (PortMapping.UPNP,)


def test_a_look_tells_the_external_address_and_the_device_and_opens_nothing(make_home) -> None:
    home = make_home(ONLY)
    client = IgdClient(home.network)
    look = home.run(client.look())
    assert (look.external, look.device) == (EXTERNAL, "A NAT of the Hairpin lab")
    assert look.epoch == 0
    assert client.gateway == GATEWAY
    assert home.mappings == []


def test_a_port_of_another_program_of_this_machine_is_not_taken_away(make_home) -> None:
    """A gateway would let us: it sees the same machine (WANIPConnection:1 §2.4.16)."""
    home = make_home(ONLY)

    async def main():
        await IgdClient(home.network, GATEWAY).open(GAME)
        other = dataclasses.replace(GAME, internal_port=6000)
        return await IgdClient(home.network, GATEWAY).open(other)

    assert home.run(main()).external == (EXTERNAL, 6000)
    assert home.mappings == [("UDP", 5000, 8080), ("UDP", 6000, 6000)]


def test_a_port_that_became_somebody_else_s_is_not_closed(make_home) -> None:
    home = make_home(ONLY)
    bob = home.nat.host("bob")

    async def main():
        client = IgdClient(home.network, GATEWAY)
        await client.open(GAME)
        home.nat.reboot()
        await bob.run(IgdClient(home.network, GATEWAY).open(GAME))
        await client.close(GAME)

    home.run(main())
    assert home.mappings == [("UDP", 5000, 8080)]


class Played:
    """A device whose answers are played, and what it was asked to do."""

    def __init__(self, make_home, make_device, **pages) -> None:
        self.home = make_home(())
        host = self.home.nat.host("device")
        made = {
            "GetExternalIPAddress": self.answer(
                "GetExternalIPAddress", NewExternalIPAddress=EXTERNAL
            ),
            "GetSpecificPortMappingEntry": fault(FaultError(714, "NoSuchEntryInArray")),
            **pages,
        }
        self.device = make_device(self.home, host, pages=made)

    @staticmethod
    def answer(action, **values):
        return response(SERVICE, action, values)

    def run(self, act):
        async def main():
            await self.device.start()
            return await act(IgdClient(self.home.network, self.device.host.address))

        return self.home.run(main())


def entry(home, port=5000, lease=600):
    values = {
        "NewInternalClient": "192.168.1.2",
        "NewInternalPort": port,
        "NewLeaseDuration": lease,
    }
    return Played.answer("GetSpecificPortMappingEntry", **values)


def test_a_device_that_gives_ports_for_ever_only_is_taken_at_its_word(
    make_home, make_device
) -> None:
    added = iter([fault(FaultError(725, "OnlyPermanentLeasesSupported")), b""])
    shown = iter([fault(FaultError(714, "")), entry(None, lease=0), entry(None, lease=0)])
    played = Played(
        make_home,
        make_device,
        AddPortMapping=lambda: next(added) or Played.answer("AddPortMapping"),
        GetSpecificPortMappingEntry=lambda: next(shown),
        DeletePortMapping=Played.answer("DeletePortMapping"),
    )

    async def act(client):
        grant = await client.open(GAME)
        await client.close(GAME)
        return grant

    assert played.run(act).lifetime is None
    assert played.device.calls[-1] == "DeletePortMapping"


def test_a_device_that_says_yes_and_does_nothing_is_found_out(make_home, make_device) -> None:
    played = Played(make_home, make_device, AddPortMapping=Played.answer("AddPortMapping"))
    with pytest.raises(MalformedError, match="says that it has mapped 8080, but has not"):
        played.run(lambda client: client.open(GAME))


def test_a_device_that_cannot_show_mappings_is_believed(make_home, make_device) -> None:
    played = Played(
        make_home,
        make_device,
        AddPortMapping=Played.answer("AddPortMapping"),
        GetSpecificPortMappingEntry=fault(FaultError(401, "Invalid Action")),
        DeletePortMapping=Played.answer("DeletePortMapping"),
    )

    async def act(client):
        grant = await client.open(GAME)
        await client.close(GAME)
        return grant

    assert played.run(act).lifetime == 600
    assert played.device.calls[-1] == "DeletePortMapping"


def test_a_device_that_tells_no_external_address_is_not_asked_for_a_port(
    make_home, make_device
) -> None:
    refusal = fault(FaultError(501, "Action Failed"))
    played = Played(make_home, make_device, GetExternalIPAddress=refusal)
    with pytest.raises(RefusedError, match="the action failed"):
        played.run(lambda client: client.open(GAME))
    assert "AddPortMapping" not in played.device.calls


@pytest.mark.parametrize(("code", "tries"), [(718, 4), (724, 4), (606, 1), (501, 1)])
def test_another_port_is_tried_only_where_that_can_help(
    make_home, make_device, code, tries
) -> None:
    played = Played(make_home, make_device, AddPortMapping=fault(FaultError(code, "no")))
    with pytest.raises(RefusedError) as no:
        played.run(lambda client: client.open(GAME))
    assert no.value.code == code
    assert played.device.calls.count("AddPortMapping") == tries


def test_a_device_that_refuses_after_all_is_not_asked_to_delete(make_home, make_device) -> None:
    played = Played(make_home, make_device, AddPortMapping=fault(FaultError(606, "no")))

    async def act(client):
        with pytest.raises(RefusedError):
            await client.open(GAME)
        await client.close(GAME)

    played.run(act)
    assert "DeletePortMapping" not in played.device.calls


@pytest.mark.parametrize(
    ("pages", "error", "words"),
    [
        ({"/description.xml": b"<root/>"}, MalformedError, "no device that maps ports"),
        ({"/description.xml": b"HTTP/1.1 404 No\r\n\r\n"}, MalformedError, "status 404"),
        ({"GetExternalIPAddress": b"<html/>"}, MalformedError, "expected an answer"),
    ],
)
def test_a_device_that_makes_no_sense_is_told(make_home, make_device, pages, error, words) -> None:
    with pytest.raises(error, match=words):
        Played(make_home, make_device, **pages).run(lambda client: client.look())


def test_a_device_that_moved_after_a_reboot_is_searched_again(make_home, make_device) -> None:
    played = Played(make_home, make_device)

    async def act(client):
        await client.look()
        played.device.pages["GetExternalIPAddress"] = lambda: b"HTTP"
        from nat.portmap.ssdp import Url
        from stunwire import Address

        igd = client._igd
        control = Url(Address(played.device.host.address, 5999), "/c")
        igd._caller._service = dataclasses.replace(igd._caller._service, control=control)
        with pytest.raises(SilentError):
            await client.look()
        page = Played.answer("GetExternalIPAddress", NewExternalIPAddress=EXTERNAL)
        played.device.pages["GetExternalIPAddress"] = page
        return await client.look()

    assert played.run(act).external == EXTERNAL
