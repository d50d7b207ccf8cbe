"""The sockets of a server with two addresses: all four, or none."""

import socket

import pytest

from relay.alternates import open_alternates
from relay.sockets import bound_address, open_udp_socket
from stunwire import Address

LOCAL = Address("127.0.0.1", 0)
OTHER = Address("127.0.0.2", 0)


@pytest.fixture
def primary():
    opened = open_udp_socket(LOCAL, buffer_size=4096)
    yield bound_address(opened)
    opened.close()


def test_three_sockets_stand_beside_the_first_each_host_with_each_port(primary):
    opened, quartet = open_alternates(primary, OTHER)
    assert {bound_address(each) for each in opened} == set(quartet.members) - {primary}
    assert quartet.primary == primary
    assert quartet.alternate.host == OTHER.host
    assert quartet.alternate.port not in {0, primary.port}
    for each in opened:
        each.close()


def test_an_address_that_is_taken_is_an_error_that_names_it_and_leaves_nothing_open():
    """Two hosts that nobody else uses, so that the system gives none of their ports to others."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first:
        first.bind(("127.0.0.77", 0))
        primary = Address(*first.getsockname())
        wanted = Address("127.0.0.78", primary.port ^ 1)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
            holder.bind(wanted)
            with pytest.raises(OSError, match=f"{wanted.host} port {wanted.port}"):
                open_alternates(primary, wanted)
        opened, _ = open_alternates(primary, wanted)  # nothing was left behind
        for each in opened:
            each.close()


def test_a_host_that_is_not_ours_is_an_error_however_often_it_is_tried(primary):
    with pytest.raises(OSError, match=r"203\.0\.113\.1"):
        open_alternates(primary, Address("203.0.113.1", 0))
