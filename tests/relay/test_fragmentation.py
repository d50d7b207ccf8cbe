"""Fragments: allowed for what a relay socket sends, but for the packets that must stay whole."""

import socket

import pytest

from relay.fragmentation import CAN_FORBID_FRAGMENTS, allow_fragments, send_whole
from stunwire import Address

pytestmark = pytest.mark.skipif(not CAN_FORBID_FRAGMENTS, reason="needs Linux")

OPTIONS = {"127.0.0.1": (socket.IPPROTO_IP, 10), "::1": (socket.IPPROTO_IPV6, 23)}


@pytest.fixture(params=OPTIONS)
def opened(request):
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.bind((request.param, 0))
        made.settimeout(20.0)
        yield made


def test_a_relay_socket_lets_routers_fragment(opened):
    host = opened.getsockname()[0]
    allow_fragments(opened, host)
    assert opened.getsockopt(*OPTIONS[host]) == 0


def test_a_packet_that_must_stay_whole_is_sent_and_the_next_one_may_be_fragmented(opened):
    host, port = opened.getsockname()[:2]
    send_whole(opened, b"whole", Address(host, port))
    assert opened.recv(100) == b"whole"
    assert opened.getsockopt(*OPTIONS[host]) == 0


class Recording:
    """A socket that notes what is asked of it."""

    def __init__(self) -> None:
        self.asked = []

    def setsockopt(self, *option) -> None:
        self.asked.append(option)

    def sendto(self, data, peer) -> None:
        self.asked.append(data)
        raise OSError("too large")


def test_the_bit_is_set_for_the_packet_alone_even_where_it_cannot_be_sent():
    opened = Recording()
    with pytest.raises(OSError, match="too large"):
        send_whole(opened, b"x", Address("192.0.1.7", 1))
    assert opened.asked == [(0, 10, 2), b"x", (0, 10, 0)]
