"""Messages are cut into fragments, and streams take turns."""

from peer.sctp import chunks
from peer.sctp.chunks import FIRST, LAST, MAX_FRAGMENT, UNORDERED, Data
from peer.sctp.outbox import Outbox, OutgoingMessage, Reliability


def message(stream: int, data: bytes, *, ordered: bool = True) -> OutgoingMessage:
    return OutgoingMessage(stream, 53, data, Reliability(ordered), 0.0)


def read(chunk: bytes) -> Data:
    (data,) = chunks.decode(chunks.encode(1, 1, 1, [chunk])).chunks
    assert isinstance(data, Data)
    return data


def test_a_message_is_cut_into_fragments_that_say_where_it_begins_and_ends() -> None:
    whole = message(3, bytes(MAX_FRAGMENT * 2 + 10), ordered=False)
    sizes, flags = [], []
    for tsn in (100, 101, 102):
        assert whole.waits
        chunk, size = whole.cut(tsn)
        sizes.append(size)
        flags.append(read(chunk).flags)
    assert not whole.waits
    assert (whole.first, whole.last) == (100, 102)
    assert sizes == [MAX_FRAGMENT, MAX_FRAGMENT, 10]
    assert flags == [FIRST | UNORDERED, UNORDERED, LAST | UNORDERED]


def test_streams_take_turns_message_by_message() -> None:
    outbox = Outbox()
    for stream, data in ((1, b"a"), (1, b"b"), (1, b"c"), (2, b"d"), (3, b"e")):
        outbox.put(message(stream, data))
    order = []
    while (next_one := outbox.next()) is not None:
        assert outbox.next() is next_one
        order.append(next_one.data)
        outbox.done()
    assert order == [b"a", b"d", b"e", b"b", b"c"]
    assert not outbox


def test_ordered_messages_are_numbered_for_each_stream_and_unordered_ones_not() -> None:
    outbox = Outbox()
    numbers = []
    for stream, ordered in ((1, True), (1, False), (1, True), (2, True)):
        one = message(stream, b"x", ordered=ordered)
        outbox.began(one)
        numbers.append(one.ssn)
    assert numbers == [0, 0, 1, 0]
    outbox.reset(1)
    again = message(1, b"x")
    outbox.began(again)
    assert again.ssn == 0


def test_what_waits_is_known() -> None:
    outbox = Outbox()
    outbox.put(message(1, b"abc"))
    assert outbox.has(1)
    assert not outbox.has(2)
    outbox.next()
    assert outbox.has(1)
    outbox.done()
    assert not outbox.has(1)
