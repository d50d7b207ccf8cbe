"""What else is recorded keeps its names in JSON, too."""

import msgspec
import pytest

from nat.choices import PortMapping
from nat.discovery.surroundings import Attempt, GatewayProbe, Means, is_named_for_a_tunnel
from stunwire import Address


def test_an_attempt_is_written_with_what_is_known_of_it() -> None:
    attempt = Attempt(means=Means.TLS, name="a", target=Address("198.51.100.1", 443), failure="no")
    assert msgspec.to_builtins(attempt) == {
        "means": "tls",
        "name": "a",
        "target": ("198.51.100.1", 443),
        "failure": "no",
    }


def test_a_gateway_is_named_by_the_protocol_it_was_asked_by() -> None:
    probe = GatewayProbe(protocol=PortMapping.NAT_PMP, gateway="192.168.1.1", external="10.0.0.1")
    text = msgspec.json.encode(probe)
    assert b'"nat-pmp"' in text
    assert msgspec.json.decode(text, type=GatewayProbe) == probe


@pytest.mark.parametrize(
    ("name", "is_tunnel"),
    [
        *(
            (name, True)
            for name in ("tailscale0", "utun4", "tun0", "wg0", "wg-acme", "tap0", "OpenVPN TAP")
        ),
        *(
            (name, False)
            for name in ("eth0", "wlan0", "en0", "wwan0", "ppp0", "tunis", "wgs", "interface 1", "")
        ),
    ],
)
def test_a_tunnel_is_known_by_the_name_that_vpns_give_it(name: str, is_tunnel: bool) -> None:
    assert is_named_for_a_tunnel(name) is is_tunnel
