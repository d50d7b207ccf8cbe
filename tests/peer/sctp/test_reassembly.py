"""Fragments become messages whatever order they come in."""

import itertools

import pytest

from peer.sctp.chunks import FIRST, LAST, UNORDERED, Data
from peer.sctp.reassembly import OVERHEAD, InboundStream

THREE = [(1, FIRST, b"a"), (2, 0, b"b"), (3, LAST, b"c")]


def fragment(tsn: int, flags: int, data: bytes, ssn: int = 0) -> tuple[int, Data]:
    return tsn, Data(flags, tsn, 1, ssn, 53, data)


@pytest.mark.parametrize("order", list(itertools.permutations(THREE)))
@pytest.mark.parametrize("unordered", [0, UNORDERED])
def test_three_fragments_make_one_message_in_any_order(order: list, unordered: int) -> None:
    stream = InboundStream(100)
    came = []
    for tsn, flags, data in order:
        came += stream.add(*fragment(tsn, flags | unordered, data))
    assert [(message.data, message.cost) for message in came] == [(b"abc", 3 + 3 * OVERHEAD)]
    assert stream.clear() == 0


def test_ordered_messages_wait_for_those_before_them_and_unordered_ones_do_not() -> None:
    stream = InboundStream(100)
    whole = FIRST | LAST
    assert stream.add(*fragment(2, whole, b"second", 1)) == []
    assert [m.data for m in stream.add(*fragment(3, whole | UNORDERED, b"u"))] == [b"u"]
    came = stream.add(*fragment(1, whole, b"first", 0))
    assert [m.data for m in came] == [b"first", b"second"]


def test_neighbours_that_belong_to_two_messages_are_not_joined() -> None:
    stream = InboundStream(100)
    assert stream.add(*fragment(2, FIRST, b"c", 1)) == []
    assert [m.data for m in stream.add(*fragment(1, FIRST | LAST, b"ab", 0))] == [b"ab"]
    assert [m.data for m in stream.add(*fragment(3, LAST, b"d", 1))] == [b"cd"]


def test_a_message_over_the_limit_refuses_the_stream_and_gives_back_what_it_held() -> None:
    stream = InboundStream(10)
    stream.add(*fragment(2, 0, b"x" * 6))
    assert not stream.is_refused()
    stream.add(*fragment(3, LAST, b"x" * 5))
    assert stream.is_refused()
    assert stream.clear() == 11 + 2 * OVERHEAD


def test_what_was_given_up_is_skipped_and_what_waited_for_it_is_delivered() -> None:
    stream = InboundStream(100)
    stream.add(*fragment(1, FIRST, b"lost half", 0))
    stream.add(*fragment(4, FIRST | LAST, b"next", 1))
    messages, freed = stream.skip(0)
    assert [m.data for m in messages] == [b"next"]
    assert freed == 9 + OVERHEAD
    assert stream.forward(3) == 0


def test_fragments_that_can_never_be_completed_are_dropped_and_others_kept() -> None:
    stream = InboundStream(100)
    stream.add(*fragment(1, FIRST | UNORDERED, b"headless?"))
    stream.add(*fragment(5, LAST | UNORDERED, b"tail"))
    stream.add(*fragment(8, FIRST | UNORDERED, b"goes on"))
    assert stream.forward(8) == 13 + 2 * OVERHEAD
    assert [m.data for m in stream.add(*fragment(9, LAST | UNORDERED, b"!"))] == [b"goes on!"]
