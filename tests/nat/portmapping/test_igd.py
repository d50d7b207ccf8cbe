"""Tests of `nat.portmapping.igd`: the actions of WANIPConnection:1 on a NAT, and its description."""

from xml.etree import ElementTree as ET

import pytest

from nat.portmapping.igd import PERMANENT, Igd, describe, describe_service
from nat.portmapping.soap import Call, FaultError

ALICE, BOB = "192.168.1.2", "192.168.1.3"
MAPPING = {
    "NewRemoteHost": "", "NewExternalPort": "8080", "NewProtocol": "UDP", "NewInternalPort": "5000",
    "NewInternalClient": ALICE, "NewEnabled": "1", "NewPortMappingDescription": "a game",
    "NewLeaseDuration": "3600",
}  # fmt: skip


@pytest.fixture
def igd(mapper):
    return Igd(mapper, started=100.0)


def do(igd, action, client=ALICE, now=110.0, **arguments):
    return igd.perform(Call(action, arguments), client, now)


def code(igd, action, client=ALICE, **arguments):
    with pytest.raises(FaultError) as caught:
        do(igd, action, client, **arguments)
    return caught.value.code


def test_a_mapping_is_added_listed_and_deleted(igd):
    assert do(igd, "AddPortMapping", **MAPPING) == {}
    entry = {
        "NewInternalPort": 5000, "NewInternalClient": ALICE, "NewEnabled": 1,
        "NewPortMappingDescription": "a game", "NewLeaseDuration": 3590,
    }  # fmt: skip
    which = {"NewRemoteHost": "", "NewExternalPort": "8080", "NewProtocol": "UDP"}
    assert do(igd, "GetSpecificPortMappingEntry", now=120.0, **which) == entry
    listed = do(igd, "GetGenericPortMappingEntry", now=120.0, NewPortMappingIndex="0")
    assert listed == {**entry, "NewRemoteHost": "", "NewExternalPort": 8080, "NewProtocol": "UDP"}
    assert code(igd, "GetGenericPortMappingEntry", NewPortMappingIndex="1") == 713
    assert code(igd, "DeletePortMapping", BOB, **which) == 606
    assert do(igd, "DeletePortMapping", **which) == {}
    assert code(igd, "DeletePortMapping", **which) == 714


def test_adding_again_renews(igd, mapper):
    do(igd, "AddPortMapping", **MAPPING)
    do(igd, "AddPortMapping", now=1000.0, **MAPPING)
    (mapping,) = mapper.listed
    assert mapping.expires == 4600.0


def test_a_lease_of_zero_lives_a_week(igd, mapper):
    do(igd, "AddPortMapping", **MAPPING | {"NewLeaseDuration": "0"})
    assert mapper.listed[0].expires == 110.0 + PERMANENT


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"NewInternalClient": BOB}, 606),
        ({"NewExternalPort": "0"}, 716),
        ({"NewExternalPort": "65536"}, 402),
        ({"NewExternalPort": "-1"}, 402),
        ({"NewInternalPort": "0"}, 716),
        ({"NewProtocol": "SCTP"}, 402),
        ({"NewRemoteHost": "198.51.100.1"}, 726),
        ({"NewLeaseDuration": "soon"}, 402),
    ],
)
def test_what_cannot_be_is_refused_with_its_code(igd, mapper, change, expected):
    assert code(igd, "AddPortMapping", **MAPPING | change) == expected
    assert mapper.listed == []


def test_the_port_of_another_is_a_conflict(igd):
    do(igd, "AddPortMapping", **MAPPING)
    assert code(igd, "AddPortMapping", BOB, **MAPPING | {"NewInternalClient": BOB}) == 718


def test_it_tells_its_address_and_state(igd):
    assert do(igd, "GetExternalIPAddress") == {"NewExternalIPAddress": "203.0.113.1"}
    assert do(igd, "GetStatusInfo")["NewUptime"] == 10
    assert do(igd, "GetConnectionTypeInfo")["NewConnectionType"] == "IP_Routed"
    assert do(igd, "GetNATRSIPStatus")["NewNATEnabled"] == 1
    assert code(igd, "Reboot") == 401


def test_descriptions_of_mappings_that_are_gone_are_forgotten(igd, mapper):
    for port in range(1, 300):
        do(igd, "AddPortMapping", **MAPPING | {"NewInternalPort": str(port)})
        mapper.listed.clear()
    assert len(igd._descriptions) == 1


def test_the_descriptions_are_xml_and_name_the_service():
    text = describe("0-1")
    assert ET.fromstring(text) is not None
    assert b"WANIPConnection:1" in text
    assert len(ET.fromstring(describe_service())[1]) == 8
