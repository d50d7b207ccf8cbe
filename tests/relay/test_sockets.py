"""UDP sockets: non-blocking, of one family, and with the address in every error."""

import errno
import select
import socket
from contextlib import closing

import pytest

from relay.sockets import bound_address, has_more, may_have_more, open_udp_socket
from stunwire import Address


def test_a_socket_is_bound_non_blocking_and_says_where():
    with closing(open_udp_socket(Address("127.0.0.1", 0), buffer_size=65536)) as opened:
        assert opened.type == socket.SOCK_DGRAM
        assert not opened.getblocking()
        host, port = bound_address(opened)
        assert host == "127.0.0.1"
        assert port == opened.getsockname()[1] != 0


def test_a_port_in_use_is_an_os_error_that_names_the_address():
    with closing(open_udp_socket(Address("127.0.0.1", 0), buffer_size=65536)) as first:
        address = bound_address(first)
        with pytest.raises(OSError, match=f"127.0.0.1 port {address.port}") as caught:
            open_udp_socket(address, buffer_size=65536)
        assert caught.value.errno == errno.EADDRINUSE


def test_an_address_of_another_machine_is_an_os_error_that_names_it():
    with pytest.raises(OSError, match=r"192\.0\.2\.1 port 9") as caught:
        open_udp_socket(Address("192.0.2.1", 9), buffer_size=65536)
    assert caught.value.errno == errno.EADDRNOTAVAIL


class Stingy(socket.socket):
    """A socket of a system that grants little, unless it is told to by whoever may."""

    def __init__(self, *, may_force: bool) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self.may_force = may_force
        self.granted = {socket.SO_RCVBUF: 200, socket.SO_SNDBUF: 200}

    def setsockopt(self, level, option, size) -> None:
        normal = {33: socket.SO_RCVBUF, 32: socket.SO_SNDBUF}.get(option)
        if normal is None:
            return
        if not self.may_force:
            raise PermissionError
        self.granted[normal] = size

    def getsockopt(self, level, option) -> int:
        return self.granted[option]


@pytest.mark.parametrize(("may_force", "granted"), [(True, 4000), (False, 200)])
def test_buffers_over_the_systems_limit_are_had_by_who_may_and_others_take_what_they_get(
    monkeypatch, may_force, granted
):
    stingy = Stingy(may_force=may_force)
    monkeypatch.setattr("relay.sockets._IS_LINUX", True)
    monkeypatch.setattr("relay.sockets.socket.socket", lambda *_: stingy)
    with closing(open_udp_socket(Address("127.0.0.1", 0), buffer_size=4000)):
        assert set(stingy.granted.values()) == {granted}


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_an_ipv6_socket_takes_ipv6_alone():
    with closing(open_udp_socket(Address("::1", 0), buffer_size=65536)) as opened:
        assert opened.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY) == 1
        assert bound_address(opened).host == "::1"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_socket_tells_whether_there_is_more(host):
    with (
        open_udp_socket(Address(host, 0), buffer_size=4096) as one,
        open_udp_socket(Address(host, 0), buffer_size=4096) as other,
    ):
        assert not has_more(one)
        for data in (b"x", bytes(1000), bytes(256)):
            other.sendto(data, bound_address(one))
            select.select([one], [], [], 5.0)
            assert has_more(one)
            one.recv(2048)
            assert not has_more(one)
        assert may_have_more(one)
