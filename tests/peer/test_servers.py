"""STUN and TURN URIs, good and bad."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import signaling
from peer import ConfigurationError, Server, ServerKind, parse_servers
from peer.servers import Transport


def one(url: str, username: str | None = "u", credential: str | None = "p") -> Server:
    (server,) = parse_servers([signaling.IceServer((url,), username, credential)])
    return server


@pytest.mark.parametrize(
    ("url", "kind", "host", "port", "transport"),
    [
        ("stun:stun.example.org", ServerKind.STUN, "stun.example.org", 3478, Transport.UDP),
        ("stun:192.0.2.1:19302", ServerKind.STUN, "192.0.2.1", 19302, Transport.UDP),
        ("stun:[2001:db8::1]:3479", ServerKind.STUN, "2001:db8::1", 3479, Transport.UDP),
        ("turn:relay.example.org", ServerKind.TURN, "relay.example.org", 3478, Transport.UDP),
        ("turn:192.0.2.1:80?transport=udp", ServerKind.TURN, "192.0.2.1", 80, Transport.UDP),
        ("turn:192.0.2.1?transport=tcp", ServerKind.TURN, "192.0.2.1", 3478, Transport.TCP),
        ("turns:192.0.2.1", ServerKind.TURN, "192.0.2.1", 5349, Transport.TLS),
        (
            "turns:[2001:db8::1]:443?transport=tcp",
            ServerKind.TURN,
            "2001:db8::1",
            443,
            Transport.TLS,
        ),
    ],
)
def test_a_uri_becomes_a_server(
    url: str, kind: ServerKind, host: str, port: int, transport: Transport
) -> None:
    server = one(url)
    assert (server.kind, server.host, server.port, server.transport) == (
        kind,
        host,
        port,
        transport,
    )
    assert server.url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.org",
        "stun:",
        "stun:host:0",
        "stun:host:65536",
        "stun:host:port",
        "stun:host?transport=udp",
        "stuns:host",
        "turn:host?transport=sctp",
        "turns:host?transport=udp",
        "turn:2001:db8::1",
        "turn:user@host",
        "turn:host\nturn:other",
    ],
)
def test_a_uri_that_makes_no_sense_is_refused_with_its_name(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        one(url)
    assert repr(url) in str(caught.value)


@pytest.mark.parametrize(("username", "credential"), [(None, "p"), ("u", None), (None, None)])
def test_a_turn_server_without_credentials_is_refused(
    username: str | None, credential: str | None
) -> None:
    with pytest.raises(ConfigurationError, match="user name and a password"):
        one("turn:host", username, credential)


def test_several_servers_keep_their_order_and_none_comes_twice() -> None:
    servers = parse_servers(
        [
            signaling.IceServer(("stun:a", "stun:b")),
            signaling.IceServer(("turn:a", "turn:a?transport=tcp"), "u", "p"),
            signaling.IceServer(("stun:a",)),
        ]
    )
    assert [server.url for server in servers] == [
        "stun:a",
        "stun:b",
        "turn:a",
        "turn:a?transport=tcp",
    ]


def test_a_password_never_shows_in_a_repr() -> None:
    assert "hunter2" not in repr(one("turn:host", "u", "hunter2"))


@given(st.text())
def test_any_text_is_a_server_or_refused(text: str) -> None:
    try:
        server = one(text)
    except ConfigurationError:
        return
    assert server.host
    assert 0 < server.port < 65536


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org", "begins with one of stun:, turn:, turns:"),
        ("turn://host", "no // before the host"),
        ("turn:user@host", "stand beside it"),
        ("turn:", "a host is missing"),
        ("turn:2001:db8::1", "stands in brackets"),
        ("turn:[::::]", "no IPv6 address in its brackets"),
        ("turn:host:port", "its form is"),
        ("turns:host?transport=udp", "DTLS is not supported"),
    ],
)
def test_a_refusal_says_what_is_wrong(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        one(url)
    assert why in str(caught.value)
