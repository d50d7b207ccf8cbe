"""ICE servers as members are told of them."""

from signaling.ice import ice_servers
from signaling.messages import IceServer
from signaling.settings import IceSettings
from stunwire.credentials import rest_expiry, rest_password


def test_without_servers_there_is_nothing_to_tell():
    assert ice_servers(IceSettings(), "sid", 1000.0) == ()


def test_stun_servers_come_without_credentials():
    settings = IceSettings(stun_urls=("stun:a", "stun:b"))
    assert ice_servers(settings, "sid", 1000.0) == (IceServer(("stun:a", "stun:b")),)


def test_turn_servers_come_with_a_credential_for_the_session_that_the_secret_explains():
    settings = IceSettings(turn_urls=("turn:t?transport=udp",), secret="s3cret", ttl=600)
    (server,) = ice_servers(settings, "sid", 1000.0)
    assert server.urls == ("turn:t?transport=udp",)
    assert server.username == "1600:sid"
    assert rest_expiry(server.username) == 1600
    assert server.credential == rest_password("s3cret", server.username)


def test_a_later_request_gets_a_later_expiry():
    settings = IceSettings(turn_urls=("turn:t",), secret=b"s", ttl=600)
    first, second = (ice_servers(settings, "sid", now)[0].username for now in (1000.0, 1300.0))
    assert (first, second) == ("1600:sid", "1900:sid")
