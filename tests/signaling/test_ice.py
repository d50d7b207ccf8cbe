"""ICE servers as members are told of them."""

import dataclasses

import pytest

from signaling.ice import IceList, ice_servers
from signaling.messages import IceServer
from signaling.settings import IceSettings, TurnRelay
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


EU = TurnRelay(("turn:eu",), "secret of eu", "eu-west")
EU_NORTH = TurnRelay(("turn:eu-north",), "secret of north", "eu-north")
US = TurnRelay(("turn:us",), "secret of us", "us-east")
RELAYS = IceSettings(turn_urls=("turn:any",), secret="secret of any", relays=(EU, US, EU_NORTH))


@pytest.mark.parametrize(
    ("region", "order"),
    [
        ("eu-west", ["turn:eu", "turn:eu-north", "turn:any", "turn:us"]),
        ("EU-North", ["turn:eu-north", "turn:eu", "turn:any", "turn:us"]),
        ("us", ["turn:us", "turn:any", "turn:eu", "turn:eu-north"]),
        ("us-east-2", ["turn:us", "turn:any", "turn:eu", "turn:eu-north"]),
        ("sa-east", ["turn:any", "turn:eu", "turn:us", "turn:eu-north"]),
        ("", ["turn:any", "turn:eu", "turn:us", "turn:eu-north"]),
    ],
)
def test_the_nearest_relays_come_first_and_the_others_behind(region, order):
    assert [server.urls[0] for server in ice_servers(RELAYS, "sid", 0.0, region)] == order


def test_each_relay_has_a_credential_of_its_own_secret():
    for server in ice_servers(RELAYS, "sid", 1000.0):
        secret = f"secret of {server.urls[0].removeprefix('turn:').removeprefix('eu-')}"
        assert server.credential == rest_password(secret, server.username)


def test_a_client_is_told_of_no_more_relays_than_it_can_use():
    few = dataclasses.replace(RELAYS, most=1)
    assert [server.urls[0] for server in ice_servers(few, "sid", 0.0, "us")] == ["turn:us"]


def test_a_list_that_changes_is_told_at_once_and_the_node_stands_in_for_a_silent_client():
    there = IceList(RELAYS, "us-east")
    assert there.servers("sid", 0.0)[0].urls == ("turn:us",)
    assert there.servers("sid", 0.0, "eu")[0].urls == ("turn:eu",)
    there.settings = IceSettings(stun_urls=("stun:s",))
    assert there.servers("sid", 0.0) == (IceServer(("stun:s",)),)
