"""Pictures and sounds without a camera; files that cannot be played or written are told in words."""

from pathlib import Path

import av
import pytest

from peer import ConfigurationError
from peer.playing import HEIGHT, WIDTH, TestPattern, Tone, play, record


async def test_the_pattern_moves_and_its_frames_have_their_times() -> None:
    track = TestPattern()
    first, second = await track.recv(), await track.recv()
    assert (first.width, first.height) == (WIDTH, HEIGHT)
    assert (first.pts, second.pts) == (0, 6000)
    assert bytes(first.planes[0]) != bytes(second.planes[0])
    assert bytes(first.planes[0])[0] == 180
    track.stop()


async def test_the_tone_is_a_sound_and_no_silence() -> None:
    track = Tone()
    frame = await track.recv()
    assert isinstance(frame, av.AudioFrame)
    assert frame.samples == 160
    assert any(bytes(frame.planes[0]))
    track.stop()


@pytest.mark.parametrize("content", [None, b"this is no film"])
def test_what_cannot_be_played_is_told_with_its_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "film.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"cannot play .*film\.mp4"):
        play(path)


@pytest.mark.parametrize("name", ["film.unheard-of", "missing/film.mp4"])
def test_what_cannot_be_recorded_is_told_with_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot record to .*film\."):
        record(tmp_path / name)
