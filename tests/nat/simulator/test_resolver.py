"""Tests of `nat.simulator.resolver`: names of the world: every host on the internet can be looked up, and nothing else can."""

import socket

import pytest

from nat.simulator import Simulation
from nat.simulator.resolver import Found, Resolver, family_of, getservbyname, is_address, sockaddr


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
    assert [info[4] for info in both] == [("2001:db8::1", 80, 0, 0), ("198.51.100.1", 80)]
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


@pytest.mark.parametrize(
    ("own", "families"),
    [
        ("192.0.2.1", [socket.AF_INET, socket.AF_INET6]),
        ("2001:db8::9", [socket.AF_INET6, socket.AF_INET]),
    ],
)
def test_what_a_host_cannot_reach_comes_last_or_not_at_all(resolver, own, families):
    with Simulation().host("a", own):
        found = resolver.getaddrinfo("server", 80, type=socket.SOCK_STREAM)
        few = resolver.getaddrinfo("server", 80, 0, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        passive = resolver.getaddrinfo(None, 80, 0, socket.SOCK_DGRAM, 0, socket.AI_PASSIVE)
    assert [info[0] for info in found] == families
    assert [info[0] for info in few] == families[:1]
    assert [info[4][0] for info in passive] == ["0.0.0.0", "::"][: 1 + (":" in own)]


def test_ports_have_names_and_flags_are_obeyed(resolver):
    (found, *_) = resolver.getaddrinfo("server", "https", 0, 0, 0, socket.AI_CANONNAME)
    assert (found[3], found[4][1]) == ("server", 443)
    for host, port, flags in [
        ("server", 80, socket.AI_NUMERICHOST),
        ("server", "https", socket.AI_NUMERICSERV),
        ("server", "gopher", 0),
    ]:
        with pytest.raises(socket.gaierror):
            resolver.getaddrinfo(host, port, flags=flags)
    assert getservbyname("STUN") == 3478
    with pytest.raises(OSError, match="this world knows"):
        getservbyname("gopher")


def test_addresses_are_looked_up_backwards(resolver):
    assert resolver.getnameinfo(("198.51.100.1", 80)) == ("server", "80")
    assert resolver.getnameinfo(("198.51.100.1", 80), socket.NI_NUMERICHOST)[0] == "198.51.100.1"
    assert resolver.getnameinfo(("192.0.2.1", 80)) == ("192.0.2.1", "80")
    assert resolver.gethostbyaddr("2001:db8::1") == ("server", [], ["2001:db8::1"])
    assert resolver.gethostbyname_ex("server") == ("server", [], ["198.51.100.1"])
    with pytest.raises(socket.gaierror):
        resolver.getnameinfo(("192.0.2.1", 80), socket.NI_NAMEREQD)
    with pytest.raises(socket.herror):
        resolver.gethostbyaddr("192.0.2.1")


def test_addresses_have_the_form_of_their_family():
    assert sockaddr("192.0.2.1", 5) == ("192.0.2.1", 5)
    assert sockaddr("2001:db8::1", 5) == ("2001:db8::1", 5, 0, 0)
    assert family_of("::1") == socket.AF_INET6
    assert is_address("::1")
    assert not is_address("localhost")


def test_answers_iterate_in_the_same_order_in_every_process():
    found = Found((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 5)))
    assert hash(found) == 3365337354
    assert found == tuple(found)
