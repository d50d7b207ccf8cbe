"""Settings: safe by default, and refused with a word on what was expected."""

import pytest

from relay import Limits, Redirect, Settings, SettingsError, WebhookSettings
from relay.policy import Reach
from stunwire import Address, Family

LOCAL = Address("127.0.0.1", 0)


def test_the_defaults_give_nobody_an_allocation_and_no_private_peer():
    settings = Settings(listen=(LOCAL,))
    assert not settings.has_credentials
    assert settings.peers.reach is Reach.PUBLIC
    assert settings.nonce_secret is None


def test_plain_tuples_become_addresses():
    assert Settings(listen=(("127.0.0.1", 3478),)).listen[0].host == "127.0.0.1"


def test_secrets_are_not_in_the_text_form():
    settings = Settings(
        listen=(LOCAL,), users={"alice": "wonder"}, rest_secrets=("hush",), nonce_secret=b"shh" * 6
    )
    for secret in ("wonder", "hush", "shh", "alice"):
        assert secret not in repr(settings)


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"listen": ()}, "at least one address"),
        ({"listen": (("localhost", 1),)}, "IP address"),
        ({"relay_address": "10.0.0"}, "IP address"),
        ({"external_address": "example.org"}, "IP address"),
        ({"external_address": "0.0.0.0"}, "peers can reach"),
        ({"port_range": (0, 10)}, "port range"),
        ({"port_range": (2000, 1000)}, "2000-1000"),
        ({"port_range": (50000, 65536)}, "65536"),
        ({"realm": ""}, "realm"),
        ({"users": {"alice": ""}}, "password"),
        ({"users_file_check": 0.0}, "users_file_check"),
        ({"user_hook": object(), "webhook": WebhookSettings("https://a/", "s" * 16)}, "got both"),
        ({"rest_secrets": ("",)}, "secret"),
        ({"users": {"a": "b"}, "listen": (("0.0.0.0", 3478),)}, "0.0.0.0"),
        ({"users": {"a": "b"}, "relay_address": "::"}, "relay address"),
        ({"alternate": ("127.0.0.1", 3479)}, "another host"),
        ({"redirect": Redirect.ALWAYS}, "alternate servers"),
        ({"alternate_servers": (("turn.example", 3478),)}, "IP address"),
        ({"rest_hashes": ()}, "hash"),
        ({"listen": (("127.0.0.1", 3478),), "alternate": ("127.0.0.2", 3478)}, "another port"),
        ({"alternate": ("::1", 3479)}, "family"),
        ({"alternate": ("0.0.0.0", 3479)}, "one host each"),
        ({"alternate": ("other.example", 3479)}, "IP address"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_named(changed, word):
    with pytest.raises(SettingsError, match=word):
        Settings(**{"listen": (LOCAL,), **changed})


def test_a_nonce_lives_at_most_an_hour():
    assert Settings(listen=(LOCAL,), nonce_lifetime=3600.0)
    for seconds in (3601.0, 0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(SettingsError, match="nonce_lifetime"):
            Settings(listen=(LOCAL,), nonce_lifetime=seconds)


@pytest.mark.parametrize("lifetimes", [(0, 10), (700, 600)])
def test_lifetimes_that_contradict_each_other_are_refused(lifetimes):
    with pytest.raises(SettingsError, match="default_lifetime"):
        Limits(default_lifetime=lifetimes[0], longest_lifetime=lifetimes[1])


def test_a_relay_that_listens_everywhere_needs_an_address_for_peers_and_takes_either():
    everywhere = Address("0.0.0.0", 3478)
    by_relay = Settings(listen=(everywhere,), users={"a": "b"}, relay_address="10.0.0.5")
    interface = by_relay.relay_interface(everywhere, Family.IPV4)
    assert (interface.bound, interface.announced) == ("10.0.0.5", "10.0.0.5")
    by_external = Settings(listen=(everywhere,), users={"a": "b"}, external_address="198.51.99.7")
    interface = by_external.relay_interface(everywhere, Family.IPV4)
    assert (interface.bound, interface.announced) == ("0.0.0.0", "198.51.99.7")


def test_stun_alone_may_listen_everywhere():
    assert Settings(listen=(Address("0.0.0.0", 3478),)).listen


def test_by_default_the_relay_address_is_the_host_the_client_talks_to():
    one, two, six = Address("127.0.0.1", 1), Address("127.0.0.2", 1), Address("::1", 1)
    settings = Settings(listen=(one, two, six))
    assert settings.relay_interface(two, Family.IPV4).bound == "127.0.0.2"
    assert settings.relay_interface(two, Family.IPV6).bound == "::1"
    assert settings.relay_interface(six, Family.IPV4).bound == "127.0.0.1"
    assert Settings(listen=(one,)).relay_interface(one, Family.IPV6) is None


def test_an_external_address_is_announced_for_its_own_family_alone():
    one, six = Address("127.0.0.1", 1), Address("::1", 1)
    settings = Settings(listen=(one, six), external_address="198.51.99.7")
    assert settings.relay_interface(one, Family.IPV4).announced == "198.51.99.7"
    assert settings.relay_interface(one, Family.IPV6).announced == "::1"


def test_interfaces_are_chosen_for_the_ports_that_listeners_really_have():
    settings = Settings(
        listen=(Address("10.0.0.5", 0), Address("::1", 0)), external_address="198.51.99.7"
    )
    four, six = Address("10.0.0.5", 40001), Address("::1", 40002)
    found = settings.relay_interfaces((four, six))
    assert set(found) == {(server, family) for server in (four, six) for family in Family}
    assert {face.bound for face in found.values()} == {"10.0.0.5", "::1"}
    assert {face.announced for face in found.values()} == {"198.51.99.7", "::1"}
