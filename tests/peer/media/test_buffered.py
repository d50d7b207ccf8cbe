"""A track that is handed its frames."""

import pytest
from aiortc.mediastreams import MediaStreamError

from peer.media.buffered import BufferedTrack


class Wanted(BufferedTrack):
    times = 0

    def want(self) -> None:
        self.times += 1


async def test_frames_come_in_order_the_oldest_is_dropped_and_each_reading_is_heard_of() -> None:
    track = Wanted("audio", 2)
    for frame in ("a", "b", "c"):
        track.offer(frame)
    assert [await track.recv(), await track.recv()] == ["b", "c"]
    assert (track.kind, track.dropped, track.times) == ("audio", 1, 2)


async def test_after_the_end_there_is_nothing_and_nobody_is_asked_for_it() -> None:
    track = Wanted("video", 2)
    track.offer(None)
    for _ in range(2):
        with pytest.raises(MediaStreamError):
            await track.recv()
    assert (track.readyState, track.times) == ("ended", 1)
