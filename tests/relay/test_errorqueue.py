"""ICMP errors from the system's error queue, on real loopback sockets and on sockets that have none."""

import errno
import select
import socket
import struct

import pytest

from relay.errorqueue import keep_errors, read_errors
from stunwire import Address, Icmp


class Queue:
    """A socket with nothing but an error queue."""

    def __init__(self, *entries) -> None:
        self.entries = list(entries)

    def recvmsg(self, size, room, flags):
        if not self.entries:
            raise BlockingIOError
        ancillary, target = self.entries.pop(0)
        return b"", ancillary, 0, target


def _entry(origin: int, icmp_type: int, code: int, info: int = 0, *, level=0, kind=11):
    error = struct.pack("=IBBBxII", errno.EHOSTUNREACH, origin, icmp_type, code, info, 0)
    return [(level, kind, error)], ("192.0.1.7", 7000)


def _closed_port(host: str, family: socket.AddressFamily) -> Address:
    with socket.socket(family, socket.SOCK_DGRAM) as closed:
        closed.bind((host, 0))
        return Address(*closed.getsockname()[:2])


@pytest.mark.parametrize(
    ("host", "family", "told"),
    [
        ("127.0.0.1", socket.AF_INET, Icmp(3, 3)),
        ("::1", socket.AF_INET6, Icmp(1, 4)),
    ],
)
def test_a_closed_port_is_told_with_the_address_the_packet_went_to(host, family, told):
    target = _closed_port(host, family)
    with socket.socket(family, socket.SOCK_DGRAM) as opened:
        opened.bind((host, 0))
        opened.setblocking(False)
        keep_errors(opened)
        opened.sendto(b"x", target)
        poll = select.poll()
        poll.register(opened, 0)
        assert poll.poll(2000)
        assert list(read_errors(opened)) == [(target, told)]
        assert list(read_errors(opened)) == []


def test_the_mtu_is_told_where_a_packet_was_too_big_and_nowhere_else():
    queue = Queue(
        _entry(2, 3, 4, 1400), _entry(2, 3, 1, 99), _entry(3, 2, 0, 1280, level=41, kind=25)
    )
    assert [error for _, error in read_errors(queue)] == [
        Icmp(3, 4, 1400),
        Icmp(3, 1),
        Icmp(2, 0, 1280),
    ]


@pytest.mark.parametrize(
    "entry",
    [
        _entry(1, 0, 0),  # from this machine itself
        _entry(2, 200, 0),
        _entry(2, 3, 3, kind=8),
        ([(0, 11, b"short")], ("192.0.1.7", 7000)),
        ([], ("192.0.1.7", 7000)),
        (_entry(2, 3, 3)[0], None),
    ],
)
def test_what_is_no_error_from_the_network_is_passed_over(entry):
    assert list(read_errors(Queue(entry))) == []


def test_a_socket_that_cannot_keep_errors_has_none():
    class Unable:
        family = socket.AF_INET

        def setsockopt(self, *_):
            raise OSError(errno.ENOPROTOOPT, "Protocol not available")

    keep_errors(Unable())
    assert list(read_errors(Unable())) == []
