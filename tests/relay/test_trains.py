"""Trains: made of what may go together, and cut up by the system into the packets that went in."""

import errno
import socket
from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.sockets import bound_address, open_udp_socket
from relay.trains import LONGEST_PACKET, MOST_BYTES, MOST_PACKETS, Coupling, couple
from stunwire import Address

DEPARTURES = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from((1, 2, 9, 11))))


@given(DEPARTURES)
def test_trains_have_one_target_and_one_size_and_are_as_long_as_they_may_be(departures):
    room = [1, 5, 3, *[2] * 7]  # by size; 11 is beyond its end
    packets = [(target, memoryview(bytes(size))) for target, size in departures]
    trains = list(couple(packets, room))
    assert [(t, len(p)) for t, train in trains for p in train] == departures
    expected = []
    for (target, size), run in groupby(departures):
        most = room[size] if size < len(room) else 1
        left = len(list(run))
        while left:
            expected.append((target, [size] * min(left, most)))
            left -= min(left, most)
    assert [(target, [len(p) for p in train]) for target, train in trains] == expected


def test_room_is_bounded_by_packets_and_by_bytes():
    room = Coupling().room
    assert len(room) == LONGEST_PACKET + 1
    assert room[0] == 1  # nothing cannot be cut up
    assert room[20] == MOST_PACKETS
    assert all(size * most <= MOST_BYTES for size, most in enumerate(room))
    assert all(1 <= most <= MOST_PACKETS for most in room)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("size", [1, 204, LONGEST_PACKET])
def test_the_receiver_gets_the_packets_that_went_in(host, size):
    coupling = Coupling()
    with (
        open_udp_socket(Address(host, 0), buffer_size=1 << 20) as sender,
        open_udp_socket(Address(host, 0), buffer_size=1 << 20) as receiver,
    ):
        receiver.settimeout(20.0)
        packets = [bytes([n]) * size for n in range(min(10, coupling.room[size]))]
        train = [memoryview(packet) for packet in packets]
        assert coupling.send(sender, train, bound_address(receiver))
        assert [receiver.recv(2048) for _ in packets] == packets


class Refusing(socket.socket):
    """Refuses every train for one reason."""

    code = 0

    def sendmsg(self, *_):
        raise OSError(self.code, "no")


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO, errno.ENOPROTOOPT])
def test_a_system_that_cannot_cut_trains_up_gets_no_more_of_them(code):
    coupling, packets = Coupling(), [memoryview(b"x"), memoryview(b"y")]
    with Refusing() as refusing:
        refusing.code = code
        assert not coupling.send(refusing, packets, Address("127.0.0.1", 9))
    assert [train for _, train in couple([("a", p) for p in packets], coupling.room)] == [
        [packets[0]],
        [packets[1]],
    ]


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.ECONNREFUSED, errno.ENOBUFS])
def test_a_train_that_did_not_go_for_another_reason_is_not_the_last(code):
    coupling = Coupling()
    with Refusing() as refusing:
        refusing.code = code
        assert not coupling.send(refusing, [memoryview(b"x")] * 2, Address("127.0.0.1", 9))
    assert coupling.room
