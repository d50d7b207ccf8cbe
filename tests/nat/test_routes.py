"""Tests of `nat.routes`: the default router in Linux's tables, and on a simulated host."""

import platform
import subprocess

import ifaddr
import pytest

from nat import PORT_RESTRICTED_CONE, routes
from nat.simulator import Simulation
from stunwire import Family

V4 = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	010200C0	0003	0	0	100	00000000	0	0	0
eth0	000200C0	00000000	0001	0	0	0	00FFFFFF	0	0	0
tun0	00000000	01006440	0003	0	0	0	00000080	0	0	0
ppp0	00000000	00000000	0001	0	0	50	00000000	0	0	0
dead0	00000000	01010101	0203	0	0	0	00000000	0	0	0
"""
ZEROS = "0" * 32
V6 = f"""\
{ZEROS} 00 {ZEROS} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
{ZEROS} 00 {ZEROS} 00 20010db8000000000000000000000001 00000800 00000001 00000000 00000003    wlan0
{ZEROS} 00 {ZEROS} 00 {ZEROS} ffffffff 00000001 00000000 00200200       lo
20010db8000000000000000000000000 40 {ZEROS} 00 {ZEROS} 00000100 00000001 00000000 00000001     eth0
"""


@pytest.fixture
def tables(tmp_path, monkeypatch):
    for name, text in (("ROUTES", V4), ("ROUTES6", V6)):
        (tmp_path / name).write_text(text)
        monkeypatch.setattr(routes, name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("family", "interface", "router"),
    [
        (Family.IPV4, "", "192.0.2.1"),
        (Family.IPV4, "wlan0", "192.168.1.1"),
        (Family.IPV4, "ppp0", None),
        (Family.IPV4, "tun0", None),
        (Family.IPV4, "dead0", None),
        (Family.IPV6, "", "fe80::1%eth0"),
        (Family.IPV6, "wlan0", "2001:db8::1"),
        (Family.IPV6, "lo", None),
    ],
)
def test_the_route_of_the_lowest_metric_with_a_router_counts(
    tables, family, interface, router
) -> None:
    assert routes.default_router(family, interface) == router


def test_a_machine_without_a_way_out_has_none(tables) -> None:
    (tables / "ROUTES").write_text(V4.splitlines()[0] + "\n")
    assert routes.default_router(Family.IPV4) is None


def test_a_system_that_does_not_tell_is_said_to_be_one(tables) -> None:
    (tables / "ROUTES").unlink()
    with pytest.raises(routes.UnknownRouterError, match=r"has no .*ROUTES; name it yourself"):
        routes.default_router(Family.IPV4)


def test_on_a_simulated_host_it_is_the_nat_of_its_lan() -> None:
    simulation = Simulation(1)
    carrier = simulation.nat("carrier", PORT_RESTRICTED_CONE, lan="100.64.0.0/10")
    inner = simulation.nat("home", PORT_RESTRICTED_CONE, inside=carrier, lan="10.0.0.0/24")
    hosts = [inner.host("alice"), carrier.host("bob"), simulation.host("server")]

    async def ask():
        return routes.default_router(Family.IPV4), routes.default_router(Family.IPV4, "wifi0")

    async def main():
        return [await host.run(ask()) for host in hosts]

    expected = [("10.0.0.1", None), ("100.64.0.1", None), (None, None)]
    assert simulation.run(main()) == expected


ON_MACOS = "   route to: default\n    gateway: {}\n  interface: en0\n"
ON_WINDOWS = """\
  0.0.0.0          0.0.0.0         10.0.0.1        10.0.0.77     55
  0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.10     25
 12    281 ::/0                     fe80::1
"""


@pytest.fixture
def asked(monkeypatch) -> list[list[str]]:
    """The commands that the system was given; it is one whose programs print what is expected."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: object) -> "subprocess.CompletedProcess[bytes]":
        commands.append(command)
        text = ON_MACOS.format("192.168.1.1") if "get" in command else ON_WINDOWS
        return subprocess.CompletedProcess(command, 0, text.encode(), b"")

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_macos_is_asked_for_the_family_and_the_interface(monkeypatch, asked) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    assert routes.default_router(Family.IPV4) == "192.168.1.1"
    assert routes.default_router(Family.IPV6, "en1") == "192.168.1.1"
    assert asked == [
        ["/sbin/route", "-n", "get", "default"],
        ["/sbin/route", "-n", "get", "-inet6", "-ifscope", "en1", "default"],
    ]


@pytest.mark.parametrize(
    ("family", "interface", "router"),
    [
        (Family.IPV4, "", "192.168.1.1"),
        (Family.IPV4, "{WIFI}", "10.0.0.1"),
        (Family.IPV6, "", "fe80::1%12"),
        (Family.IPV6, "{WIFI}", "fe80::1%12"),
        (Family.IPV4, "{NONE}", None),
    ],
)
def test_windows_knows_interfaces_by_address_and_by_number(
    monkeypatch, asked, family, interface, router
) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Windows")
    wifi = ifaddr.Adapter("{WIFI}", "Wi-Fi", [ifaddr.IP("10.0.0.77", 24, "Wi-Fi")], index=12)
    monkeypatch.setattr(ifaddr, "get_adapters", lambda: [wifi])
    assert routes.default_router(family, interface) == router
    assert asked == [["route", "print", "-6" if family is Family.IPV6 else "-4"]]


def test_a_system_whose_program_is_missing_does_not_tell(monkeypatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(routes, "macos_question", lambda *_: ["/nowhere/route"])
    with pytest.raises(routes.UnknownRouterError, match=r"/nowhere/route: .*name it yourself"):
        routes.default_router(Family.IPV4)
