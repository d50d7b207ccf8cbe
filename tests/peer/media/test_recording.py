"""What is recorded can be played, however the recording ends."""

import asyncio
import threading
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from nat.simulator import Simulation
from peer.errors import MediaError
from peer.media import Recording, read_number, record, share, test_pattern, tone
from peer.media.filters import black, silence
from peer.media.segment import Segment


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


def sizes(file: Path) -> set[tuple[int, int]]:
    with av.open(str(file)) as container:
        return {(frame.width, frame.height) for frame in container.decode(video=0)}


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


def test_a_larger_picture_begins_a_further_file_and_a_smaller_one_is_fitted(tmp_path: Path) -> None:
    async def run() -> None:
        async with record(tmp_path / "a.mp4") as recording:
            picture = test_pattern(160, 120, rate=5)
            recording.add(picture)
            for size in ((640, 480), (160, 120), (320, 240)):
                await asyncio.sleep(1.0)
                picture._size = size
            await asyncio.sleep(1.0)
            assert [each.name for each in recording.files] == ["a.mp4", "a-2.mp4"]

    Simulation(0).run(run())
    assert sizes(tmp_path / "a.mp4") == {(160, 120)}
    assert sizes(tmp_path / "a-2.mp4") == {(640, 480)}
    parts = [contents(tmp_path / name)[0] for name in ("a.mp4", "a-2.mp4")]
    assert len(parts[0]) + len(parts[1]) >= 19
    assert parts[0][-1] + 1 == parts[1][0]  # type: ignore[operator]


def test_a_file_may_have_room_for_pictures_that_are_yet_to_grow(tmp_path: Path) -> None:
    async def run() -> None:
        async with record(tmp_path / "a.mp4", least=240) as recording:
            picture = test_pattern(160, 120, rate=5)
            recording.add(picture)
            await asyncio.sleep(1.0)
            picture._size = (320, 240)
            await asyncio.sleep(0.5)
            assert len(recording.files) == 1

    Simulation(0).run(run())
    assert sizes(tmp_path / "a.mp4") == {(320, 240)}


def test_a_camera_that_is_turned_on_later_begins_a_further_file_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with record(tmp_path / "a.mp4") as recording:
            recording.add(tone())
            await asyncio.sleep(3.0)
            recording.add(test_pattern(160, 120, rate=10))
            await asyncio.sleep(2.0)

    Simulation(0).run(run())
    alone, together = (contents(tmp_path / name) for name in ("a.mp4", "a-2.mp4"))
    assert set(alone[2]) == {"audio"}
    assert set(together[2]) == {"audio", "video"}
    assert together[0] == list(range(len(together[0])))
    assert len(together[0]) >= 19
    assert 2.9 <= alone[1] <= 3.2
    assert 4.9 <= alone[1] + together[1] <= 5.3


@pytest.mark.parametrize("name", ["a.mp4", "a.webm"])
def test_a_track_that_pauses_has_an_empty_stream_in_a_further_file_that_plays(
    tmp_path: Path, name: str
) -> None:
    async def run() -> None:
        picture = test_pattern(160, 120, rate=10)
        show = picture.recv

        async def pausing() -> Any:
            if picture.readyState == "live" and asyncio.get_running_loop().time() - began > 1.0:
                await asyncio.get_running_loop().create_future()
            return await show()

        began = asyncio.get_running_loop().time()
        picture.recv = pausing  # type: ignore[method-assign]
        async with record(tmp_path / name) as recording:
            recording.add(picture)
            await asyncio.sleep(2.0)
            recording.add(tone())
            await asyncio.sleep(1.0)
            assert len(recording.files) == 2

    Simulation(0).run(run())
    numbers, seconds, _ = contents(tmp_path / name.replace("a.", "a-2."))
    assert numbers == []
    assert 0.9 <= seconds <= 1.2


class Burst(MediaStreamTrack):
    """A track of which everything comes at once."""

    def __init__(self, frames: list[Any]) -> None:
        super().__init__()
        self.kind = "video" if isinstance(frames[0], av.VideoFrame) else "audio"
        self.frames = frames

    async def recv(self) -> Any:
        if not self.frames:
            raise MediaStreamError
        await asyncio.sleep(0)
        return self.frames.pop(0)


async def test_a_machine_that_encodes_too_slowly_leaves_out_pictures_and_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    write, written = Segment.write, []

    def slow(segment: Segment, who: object, frame: Any, at: float) -> None:
        assert gate.wait(20)
        written.append((type(frame), round(at, 2)))
        write(segment, who, frame, at)

    monkeypatch.setattr(Segment, "write", slow)
    sounds, pictures = [], []
    for number in range(200):
        sound = silence(av.AudioFrame("s16", "stereo", 960))
        sound.pts, sound.sample_rate, sound.time_base = number * 960, 48_000, Fraction(1, 48_000)
        sounds.append(sound)
    for number in range(100):
        picture = black(av.VideoFrame(32, 32, "yuv420p"))
        picture.pts, picture.time_base = number * 40, Fraction(1, 1000)
        pictures.append(picture)
    async with asyncio.timeout(30), record(tmp_path / "a.mkv") as recording:
        tracks = Burst(sounds), Burst(pictures)
        for track in tracks:
            recording.add(track)
        while any(track.frames for track in tracks):
            await asyncio.sleep(0)
        gate.set()
        await recording.finished()
    assert sum(kind is av.AudioFrame for kind, _ in written) == 200
    seen = [at for kind, at in written if kind is av.VideoFrame]
    assert 15 <= len(seen) < 100
    assert seen[-1] == pytest.approx(99 * 0.04, abs=0.1)


async def test_who_is_cancelled_again_while_it_finishes_leaves_a_file_that_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, busy = threading.Event(), threading.Event()
    write = Segment.write

    def slow(segment: Segment, who: object, frame: Any, at: float) -> None:
        busy.set()
        assert gate.wait(20)
        write(segment, who, frame, at)

    async def forever() -> None:
        async with record(tmp_path / "a.mkv") as recording:
            recording.add(test_pattern(160, 120, rate=10))
            await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(Segment, "write", slow)
    task = asyncio.create_task(forever())
    async with asyncio.timeout(30):
        await asyncio.to_thread(busy.wait, 20)
        task.cancel()
        await asyncio.sleep(0)
        gate.set()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert contents(tmp_path / "a.mkv")[0]


def test_where_no_further_file_can_be_written_the_first_goes_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with record(tmp_path / "a.wav", further=lambda: tmp_path / "gone" / "b.wav") as into:
            into.add(tone())
            await asyncio.sleep(2.5)
            into.add(tone())
            await asyncio.sleep(1.0)

    Simulation(0).run(run())
    assert contents(tmp_path / "a.wav")[1] > 3.3
    assert [each.name for each in tmp_path.iterdir()] == ["a.wav"]


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


class _Still(MediaStreamTrack):
    """Ten pictures a second of a size that no camera has."""

    kind = "video"

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self._size = (width, height)
        self._count = 0

    async def recv(self) -> Any:
        await asyncio.sleep(0.1)
        picture = black(av.VideoFrame(*self._size, "yuv420p"))
        picture.pts, picture.time_base = self._count, Fraction(1, 10)
        self._count += 1
        return picture


@pytest.mark.parametrize("least", [0, 720])
@pytest.mark.parametrize("size", [(640, 4), (2, 2000), (1, 1)])
def test_a_picture_of_any_shape_costs_neither_the_sound_nor_the_file(
    tmp_path: Path, size: tuple[int, int], least: int, caplog: Any
) -> None:
    async def run() -> Recording:
        async with record(tmp_path / "a.mp4", least=least) as recording:
            recording.add(_Still(*size))
            recording.add(tone())
            await asyncio.sleep(1.0)
        return recording

    recording = Simulation(0).run(run())
    numbers, seconds, _ = contents(recording.file)
    assert len(numbers) > 5
    assert seconds > 0.9
    assert not caplog.records


def test_a_full_disk_is_a_warning_and_ends_what_is_recorded(tmp_path: Path, caplog: Any) -> None:
    file = tmp_path / "a.mp4"
    file.symlink_to("/dev/full")
    record_a_second(file, "video", "audio")
    told = [each.getMessage() for each in caplog.records]
    assert sum("a track is recorded no longer" in each for each in told) == 2
    assert all("No space left on device" in each for each in told)
