"""Tests of `nat.portmapping.pinholes`: the firewall of a UPnP gateway, as its hosts call it."""

from xml.etree import ElementTree as ET

import pytest

from nat import Address, Protocol
from nat.firewall import STRICT, Firewall
from nat.portmapping import pinholes
from nat.portmapping.pinholes import Pinholes, describe_firewall, describe_pinholes
from nat.portmapping.soap import Call, FaultError

ALICE, BOB = "2001:db8::2", "2001:db8::3"


@pytest.fixture
def wall():
    return Firewall(STRICT)


@pytest.fixture
def device(wall):
    return Pinholes(wall)


def perform(device, action, *, client=ALICE, now=0.0, **arguments):
    return device.perform(Call(action, arguments), client, now)


def add(device, port="5000", *, client=ALICE, now=0.0, **more):
    wanted = {
        "RemoteHost": "",
        "RemotePort": "0",
        "InternalClient": client,
        "InternalPort": port,
        "Protocol": "17",
        "LeaseTime": "600",
    }
    return perform(device, "AddPinhole", client=client, now=now, **{**wanted, **more})["UniqueID"]


def test_a_pinhole_is_opened_kept_open_and_closed(device, wall):
    number = str(add(device))
    assert [one.internal for one in wall.explicit_mappings(599.0)] == [Address(ALICE, 5000)]
    perform(device, "UpdatePinhole", now=500.0, UniqueID=number, NewLeaseTime="600")
    assert len(wall.explicit_mappings(1099.0)) == 1
    assert perform(device, "GetPinholePackets", now=600.0, UniqueID=number) == {"PinholePackets": 0}
    perform(device, "DeletePinhole", now=600.0, UniqueID=number)
    assert wall.explicit_mappings(600.0) == ()


def test_the_same_pinhole_has_the_same_number_and_another_one_another(device):
    first = add(device)
    assert add(device, LeaseTime="900") == first
    assert add(device, Protocol="6") != first
    assert add(device, client=BOB) != first


def test_the_status_is_that_pinholes_can_be_opened(device):
    assert set(perform(device, "GetFirewallStatus").values()) == {1}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"Protocol": "1"}, 705),
        ({"InternalPort": "0"}, 706),
        ({"InternalClient": BOB}, 606),
        ({"InternalClient": "alice"}, 606),
        ({"RemoteHost": BOB}, 708),
        ({"RemotePort": "9"}, 708),
        ({"LeaseTime": "0"}, 402),
        ({"LeaseTime": "86401"}, 402),
        ({"InternalPort": "port"}, 402),
    ],
)
def test_what_it_does_not_open_is_refused_with_its_code(device, wall, more, code):
    with pytest.raises(FaultError) as no:
        add(device, **more)
    assert no.value.code == code
    assert wall.explicit_mappings(0.0) == ()


@pytest.mark.parametrize("action", ["UpdatePinhole", "DeletePinhole", "GetPinholePackets"])
def test_a_pinhole_of_somebody_else_or_of_nobody_is_refused(device, action):
    number = str(add(device))
    for client, now, which, code in (
        (BOB, 1.0, number, 606),
        (ALICE, 1.0, "77", 704),
        (ALICE, 600.0, number, 704),
    ):
        with pytest.raises(FaultError) as no:
            perform(device, action, client=client, now=now, UniqueID=which, NewLeaseTime="9")
        assert no.value.code == code


def test_numbers_of_pinholes_that_are_gone_are_given_again_last_of_all(device, monkeypatch):
    monkeypatch.setattr(pinholes, "MOST", 4)
    assert [add(device, str(port), now=1000.0 * port) for port in range(1, 6)] == [1, 2, 3, 0, 1]


def test_a_firewall_that_has_no_room_says_so(wall, device, monkeypatch):
    refused = wall.map_port(Protocol.UDP, Address(ALICE, 0), None, 1.0, 0.0)
    monkeypatch.setattr(Firewall, "map_port", lambda *_: refused)
    with pytest.raises(FaultError) as no:
        add(device)
    assert no.value.code == 701


def test_an_action_that_it_does_not_have_is_refused(device):
    with pytest.raises(FaultError) as no:
        perform(device, "GetOutboundPinholeTimeout")
    assert no.value.code == 401


def test_it_describes_itself_and_its_actions():
    assert b"WANIPv6FirewallControl:1" in describe_firewall("0-1")
    assert len(ET.fromstring(describe_pinholes())[1]) == 5
