"""Tests of `nat.portmap.pinholeclient`: pinholes by UPnP, and gateways that do not do what they say."""

import pytest

from nat.choices import PortMapping
from nat.packets import Protocol
from nat.portmap import (
    ForgottenError,
    NoGatewayError,
    PinholeClient,
    RefusedError,
    SilentError,
    Wanted,
)
from nat.portmap.errors import MalformedError
from nat.portmapping.pinholes import describe_firewall
from nat.portmapping.soap import FaultError, fault, response
from nat.portmapping.ssdp import FIREWALL
from tests.nat.portmap.conftest import House

GAME = Wanted(Protocol.UDP, 5000, lifetime=600)
ONLY = (PortMapping.UPNP,)


def test_a_look_tells_the_device_and_opens_nothing(make_house) -> None:
    home = make_house(ONLY)
    look = home.run(PinholeClient(home.network, home.gateway).look())
    assert (look.external, look.epoch, look.device) == (None, None, "A NAT of the Hairpin lab")
    assert home.mappings == []


def test_a_pinhole_is_for_a_day_at_most_and_at_the_internal_port(make_house) -> None:
    home = make_house(ONLY)
    wanted = Wanted(Protocol.TCP, 5000, 8080, 100_000)

    async def main():
        client = PinholeClient(home.network, home.gateway)
        first, again = await client.open(wanted), await client.open(wanted)
        open_then = home.mappings
        await client.close(wanted)
        await client.close(wanted)
        return first, again, open_then

    first, again, open_then = home.run(main())
    assert first.internal == first.external == again.external == (home.address, 5000)
    assert (first.lifetime, first.spoken, first.gateway) == (86_400, ONLY[0], home.gateway)
    assert open_then == [("TCP", 5000, 5000)]
    assert home.mappings == []


def test_a_pinhole_that_is_gone_is_noticed_and_opened_anew(make_house) -> None:
    home = make_house(ONLY)

    async def main():
        client = PinholeClient(home.network, home.gateway)
        await client.open(GAME)
        await client.look()
        home.nat.reboot()
        with pytest.raises(ForgottenError, match="has closed the pinhole"):
            await client.look()
        await client.open(GAME)
        home.nat.reboot()
        await client.open(GAME)

    home.run(main())
    assert home.mappings == [("UDP", 5000, 5000)]


def test_a_pinhole_whose_number_was_lost_with_the_answer_is_closed_all_the_same(make_house) -> None:
    home = make_house(ONLY)

    async def main():
        client = PinholeClient(home.network, home.gateway)
        await client.look()
        control = client._control
        add = control.add

        async def lose(wanted):
            await add(wanted)
            raise SilentError("the answer was lost")

        control.add = lose
        with pytest.raises(SilentError):
            await client.open(GAME)
        assert home.mappings == [("UDP", 5000, 5000)]
        await client.close(GAME)

    home.run(main())
    assert home.mappings == []


class Played:
    """A gateway whose answers are played, at the address of the default router."""

    def __init__(self, make_device, **pages) -> None:
        self.home = House(())
        router = self.home.nat.host("router", House.gateway)
        self.home.nat.lan.router6 = router.address
        made = {
            "/description.xml": describe_firewall("1234"),
            "GetFirewallStatus": status(1, 1),
            "AddPinhole": said("AddPinhole", UniqueID=7),
            **pages,
        }
        self.device = make_device(self.home, router, pages=made)

    def run(self, act):
        async def main():
            await self.device.start()
            return await act(PinholeClient(self.home.network, House.gateway))

        return self.home.run(main())


def said(action, **values):
    return response(FIREWALL, action, values)


def status(enabled, allowed):
    return said("GetFirewallStatus", FirewallEnabled=enabled, InboundPinholeAllowed=allowed)


@pytest.mark.parametrize(
    ("page", "code", "words"),
    [
        (status(0, 1), 702, "its firewall is off, and needs no pinholes"),
        (status("true", "false"), 703, "its settings let nobody open pinholes"),
        (fault(FaultError(606, "no")), 606, "lets this machine open no ports"),
    ],
)
def test_a_firewall_that_opens_none_says_so_at_a_look(make_device, page, code, words) -> None:
    with pytest.raises(RefusedError, match=words) as no:
        Played(make_device, GetFirewallStatus=page).run(lambda client: client.look())
    assert no.value.code == code


@pytest.mark.parametrize("number", ["", "-1", "seven", "9" * 11])
def test_what_is_no_number_is_not_taken_for_one(make_device, number) -> None:
    played = Played(make_device, AddPinhole=said("AddPinhole", UniqueID=number))
    with pytest.raises(MalformedError, match="gives by UPnP the number"):
        played.run(lambda client: client.open(GAME))


def test_a_gateway_that_says_its_own_pinhole_does_not_work_is_believed(make_device) -> None:
    played = Played(make_device, CheckPinholeWorking=said("CheckPinholeWorking", IsWorking=0))
    with pytest.raises(MalformedError, match="its own pinhole does not work"):
        played.run(lambda client: client.open(GAME))


@pytest.mark.parametrize("code", [401, 602, 709])
def test_one_that_cannot_check_or_has_seen_no_packet_is_believed(make_device, code) -> None:
    played = Played(make_device, CheckPinholeWorking=fault(FaultError(code, "")))
    assert played.run(lambda client: client.open(GAME)).external == (House.address, 5000)


def test_one_that_cannot_count_packets_has_forgotten_nothing(make_device) -> None:
    async def act(client):
        await client.open(GAME)
        return await client.look()

    assert Played(make_device).run(act).device


def test_it_is_called_at_the_router_alone_whatever_address_it_names(make_device) -> None:
    """Its description may name another of its addresses, and no calls go there."""
    elsewhere = "http://[2001:db8:bad::1]:5000/description.xml"
    answer = f"HTTP/1.1 200 OK\r\nLOCATION: {elsewhere}\r\n\r\n".encode()
    played = Played(make_device)
    played.device.answers = lambda _: [answer]
    assert played.run(lambda client: client.open(GAME)).gateway == House.gateway
    targets = {one.destination.host for one in played.home.simulation.trace.sent()}
    assert not any("bad" in one for one in targets)


@pytest.mark.parametrize("over", ["IPv6", "IPv4"])
def test_a_gateway_of_both_families_is_found_over_ipv4_and_asked_over_ipv6_if_it_can_be(
    make_home, make_device, over
) -> None:
    home = make_home(())
    home.simulation.firewall("six", "2001:db8:a::/64", lan=home.nat)
    home.alice.attach(home.nat, home.alice.address, House.address)
    router = home.nat.host("router", "192.168.1.1", House.gateway)
    home.nat.lan.router6 = House.gateway
    pages = {
        "/description.xml": describe_firewall("1234"),
        "GetFirewallStatus": status(1, 1),
        "AddPinhole": said("AddPinhole", UniqueID=7),
    }
    device = make_device(home, router, pages=pages)
    device.answers_everywhere = over == "IPv6"

    async def main():
        await device.start()
        return await PinholeClient(home.network, House.gateway).open(GAME)

    grant = home.run(main())
    assert grant.gateway == (House.gateway if over == "IPv6" else "192.168.1.1")
    assert grant.external == (House.address, 5000)
    device.pages["GetFirewallStatus"] = status(1, 0)
    with pytest.raises(RefusedError, match="let nobody open pinholes"):
        home.run(main())


def test_a_gateway_that_refuses_a_pinhole_is_not_asked_to_close_it(make_device) -> None:
    played = Played(make_device, AddPinhole=fault(FaultError(701, "PinholeSpaceExhausted")))

    async def act(client):
        with pytest.raises(RefusedError, match="no room for another pinhole"):
            await client.open(GAME)
        await client.close(GAME)

    played.run(act)
    assert "DeletePinhole" not in played.device.calls


def test_where_nobody_answers_it_has_an_end(make_house) -> None:
    home = make_house((PortMapping.PCP,))
    with pytest.raises(SilentError, match="no UPnP gateway has answered within"):
        home.run(PinholeClient(home.network, home.gateway).look())
    assert home.simulation.now < 2


def test_a_machine_without_ipv6_says_so(make_home) -> None:
    home = make_home()
    with pytest.raises(NoGatewayError, match="no way out over IPv6"):
        home.run(PinholeClient(home.network, House.gateway).look())
