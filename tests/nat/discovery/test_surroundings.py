"""What else is recorded keeps its names in JSON, too."""

import msgspec

from nat.choices import PortMapping
from nat.discovery.surroundings import Attempt, GatewayProbe, Means
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
