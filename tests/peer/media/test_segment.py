"""One file of a recording, frame by frame."""

from pathlib import Path

import av
import pytest

from peer.errors import MediaError
from peer.media.filters import black
from peer.media.segment import Segment


def test_times_are_those_since_it_began_and_two_frames_never_have_the_same(tmp_path: Path) -> None:
    segment = Segment(tmp_path / "a.mkv")
    segment.since = 10.0
    segment.open_pictures("camera", (64, 48))
    for at in (9.9, 10.0, 10.5):
        segment.write("camera", black(av.VideoFrame(32, 24, "yuv420p")), at)
    segment.finish()
    segment.finish()
    with av.open(str(segment.file)) as file:
        times = [frame.time for frame in file.decode(video=0)]
    assert times == [0.0, pytest.approx(0.0, abs=0.002), pytest.approx(0.5, abs=0.002)]


def test_one_without_streams_leaves_no_file(tmp_path: Path) -> None:
    Segment(tmp_path / "a.wav").finish()
    assert list(tmp_path.iterdir()) == []


def test_a_format_says_whether_it_has_pictures(tmp_path: Path) -> None:
    found = {}
    for name in ("a.ogg", "a.webm"):
        segment = Segment(tmp_path / name)
        found[name] = segment.has_pictures
        segment.finish()
    assert found == {"a.ogg": False, "a.webm": True}
    with pytest.raises(MediaError, match="none of"):
        Segment(tmp_path / "a.txt")
