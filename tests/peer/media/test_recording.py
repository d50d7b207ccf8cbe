"""What is recorded can be played, however the recording ends."""

import asyncio
from pathlib import Path
from typing import Any

import av
import pytest

from nat.simulator import Simulation
from peer.errors import MediaError
from peer.media import Recording, read_number, record, share, test_pattern, tone


def contents(file: Path) -> tuple[list[int | None], float, dict[str, str]]:
    """The numbers of its pictures, the seconds of its sound, and its codecs."""
    with av.open(str(file)) as container:
        codecs = {stream.type: stream.codec_context.name for stream in container.streams}
        numbers, samples, rate = [], 0, 1
        for frame in container.decode():
            if isinstance(frame, av.VideoFrame):
                numbers.append(read_number(frame))
            else:
                samples, rate = samples + frame.samples, frame.sample_rate
    return numbers, samples / rate, codecs


def record_a_second(file: Path, *kinds: str) -> None:
    async def run() -> None:
        async with record(file) as recording:
            if "video" in kinds:
                recording.add(test_pattern(320, 240, rate=15))
            if "audio" in kinds:
                recording.add(tone())
            await asyncio.sleep(1.0)

    Simulation(0).run(run())


@pytest.mark.parametrize(
    ("name", "codecs"),
    [
        ("a.mp4", {"video": "h264", "audio": "aac"}),
        ("a.mkv", {"video": "h264", "audio": "aac"}),
        ("a.webm", {"video": "vp8", "audio": "opus"}),
    ],
)
def test_pictures_and_sound_can_be_played(tmp_path: Path, name: str, codecs: Any) -> None:
    record_a_second(tmp_path / name, "video", "audio")
    numbers, seconds, found = contents(tmp_path / name)
    assert {kind: codec.replace("lib", "") for kind, codec in found.items()} == codecs
    assert numbers == list(range(len(numbers)))
    assert 14 <= len(numbers) <= 16
    assert 0.9 <= seconds <= 1.2


@pytest.mark.parametrize("name", ["a.wav", "a.ogg"])
def test_sound_alone_can_be_played(tmp_path: Path, name: str) -> None:
    record_a_second(tmp_path / name, "audio")
    _, seconds, _ = contents(tmp_path / name)
    assert 0.9 <= seconds <= 1.1


def test_a_cancelled_recording_can_be_played(tmp_path: Path) -> None:
    """Ctrl-C cancels what runs."""

    async def forever(file: Path) -> None:
        async with record(file) as recording:
            recording.add(test_pattern(320, 240, rate=15))
            recording.add(tone())
            await asyncio.get_running_loop().create_future()

    async def run() -> None:
        task = asyncio.create_task(forever(tmp_path / "a.mp4"))
        await asyncio.sleep(0.7)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    Simulation(0).run(run())
    numbers, seconds, _ = contents(tmp_path / "a.mp4")
    assert len(numbers) >= 9
    assert seconds > 0.5


def test_a_track_that_never_begins_holds_up_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        source = tone()
        never = share(source)

        async def nothing() -> Any:
            await asyncio.get_running_loop().create_future()

        never.recv = nothing  # type: ignore[method-assign]
        async with record(tmp_path / "a.webm") as recording:
            recording.add(test_pattern(320, 240, rate=5))
            recording.add(never)
            await asyncio.sleep(3.0)

    Simulation(0).run(run())
    numbers, seconds, _ = contents(tmp_path / "a.webm")
    assert numbers == list(range(len(numbers)))
    assert len(numbers) >= 14
    assert seconds == 0


def test_a_picture_that_changes_its_size_is_fitted(tmp_path: Path) -> None:
    async def run() -> None:
        async with record(tmp_path / "a.mp4") as recording:
            small = test_pattern(160, 120, rate=5)
            recording.add(small)
            await asyncio.sleep(0.5)
            small._size = (640, 480)
            await asyncio.sleep(0.5)

    Simulation(0).run(run())
    assert len(contents(tmp_path / "a.mp4")[0]) >= 5


async def test_nothing_recorded_leaves_no_file(tmp_path: Path) -> None:
    async with record(tmp_path / "a.mp4"):
        pass
    assert not (tmp_path / "a.mp4").exists()


async def test_what_cannot_be_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"none of \.mp4, \.mkv, \.webm, \.ogg, \.wav"):
        Recording(tmp_path / "a.xyz")
    with pytest.raises(MediaError, match="No such file"):
        Recording(tmp_path / "nowhere" / "a.mp4")
    async with record(tmp_path / "a.wav") as recording:
        with pytest.raises(MediaError, match="no pictures"):
            recording.add(test_pattern())
