"""Tests of `nat.simulator.resolver`: names of the world: every host on the internet can be looked up, and nothing else can."""

import socket

import pytest

from nat.simulator.resolver import Resolver, family_of, is_address, sockaddr


@pytest.fixture
def resolver():
    resolver = Resolver()
    resolver.add("Server", ("198.51.100.1", "2001:db8::1"))
    return resolver


def test_names_are_found_in_any_case_and_addresses_stand_for_themselves(resolver):
    assert resolver.look_up("SERVER.") == ("198.51.100.1", "2001:db8::1")
    assert resolver.look_up("192.0.2.7") == ("192.0.2.7",)
    assert resolver.gethostbyname("server") == "198.51.100.1"
    assert resolver.gethostbyname("localhost") == "127.0.0.1"


def test_a_name_of_the_real_world_is_unknown(resolver):
    with pytest.raises(socket.gaierror, match=r"no host of this world is called 'example.com'"):
        resolver.gethostbyname("example.com")


def test_getaddrinfo_gives_both_families_unless_asked_for_one(resolver):
    both = resolver.getaddrinfo("server", 80, type=socket.SOCK_STREAM)
    assert [info[4] for info in both] == [("198.51.100.1", 80), ("2001:db8::1", 80, 0, 0)]
    (six,) = resolver.getaddrinfo(b"server", "80", socket.AF_INET6, socket.SOCK_DGRAM)
    assert six == (
        socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_UDP, "", ("2001:db8::1", 80, 0, 0),
    )  # fmt: skip
    with pytest.raises(socket.gaierror):
        resolver.getaddrinfo("192.0.2.1", 80, socket.AF_INET6)


def test_no_name_means_every_address_or_loopback(resolver):
    def first(flags):
        return resolver.getaddrinfo(None, 80, type=socket.SOCK_STREAM, flags=flags)[0][4]

    assert first(socket.AI_PASSIVE) == ("0.0.0.0", 80)
    assert first(0) == ("127.0.0.1", 80)


def test_addresses_have_the_form_of_their_family():
    assert sockaddr("192.0.2.1", 5) == ("192.0.2.1", 5)
    assert sockaddr("2001:db8::1", 5) == ("2001:db8::1", 5, 0, 0)
    assert family_of("::1") == socket.AF_INET6
    assert is_address("::1")
    assert not is_address("localhost")
