"""The matcher's process, without the process."""

import io
import pickle

from signaling.matchmaking.leading.matching import Feed, Tick
from signaling.matchmaking.worker.frames import LENGTH, read_part, write_work
from signaling.matchmaking.worker.program import serve
from tests.signaling.matchmaking.ledgers import DUEL, ticket


def _played(*frames: bytes) -> bytes:
    data, sink = pickle.dumps(DUEL), io.BytesIO()
    serve(io.BytesIO(LENGTH.pack(b"q", len(data)) + data + b"".join(frames)), sink)
    return sink.getvalue()


def test_it_does_what_comes_and_ends_with_its_input() -> None:
    feed = write_work(Feed((ticket("t1"), ticket("t2"))))
    told = _played(feed, write_work(Tick(5, 1.0)), b"half a fra")
    part = read_part(told[LENGTH.size :])
    assert (part.number, part.proposals[0].teams) == (5, (("t1",), ("t2",)))


def test_without_work_it_says_nothing() -> None:
    assert _played() == b""
    sink = io.BytesIO()
    serve(io.BytesIO(b""), sink)
    assert sink.getvalue() == b""
