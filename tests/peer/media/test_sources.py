"""Files are played at their own speed, by a thread that ends, and keep no more than a little."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from aiortc.mediastreams import MediaStreamError

from nat.simulator import Simulation
from peer.errors import MediaError
from peer.media import camera, play, read_number, record, screen, test_pattern, tone


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of test pattern and tone."""
    file = tmp_path_factory.mktemp("clips") / "clip.mp4"

    async def make() -> None:
        async with record(file) as recording:
            recording.add(test_pattern(320, 240, rate=20))
            recording.add(tone())
            await asyncio.sleep(0.5)

    Simulation(0).run(make())
    return file


async def frames(track: Any) -> list[Any]:
    got = []
    while True:
        try:
            got.append(await track.recv())
        except MediaStreamError:
            return got


async def until_no_thread() -> None:
    async with asyncio.timeout(20):
        while any(thread.name == "media-source" for thread in threading.enumerate()):
            await asyncio.sleep(0.01)


async def test_a_file_is_played_at_its_speed_and_its_thread_ends(clip: Path) -> None:
    source = play(clip)
    assert source.video is not None
    assert source.audio is not None
    began = asyncio.get_running_loop().time()
    video, audio = await asyncio.gather(frames(source.video), frames(source.audio))
    assert asyncio.get_running_loop().time() - began >= 0.4
    assert [read_number(frame) for frame in video] == list(range(len(video)))
    assert len(video) >= 9
    assert sum(frame.samples for frame in audio) >= 0.4 * 48_000
    times = [frame.time for frame in video]
    assert times == sorted(times)
    await until_no_thread()


async def test_repeated_it_goes_on_until_it_is_closed(clip: Path) -> None:
    source = play(clip, repeat=True)
    assert source.video is not None
    seen = [await source.video.recv() for _ in range(25)]
    numbers = [read_number(frame) for frame in seen]
    assert numbers.count(0) >= 2
    times = [frame.time for frame in seen]
    assert times == sorted(times)
    source.close()
    with pytest.raises(MediaStreamError):
        await source.video.recv()
    await until_no_thread()


async def test_what_nobody_reads_is_not_kept(clip: Path) -> None:
    source = play(clip)
    assert source.video is not None
    assert source.audio is not None
    await source.audio.recv()
    await frames(source.audio)
    assert source.video._frames.qsize() <= 1, "nothing but its end"


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"cannot open .*missing.mp4: No such file"):
        play(tmp_path / "missing.mp4")
    (tmp_path / "text.mp4").write_text("this is no film")
    with pytest.raises(MediaError, match=r"cannot open .*text\.mp4"):
        play(tmp_path / "text.mp4")


def test_a_machine_without_camera_and_screen_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(MediaError, match="no screen: DISPLAY is not set"):
        screen()
    with pytest.raises(MediaError, match="no camera: /dev/video99 does not exist"):
        camera("/dev/video99")
    monkeypatch.setenv("DISPLAY", "127.0.0.1:97.0")
    with pytest.raises(MediaError, match=r"cannot open 127\.0\.0\.1:97"):
        screen()
