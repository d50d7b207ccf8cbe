"""Tests of `nat.fragments`: fragmentation and reassembly of UDP datagrams."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.fragments import MAX_DATAGRAMS, REASSEMBLY_TIME, Reassembler, split
from nat.packets import Address, Packet, Protocol, wire_size

A, B = Address("192.0.2.1", 5000), Address("192.0.2.2", 6000)
A6, B6 = Address("2001:db8::1", 5000), Address("2001:db8::2", 6000)


def datagram(size, source=A, destination=B):
    return Packet(Protocol.UDP, source, destination, random.Random(size).randbytes(size))


@given(st.integers(0, 5000), st.integers(68, 1500), st.booleans(), st.randoms())
def test_pieces_fit_and_make_the_datagram_again_in_any_order(size, mtu, six, order):
    packet = datagram(size, *((A6, B6) if six else (A, B)))
    pieces = split(packet, mtu, 7)
    assert all(wire_size(piece) <= mtu for piece in pieces)
    order.shuffle(pieces)
    reassembler = Reassembler()
    *early, last = [reassembler.take(piece, 0.0) for piece in pieces]
    assert early == [None] * len(early)
    assert last == packet


def test_only_the_first_piece_shows_the_ports():
    first, *rest = split(datagram(3000), 1000, 7)
    assert (first.source, first.destination) == (A, B)
    assert {(piece.source.port, piece.destination.port) for piece in rest} == {(0, 0)}


def test_what_fits_stays_whole_to_the_byte():
    assert split(datagram(1472), 1500, 7) == [datagram(1472)]
    assert len(split(datagram(1473), 1500, 7)) == 2
    assert len(split(datagram(1452, A6, B6), 1500, 7)) == 1
    assert len(split(datagram(1453, A6, B6), 1500, 7)) == 2


def test_an_mtu_without_room_is_refused():
    with pytest.raises(ValueError, match="no room for a fragment"):
        split(datagram(100), 27, 7)


def test_pieces_that_wait_too_long_are_given_up():
    first, second = split(datagram(2000), 1500, 7)
    reassembler = Reassembler()
    assert reassembler.take(first, 0.0) is None
    assert reassembler.expire(REASSEMBLY_TIME) == [(A.host, B.host)]
    assert reassembler.take(second, REASSEMBLY_TIME) is None


def test_overlapping_pieces_make_nothing():
    first, second = split(datagram(2000), 1500, 7)
    moved = second._replace(payload=split(datagram(2000), 1000, 7)[1].payload)
    reassembler = Reassembler()
    assert [reassembler.take(one, 0.0) for one in (first, moved, second)] == [None] * 3


def test_the_oldest_datagram_in_pieces_makes_room():
    reassembler = Reassembler()
    pairs = [split(datagram(2000), 1500, number) for number in range(MAX_DATAGRAMS + 1)]
    for first, _ in pairs:
        assert reassembler.take(first, 0.0) is None
    assert reassembler.take(pairs[0][1], 0.0) is None
    assert reassembler.take(pairs[-1][1], 0.0) is not None
