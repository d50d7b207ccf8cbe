"""Which addresses of a machine are gathered from, and in which order."""

from typing import Any

import ifaddr
import pytest

from peer import Configuration
from peer.localaddresses import (
    MOST_ADDRESSES,
    InterfaceKind,
    LocalAddress,
    in_order,
    kind_of,
    local_addresses,
)


def adapter(name: str, *hosts: str, scope: int = 0) -> ifaddr.Adapter:
    ips = [
        ifaddr.IP((host, 0, scope), 64, name) if ":" in host else ifaddr.IP(host, 24, name)
        for host in hosts
    ]
    return ifaddr.Adapter(name, name, ips)


MACHINE = [
    adapter("lo", "127.0.0.1", "::1"),
    adapter("tun0", "10.8.0.2"),
    adapter("docker0", "172.17.0.1"),
    adapter("wlan0", "192.168.1.7", "2001:db8:1::7"),
    adapter("eth0", "192.168.2.7", "192.168.2.8", "2001:db8:2::7"),
    adapter("eth1", "fe80::7", scope=3),
]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    adapters = list(MACHINE)
    monkeypatch.setattr("peer.localaddresses.ifaddr.get_adapters", lambda: adapters)
    return adapters


def hosts(**settings: Any) -> list[str]:
    return [one.host for one in local_addresses(Configuration(**settings))]


def test_wires_come_first_and_the_families_alternate(machine: list[Any]) -> None:
    assert hosts() == [
        *("2001:db8:2::7", "192.168.2.7", "192.168.2.8"),
        *("2001:db8:1::7", "192.168.1.7"),
        "172.17.0.1",
        "10.8.0.2",
    ]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (("eth0",), {"192.168.2.7", "192.168.2.8", "2001:db8:2::7"}),
        (("wl*", "tun?"), {"192.168.1.7", "2001:db8:1::7", "10.8.0.2"}),
        (("!docker*", "!tun*", "!eth*"), {"192.168.1.7", "2001:db8:1::7"}),
        (("*0", "!eth0", "!docker0"), {"192.168.1.7", "2001:db8:1::7", "10.8.0.2"}),
    ],
)
def test_patterns_choose_interfaces(
    machine: list[Any], patterns: tuple[str, ...], expected: set[str]
) -> None:
    assert set(hosts(interfaces=patterns)) == expected


@pytest.mark.parametrize("version", [4, 6])
def test_one_ip_version_may_be_enough(machine: list[Any], version: int) -> None:
    found = hosts(ip_versions=(version,))
    assert len(found) in {2, 5}
    assert all((":" in host) == (version == 6) for host in found)


def test_addresses_that_are_named_are_taken_as_they_are(machine: list[Any]) -> None:
    assert hosts(host_addresses=("127.0.0.1", "::1", "192.0.2.9")) == [
        "127.0.0.1",
        "::1",
        "192.0.2.9",
    ]
    assert hosts(host_addresses=("127.0.0.1", "::1"), ip_versions=(6,)) == ["::1"]


def test_where_nothing_is_left_there_is_loopback(machine: list[Any]) -> None:
    assert hosts(interfaces=("nothing*",)) == ["127.0.0.1"]
    assert hosts(interfaces=("nothing*",), ip_versions=(6,)) == []


def test_a_link_local_address_is_the_last_resort_and_has_its_zone(machine: list[Any]) -> None:
    machine[:] = [MACHINE[0], MACHINE[-1]]
    assert hosts() == ["fe80::7%3"]


@pytest.mark.parametrize("host", ["::1", "::192.0.2.1", "::ffff:192.0.2.1", "fec0::1", "127.0.0.2"])
def test_what_the_rfc_forbids_is_no_candidate(machine: list[Any], host: str) -> None:
    machine[:] = [adapter("eth0", host, "192.0.2.1")]
    assert hosts() == ["192.0.2.1"]


def test_a_change_of_network_shows(machine: list[Any]) -> None:
    before = local_addresses(Configuration())
    assert local_addresses(Configuration()) == before
    machine.pop(3)
    assert local_addresses(Configuration()) != before


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("eth0", InterfaceKind.WIRED),
        ("enp3s0", InterfaceKind.WIRED),
        ("wlp2s0", InterfaceKind.WIRELESS),
        ("wwan0", InterfaceKind.CELLULAR),
        ("br-1f2e3d", InterfaceKind.VIRTUAL),
        ("wg0", InterfaceKind.TUNNEL),
        ("lo", InterfaceKind.LOOPBACK),
        ("lower0", InterfaceKind.WIRED),
    ],
)
def test_a_name_tells_the_kind(name: str, kind: InterfaceKind) -> None:
    assert kind_of(name) is kind


def test_a_family_that_runs_out_leaves_the_rest_to_the_other() -> None:
    six = [LocalAddress(f"2001:db8::{n}") for n in (1, 2, 3)]
    four = [LocalAddress("192.0.2.1")]
    assert in_order(four + six) == (six[0], four[0], six[1], six[2])


def test_of_very_many_addresses_the_best_are_taken(machine: list[Any]) -> None:
    machine += [adapter(f"veth{n}", f"10.0.{n}.1") for n in range(100)]
    found = local_addresses(Configuration())
    assert len(found) == MOST_ADDRESSES
    assert found[0].interface == "eth0"
