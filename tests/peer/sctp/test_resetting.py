"""Requests to reset streams are answered once, again, later, or refused."""

import struct

from peer.sctp import chunks
from peer.sctp.chunks import FIRST, LAST, Data, Parameter, Reconfig
from peer.sctp.events import Event, StreamsReset
from peer.sctp.receiving import Receiver
from peer.sctp.resetting import Resets
from peer.sctp.sending import RELIABLE, Sender


class Side:
    def __init__(self) -> None:
        self.sender, self.receiver = Sender(100), Receiver(10_000, 1000)
        self.sender.begin(1 << 20)
        self.receiver.begin(1)
        self.resets = Resets(100, self.sender, self.receiver)
        self.resets.begin(1)
        self.events: list[Event] = []

    def said(self, now: float = 0.0) -> list[tuple[Parameter, ...]]:
        parts = self.resets.take_chunks(now)
        read = chunks.decode(chunks.encode(1, 1, 1, parts or [b"\x04\0\0\x04"]))
        return [chunk.parameters for chunk in read.chunks if isinstance(chunk, Reconfig)]

    def hear(self, kind: int, *numbers: int, streams: tuple[int, ...] = ()) -> list[int]:
        value = struct.pack(f"!{len(numbers)}L{len(streams)}H", *numbers, *streams)
        self.resets.receive((Parameter(kind, value),), 0.0, self.events)
        return [struct.unpack("!LL", p.value)[1] for said in self.said() for p in said]


def test_a_request_is_performed_once_and_answered_as_often_as_it_comes() -> None:
    side = Side()
    assert side.hear(13, 1, 99, 0, streams=(4, 6)) == [1]
    assert side.hear(13, 1, 99, 0, streams=(4, 6)) == [1]
    assert side.events == [StreamsReset((4, 6), incoming=True)]


def test_a_request_waits_for_what_was_sent_before_it() -> None:
    side = Side()
    assert side.hear(13, 1, 99, 1, streams=(4,)) == [6]
    side.receiver.receive_data(Data(FIRST | LAST, 1, 4, 0, 53, b"x"), side.events)
    side.resets.cumulative_moved(side.events)
    assert side.events[-1] == StreamsReset((4,), incoming=True)
    assert len(side.said()) == 1


def test_a_number_out_of_turn_and_what_we_do_not_do_are_refused() -> None:
    side = Side()
    assert side.hear(13, 7, 99, 0, streams=(4,)) == [5]
    assert side.hear(14, 1, streams=(4,)) == [2]
    assert side.hear(17, 2, 0) == [2]
    assert side.hear(13, 3, 99, 0, streams=(4,)) == [1]
    assert side.hear(13) == []
    assert side.hear(99, 1) == []


def test_ours_waits_for_the_streams_messages_and_is_repeated_until_it_is_answered() -> None:
    side = Side()
    side.sender.put(2, 53, b"last words", RELIABLE, 0.0)
    side.resets.want(2)
    assert side.said() == []
    side.sender.fill(1000, side.sender.begin_round(), 0.0)
    ((request,),) = side.said()
    assert request.kind == 13
    assert struct.unpack("!LLLH", request.value) == (100, 0, 100, 2)
    assert side.resets.deadline is not None
    side.resets.handle_timer(side.resets.deadline, side.events)
    assert side.said() == [(request,)]
    side.hear(16, 99, 1)
    side.hear(16, 100, 6)
    assert side.events == []
    side.hear(16, 100, 1)
    assert side.events == [StreamsReset((2,), incoming=False)]
    assert side.resets.deadline is None


def test_a_remote_that_refuses_or_never_answers_is_told() -> None:
    for answers in (True, False):
        side = Side()
        side.resets.want(2)
        side.said()
        if answers:
            side.hear(16, 100, 2)
        while side.resets.deadline is not None:
            side.resets.handle_timer(side.resets.deadline, side.events)
        assert side.events == [StreamsReset((2,), incoming=False, refused=True)]
