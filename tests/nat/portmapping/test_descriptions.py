"""Tests of `nat.portmapping.descriptions`: what a device of either version says of itself."""

from xml.etree import ElementTree as ET

import pytest

from nat.portmapping.descriptions import describe_actions, describe_device, list_service


@pytest.mark.parametrize("version", [1, 2])
def test_a_device_and_those_in_it_are_of_one_version_and_have_its_services(version):
    service = list_service("urn:x", "X1", "/x.xml", "/control/x")
    root = ET.fromstring(describe_device("0-1", version, service))
    kinds = [one.text for one in root.iter() if one.tag.endswith("deviceType")]
    assert [kind.split(":")[3:] for kind in kinds] == [
        ["InternetGatewayDevice", str(version)],
        ["WANDevice", str(version)],
        ["WANConnectionDevice", str(version)],
    ]
    assert [one.text for one in root.iter() if one.tag.endswith("controlURL")] == ["/control/x"]


def test_actions_are_listed_with_what_they_take():
    root = ET.fromstring(describe_actions({"Do": ("A", "B"), "Tell": ()}))
    assert [one.text for one in root.iter() if one.tag.endswith("name")] == ["Do", "A", "B", "Tell"]
