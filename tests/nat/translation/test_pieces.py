"""Tests of `nat.translation.pieces`: fragments on their way through a NAT."""

import dataclasses
import itertools

import pytest

from nat import FULL_CONE, Address, DropReason, Fragments, Packet, Protocol
from nat.fragments import Reassembler, split
from nat.translation.pieces import MAX_DATAGRAMS

A, B = Address("192.168.1.2", 5000), Address("198.51.100.1", 1000)
DATA = bytes(range(256)) * 10


def pieces(source=A, destination=B, identification=7):
    return split(Packet(Protocol.UDP, source, destination, DATA), 1000, identification)


def whole(packets):
    buffer = Reassembler()
    return [done for one in packets if (done := buffer.take(one, 0.0)) is not None]


def having(how):
    return dataclasses.replace(FULL_CONE, fragments=how)


def both_ways(one):
    """Pieces on their way out, and on their way in, with what shall come of them."""
    external = one.external(A, B)
    return [
        (one.nat.outbound, pieces(), Packet(Protocol.UDP, external, B, DATA)),
        (one.nat.inbound, pieces(B, external), Packet(Protocol.UDP, B, A, DATA)),
    ]


@pytest.mark.parametrize("way", [0, 1], ids=["out", "in"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_pieces_out_of_order_pass_as_the_whole_that_they_make(box, way, order):
    take, parts, expected = both_ways(box(having(Fragments.OUT_OF_ORDER)))[way]
    assert len(parts) == 3
    *waiting, last = [take(parts[place], 0.0) for place in order]
    assert [one.reason for one in waiting] == [DropReason.HELD] * 2
    assert last == expected


@pytest.mark.parametrize("way", [0, 1], ids=["out", "in"])
def test_pieces_in_order_follow_the_first_one(box, way):
    take, parts, expected = both_ways(box(having(Fragments.IN_ORDER)))[way]
    results = [take(part, 0.0) for part in parts]
    assert whole(results) == [expected]
    assert [one.payload.identification for one in results] == [7, 7, 7]


def test_a_piece_before_the_first_one_is_dropped_where_order_matters(box):
    one = box(having(Fragments.IN_ORDER))
    assert one.why(one.nat.outbound(pieces()[1], 0.0)) == (
        DropReason.FRAGMENT,
        "the first piece of datagram 7 from 192.168.1.2 has not come, and it alone names the ports",
    )


def test_pieces_of_a_datagram_that_is_not_let_in_are_not_either(box):
    one = box(having(Fragments.IN_ORDER))
    first, second, _ = pieces(B, Address("203.0.113.1", 9))
    assert one.why(one.nat.inbound(first, 0.0))[0] is DropReason.NO_MAPPING
    assert one.why(one.nat.inbound(second, 0.0))[0] is DropReason.FRAGMENT


def test_some_nats_pass_no_fragments(box):
    one = box(having(Fragments.DROPPED))
    for piece in pieces():
        assert one.why(one.nat.outbound(piece, 0.0)) == (
            DropReason.FRAGMENT,
            "a piece of a datagram from 192.168.1.2; this NAT passes none",
        )


def test_what_is_held_says_for_what_it_waits(box):
    one = box(having(Fragments.OUT_OF_ORDER))
    assert one.why(one.nat.outbound(pieces()[1], 0.0)) == (
        DropReason.HELD,
        "the piece at byte 976 of datagram 7 from 192.168.1.2 waits for the others",
    )


def test_later_pieces_are_expected_for_a_while_and_for_so_many(box):
    one = box(having(Fragments.IN_ORDER))
    first, second, _ = pieces()
    one.nat.outbound(first, 0.0)
    assert isinstance(one.nat.outbound(second, 29.9), Packet)
    assert one.why(one.nat.outbound(second, 30.0))[0] is DropReason.FRAGMENT
    one.nat.outbound(first, 40.0)
    for number in range(100, 100 + MAX_DATAGRAMS):
        one.nat.outbound(pieces(identification=number)[0], 40.0)
    assert one.why(one.nat.outbound(second, 40.0))[0] is DropReason.FRAGMENT
