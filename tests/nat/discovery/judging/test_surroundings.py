"""Carrier's and second NATs, packet sizes, relays, portals and ports that can be opened."""

import pytest

from nat.choices import PortMapping
from nat.discovery.evidence import Evidence
from nat.discovery.findings import known
from nat.discovery.judging import surroundings as judging
from nat.discovery.report import Outlook
from nat.discovery.surroundings import (
    Attempt,
    GatewayProbe,
    Interface,
    MapTest,
    Means,
    PinholeProbe,
    PinholeTest,
    SizeProbe,
)
from nat.discovery.transactions import Socket, Transport
from stunwire import Address, Family

OUTSIDE = ("8.8.4.4",)
LOCAL = "192.168.1.2"
UPNP = PortMapping.UPNP
THERE = Address("198.51.100.1", 3478)


def gateway(external: str | None, **more: object) -> Evidence:
    probe = GatewayProbe(protocol=UPNP, answered_at=0.1, external=external, **more)  # type: ignore[arg-type]
    return Evidence(gateways=(probe,))


@pytest.mark.parametrize(
    ("evidence", "local", "external", "carrier", "double"),
    [
        (gateway("8.8.4.4"), LOCAL, OUTSIDE, False, False),
        (gateway("100.64.3.4"), LOCAL, OUTSIDE, True, True),
        (gateway("192.168.0.2"), LOCAL, OUTSIDE, None, True),
        (gateway("9.9.9.9"), LOCAL, OUTSIDE, None, None),
        (gateway(None), LOCAL, OUTSIDE, None, None),
        (gateway("0.0.0.0"), LOCAL, OUTSIDE, None, None),
        (gateway("gibberish"), LOCAL, OUTSIDE, None, None),
        (Evidence(), "100.70.1.2", OUTSIDE, True, None),
        (Evidence(), LOCAL, OUTSIDE, None, None),
        (Evidence(), LOCAL, (), None, None),
        (Evidence(), "8.8.4.4", OUTSIDE, False, False),
        (Evidence(), None, (), None, None),
    ],
)
def test_nats_beyond_the_own_one(
    evidence: Evidence,
    local: str | None,
    external: tuple[str, ...],
    carrier: bool | None,
    double: bool | None,
) -> None:
    assert judging.judge_carrier_grade(evidence, local, external).value is carrier
    assert judging.judge_double(evidence, local, external).value is double


def sizes(*probes: tuple[int, bool, int | None, int]) -> Evidence:
    return Evidence(
        sizes=tuple(
            SizeProbe(
                target=THERE,
                size=size,
                answered_at=0.1 if passed else None,
                told=told,
                sent=(0.0,) * copies,
            )
            for size, passed, told, copies in probes
        )
    )


@pytest.mark.parametrize(
    ("evidence", "size"),
    [
        (
            sizes(
                (1280, True, None, 1),
                (1400, True, None, 1),
                (1500, False, None, 3),
                (1500, False, None, 3),
            ),
            1400,
        ),
        (sizes((1280, True, None, 1), (1400, False, None, 3), (1500, False, None, 9)), None),
        (sizes((1280, True, None, 1), (1500, False, 1492, 1)), 1280),
        (sizes((1500, True, None, 1)), 1500),
        (sizes((1280, True, None, 1), (1500, False, None, 1)), None),
        (sizes((1280, False, None, 5)), None),
        (Evidence(), None),
    ],
)
def test_path_mtu(evidence: Evidence, size: int | None) -> None:
    assert judging.judge_path_mtu(evidence, Family.IPV4).value == size
    assert judging.judge_path_mtu(evidence, Family.IPV6).value is None


def attempt(means: Means = Means.TURN_UDP, **more: object) -> Attempt:
    return Attempt(means=means, name="a", target=THERE, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tried", "value"),
    [
        ([attempt(reached_at=0.1, finished_at=0.2)], True),
        ([attempt(reached_at=0.1)], None),
        ([attempt(failure="timed out")], False),
        ([attempt(error=401)], False),
        ([attempt(failure="timed out"), attempt(reached_at=0.1, finished_at=0.2)], True),
        ([attempt(Means.TCP, reached_at=0.1)], None),
        ([], None),
    ],
)
def test_relays(tried: list[Attempt], value: bool | None) -> None:
    evidence = Evidence(attempts=tuple(tried))
    assert judging.reaches_relay(evidence) is value
    assert len(judging.judge_ways_out(evidence)) == len(tried)


def test_a_captive_portal_is_a_page_from_somebody_else() -> None:
    def portal(**more: object) -> bool | None:
        pages = (attempt(Means.HTTP, **more),)
        return judging.judge_captive_portal(Evidence(attempts=pages)).value

    assert portal(reached_at=0.1, finished_at=0.2, failure="another page", error=200) is True
    assert portal(reached_at=0.1, failure="the answer is no HTTP", error=0) is True
    assert portal(reached_at=0.1, failure="no answer within 4 s") is None
    assert portal(reached_at=0.1, finished_at=0.2) is False
    assert portal(failure="timed out") is None
    assert judging.judge_captive_portal(Evidence()).value is None


def test_a_gateway_that_says_nothing_is_no_no() -> None:
    silent = Evidence(gateways=(GatewayProbe(protocol=UPNP, failure="nobody answered"),))
    assert judging.judge_port_mapping(silent)[UPNP].value is None
    assert judging.judge_port_mapping(gateway("8.8.4.4"))[UPNP].value is True
    assert judging.judge_port_mapping(gateway(None, result=2))[UPNP].value is False
    assert judging.judge_port_mapping(Evidence()) == {}


@pytest.mark.parametrize(
    ("test", "value"),
    [
        (MapTest(protocol=UPNP, external=THERE, reached=True), True),
        (MapTest(protocol=UPNP, external=THERE, reached=False), False),
        (MapTest(protocol=UPNP, external=THERE), None),
        (MapTest(protocol=UPNP, failure="refused", result=606), False),
        (MapTest(protocol=UPNP, failure="nobody answered"), None),
    ],
)
def test_opened_ports(test: MapTest, value: bool | None) -> None:
    assert judging.judge_opened(Evidence(map_tests=(test,)))[UPNP].value is value


def test_ports_are_openable_unless_another_nat_stands_before() -> None:
    no, yes = known(value=False, why=""), known(value=True, why="")
    assert judging.openable(gateway("8.8.4.4"), [no]) == (UPNP,)
    assert judging.openable(gateway("8.8.4.4"), [yes]) == ()
    tried = Evidence(
        gateways=gateway("8.8.4.4").gateways,
        map_tests=(MapTest(protocol=UPNP, external=THERE, reached=False),),
    )
    assert judging.openable(tried, [no]) == ()


CABLE = Interface(
    name="eth0", addresses=("192.168.1.2",), is_default=True, routers=("192.168.1.1",)
)
WIFI = Interface(name="wlan0", addresses=("10.0.0.2", "fe80::2%3"), routers=("10.0.0.1",))
BRIDGE = Interface(name="docker0", addresses=("172.17.0.1",))


@pytest.mark.parametrize(
    ("interfaces", "local", "bound", "outlook"),
    [
        ((CABLE,), "192.168.1.2", "", Outlook(("eth0",))),
        ((CABLE, BRIDGE), "192.168.1.2", "", Outlook(("eth0",))),
        ((CABLE, BRIDGE, WIFI), "192.168.1.2", "", Outlook(("eth0",), False, ("wlan0",))),
        ((CABLE, WIFI), "10.0.0.2", "wlan0", Outlook(("wlan0",), True, ("eth0",))),
        ((CABLE, WIFI), "fe80::2", "", Outlook(("wlan0",), False, ("eth0",))),
        ((CABLE, WIFI), "203.0.113.5", "", Outlook()),
        ((), "192.168.1.2", "", Outlook()),
    ],
)
def test_it_is_told_through_which_interface_it_was_looked_and_which_others_lead_out(
    interfaces: tuple[Interface, ...], local: str, bound: str, outlook: Outlook
) -> None:
    used = Socket(number=0, transport=Transport.UDP, local=Address(local, 5000), interface=bound)
    assert judging.judge_outlook(Evidence(interfaces=interfaces, sockets=(used,))) == outlook


def test_a_router_that_has_no_address_where_servers_see_one_is_most_likely_behind_another() -> None:
    evidence = gateway(None, has_none=True)
    for finding in (
        judging.judge_double(evidence, LOCAL, OUTSIDE),
        judging.judge_carrier_grade(evidence, LOCAL, OUTSIDE),
    ):
        assert not finding.is_known
        assert "another NAT before it" in finding.why
    assert judging.openable(evidence, []) == ()
    assert judging.openable(gateway(None), []) == (UPNP,)
    # one protocol may know what another does not
    both = Evidence(gateways=(*evidence.gateways, *gateway("8.8.4.4").gateways))
    assert judging.judge_double(both, LOCAL, OUTSIDE).value is False
    assert "another NAT" not in judging.judge_double(evidence, LOCAL, ()).why


def test_pinholes_are_told_apart_from_ports_of_the_nat() -> None:
    evidence = Evidence(
        gateways=(GatewayProbe(protocol=UPNP, answered_at=0.1),),
        firewalls=(PinholeProbe(protocol=UPNP, answered_at=0.1, failure="off", result=702),),
        map_tests=(MapTest(protocol=UPNP, external=THERE, reached=False),),
        pinhole_tests=(PinholeTest(protocol=UPNP, external=THERE, reached=True),),
    )
    assert judging.judge_port_mapping(evidence)[UPNP].value is True
    assert judging.judge_pinholes(evidence)[UPNP].value is False
    assert judging.judge_opened(evidence)[UPNP].value is False
    assert judging.judge_opened_pinholes(evidence)[UPNP].value is True


@pytest.mark.parametrize(
    ("reached", "openers"), [((), (UPNP,)), ((True,), (UPNP,)), ((None,), (UPNP,)), ((False,), ())]
)
def test_a_gateway_opens_pinholes_until_it_was_seen_not_to(reached, openers) -> None:
    evidence = Evidence(
        firewalls=(PinholeProbe(protocol=UPNP, answered_at=0.1),),
        pinhole_tests=tuple(
            PinholeTest(protocol=UPNP, external=THERE, reached=one) for one in reached
        ),
    )
    assert judging.pinhole_openers(evidence) == openers


def shared(interface: Interface, **more: object) -> Evidence:
    return Evidence(interfaces=(WIFI, interface), **more)  # type: ignore[arg-type]


CARRIERS = "100.70.1.2"
TUNNELS = ("tailscale0", "Tailscale", "utun4", "tun0", "wg0", "wg-acme", "ztks5abcde", "ProtonVPN")


@pytest.mark.parametrize("name", TUNNELS)
def test_an_address_of_the_carriers_in_a_tunnel_tells_nothing_of_a_carrier(name: str) -> None:
    tunnel = Interface(name=name, addresses=(CARRIERS,), is_default=True, routers=("100.64.0.1",))
    found = judging.judge_carrier_grade(shared(tunnel), CARRIERS, OUTSIDE)
    assert not found.is_known
    assert f"{name} is a tunnel, and VPNs use that range as well" in found.why


def test_no_router_behind_an_interface_with_such_an_address_is_no_carrier_either() -> None:
    lonely = Interface(name="overlay", addresses=(CARRIERS,))
    found = judging.judge_carrier_grade(shared(lonely), CARRIERS, OUTSIDE)
    assert not found.is_known
    assert "no router is behind overlay" in found.why
    told = shared(lonely, gateways=gateway("100.64.3.4").gateways)
    assert not judging.judge_carrier_grade(told, CARRIERS, OUTSIDE).is_known


@pytest.mark.parametrize(
    "interface",
    [
        Interface(name="wwan0", addresses=(CARRIERS,), is_default=True),
        Interface(name="wwan0", addresses=(CARRIERS,), routers=("100.64.0.1",)),
        Interface(name="tunis", addresses=(CARRIERS,), is_default=True),
        Interface(name="eth0", addresses=("192.168.1.2",), is_default=True),
    ],
)
def test_a_carriers_own_network_is_still_known_by_it(interface: Interface) -> None:
    assert judging.judge_carrier_grade(shared(interface), CARRIERS, OUTSIDE).value is True
