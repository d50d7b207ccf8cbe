"""How a listener is named."""

import pytest

from relay.doctor.uris import read_server
from relay.errors import SettingsError
from relay.fivetuple import Transport


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("turn.example:3478", ("turn.example", 3478, None)),
        ("192.0.2.1:1", ("192.0.2.1", 1, None)),
        ("[2001:db8::1]:3478", ("2001:db8::1", 3478, None)),
        ("turn:turn.example", ("turn.example", 3478, Transport.UDP)),
        ("TURN:turn.example:99?transport=tcp", ("turn.example", 99, Transport.TCP)),
        ("stun:[2001:db8::1]", ("2001:db8::1", 3478, Transport.UDP)),
        ("turns:turn.example", ("turn.example", 5349, Transport.TLS)),
        ("turns:turn.example:443?transport=tcp", ("turn.example", 443, Transport.TLS)),
    ],
)
def test_a_host_and_port_or_a_uri(text: str, named: tuple[str, int, Transport | None]) -> None:
    assert read_server(text) == named


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host",
        "host:",
        ":1",
        "host:x",
        "host:0",
        "host:65536",
        "2001:db8::1:80",
        "[::1]",
        "turn:",
        "turn:h?transport=sctp",
        "turns:h?transport=udp",
        "http://h:1",
        "host:²",
    ],
)
def test_anything_else_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_server(text)
    assert repr(text) in str(caught.value)
