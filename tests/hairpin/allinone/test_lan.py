"""The address that phones reach, chosen among those that a machine may have."""

from ipaddress import IPv4Interface

import pytest

from hairpin.allinone import lan
from hairpin.allinone.lan import Interface, Lan, choose, is_of_this_machine_alone

LOOPBACK = Interface("lo", (IPv4Interface("127.0.0.1/8"),))


def interface(name: str, *addresses: str) -> Interface:
    return Interface(name, tuple(map(IPv4Interface, addresses)))


HOME = interface("wlan0", "192.168.1.20/24")
CABLE = interface("eth0", "10.1.2.3/16")
DOCKER = interface("docker0", "172.17.0.1/16")


@pytest.mark.parametrize(
    ("found", "routed", "expected"),
    [
        ([LOOPBACK, DOCKER, HOME], "192.168.1.20", Lan("192.168.1.20")),
        ([CABLE, HOME], "192.168.1.20", Lan("192.168.1.20", others=("10.1.2.3",))),
        ([CABLE, HOME], None, Lan("10.1.2.3", others=("192.168.1.20",))),
        ([DOCKER, HOME], None, Lan("192.168.1.20")),
        ([LOOPBACK, DOCKER], None, Lan("172.17.0.1")),
        ([interface("eth0", "203.0.114.7/24"), HOME], "203.0.114.7", Lan("192.168.1.20")),
        ([interface("eth0", "100.64.3.4/10")], "100.64.3.4", Lan("100.64.3.4")),
        ([LOOPBACK, interface("eth0", "169.254.1.1/16")], None, None),
        ([LOOPBACK, interface("eth0", "203.0.114.7/24")], "203.0.114.7", None),
        ([LOOPBACK], None, None),
    ],
)
def test_it_is_that_of_the_route_in_a_private_network_and_no_bridge_of_containers(
    found: list[Interface], routed: str | None, expected: Lan | None
) -> None:
    assert choose(found, routed) == expected


def test_a_second_address_in_the_same_network_stands_beside_it() -> None:
    two = interface("eth0", "192.168.1.20/24", "192.168.1.21/24", "10.0.0.1/8")
    assert choose([two], "192.168.1.21") == Lan("192.168.1.21", "192.168.1.20", ("10.0.0.1",))


def test_this_machine_is_looked_at_without_sending_anything() -> None:
    assert any(each.addresses for each in lan.interfaces())
    found = lan.find()
    assert found is None or found.address not in {"127.0.0.1", "0.0.0.0"}


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("chat.test", False),
    ],
)
def test_nobody_else_reaches_loopback(host: str, alone: bool) -> None:
    assert is_of_this_machine_alone(host) is alone
