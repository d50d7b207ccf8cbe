"""`hairpin call` and `hairpin bot` as members of the video chat, with its pages in Chromium."""

import asyncio
import contextlib
import hashlib
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest

import signaling
from tests.interop.browsing import Page, press, type_into, until
from tests.interop.chatstage import PATIENCE, Stage, sees, staged

pytestmark = pytest.mark.interop

SMALL = ("--size", "320x180", "--rate", "10")
TALK = """probe.remotes().length === 1 && probe.remotes()[0].canTalk"""
LOUD = """(async () => {
  let energy = 0;
  for (const { pc } of probe.remotes()) {
    (await pc.getStats()).forEach((one) => one.type === "inbound-rtp" && one.kind === "audio" && (energy += one.totalAudioEnergy ?? 0));
  }
  return energy > 0.001;
})()"""
GREEN = """(() => {
  const sum = [0, 0, 0];
  probe.pixels(probe.tiles()[0]).forEach((value, at) => at % 4 < 3 && (sum[at % 4] += value));
  return sum[1] > 1.5 * sum[0] && sum[1] > 1.5 * sum[2];
})()"""
"""Chromium's fake camera is green."""
RESTART = """(async () => {
  const [{ pc }] = probe.remotes();
  const before = /ice-ufrag:(\\S+)/.exec(pc.remoteDescription.sdp)[1];
  pc.restartIce();
  while (/ice-ufrag:(\\S+)/.exec(pc.remoteDescription.sdp)[1] === before) await new Promise((done) => setTimeout(done, 20));
  return pc.iceConnectionState;
})()"""
ANOTHER_LINE = """(async () => {
  const [{ pc }] = probe.remotes();
  const settle = async (test) => { while (!test()) await new Promise((done) => setTimeout(done, 20)); };
  const line = pc.addTransceiver("video", { direction: "recvonly" });
  await settle(() => line.mid !== null && pc.signalingState === "stable");
  line.direction = "inactive";
  await settle(() => line.currentDirection === "inactive" && pc.signalingState === "stable");
  line.stop();
  await settle(() => line.mid === null && pc.signalingState === "stable");
  return true;
})()"""


class Program:
    """`hairpin …` in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self, wanted: str) -> str:
        """The next line of its output that has this in it."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := (await self._process.stdout.readline()).decode():
                if wanted in line:
                    return line
        raise AssertionError(f"it has ended, and never said {wanted!r}")

    async def stop(self) -> int:
        """Press Ctrl-C; its exit status."""
        self._process.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode


@contextlib.asynccontextmanager
async def program(stage: Stage, *arguments: str) -> AsyncIterator[Program]:
    """Run it against the stage's server."""
    where = ("--signaling", stage.running.signaling_url, "--host", "127.0.0.1")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hairpin", *arguments, *where),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={"COLUMNS": "200", "NO_COLOR": "1", "PATH": "/usr/bin:/bin"},
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        async with asyncio.timeout(PATIENCE):
            await process.wait()


async def says(page: Page, text: str) -> None:
    """Write something in the chat."""
    await until(page, TALK)
    if await page.evaluate("document.getElementById('panel').hidden"):
        await page.tap("c")
    await type_into(page, "#say", text)
    await page.tap("Enter")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "profile") as made:
        yield made


async def test_a_call_is_seen_heard_and_written_with_and_records_two_who_change_all_they_can(
    stage: Stage, tmp_path: Path
) -> None:
    file = tmp_path / "call.mp4"
    page = await stage.enter("Aoi")
    async with program(
        stage, "call", "blue", "--name", "Pat", *SMALL, "--record", str(file)
    ) as call:
        await call.line("Connected with Aoi")
        await sees(page, 1)
        await until(page, LOUD)
        assert await page.evaluate("probe.tiles()[0].querySelector('.name').textContent") == "Pat"
        await says(page, "<i>hello</i>")
        await call.line("Aoi: <i>hello</i>")
        assert await page.evaluate(RESTART) in {"connected", "completed"}
        await sees(page, 1)
        assert await page.evaluate(ANOTHER_LINE)
        # One after the other: whoever asks for Chromium's camera while it stops may get one without pictures.
        for control, look in (("camera", "off"), ("camera", ""), ("screen", "on"), ("screen", "")):
            await press(page, f"#bar-{control}")
            await until(page, f"document.getElementById('bar-{control}').dataset.look === {look!r}")
        await sees(page, 1)
        late = await stage.enter("Bob")
        for each in (page, late):
            await sees(each, 2)
        await call.line("Connected with Bob")
        await grown(tmp_path / "call-Bob.mp4")
        assert await call.stop() == 0
    await until(page, "probe.tiles().length === 1")
    for recorded in (file, tmp_path / "call-Bob.mp4"):
        check_recording(recorded)


async def grown(file: Path) -> None:
    """Wait until a recording has a second or two."""
    async with asyncio.timeout(PATIENCE):
        while not file.exists() or file.stat().st_size < 60_000:
            await asyncio.sleep(0.1)


def check_recording(file: Path) -> None:
    """It plays, its picture moves, its sound is heard, and no picture comes when that is over."""
    with av.open(str(file)) as film:
        pictures = [frame.to_rgb() for frame in film.decode(video=0)]
        assert len(pictures) > 3
        first, *rest = (bytes(frame.planes[0]) for frame in pictures)
        assert any(each != first for each in rest)
    with av.open(str(file)) as film:
        sounds = list(film.decode(audio=0))
        assert (
            max(max(map(abs, memoryview(s.planes[0]).cast("B").cast("f"))) for s in sounds) > 0.01
        )
        # A machine that is too slow leaves out pictures, and no sound: they may end long before it, never behind it.
        assert pictures[-1].time < sounds[-1].time - sounds[0].time + 3


async def test_an_echo_shows_the_page_itself_says_what_it_says_and_saves_its_files(
    stage: Stage, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"
    async with program(
        stage, "call", "blue", "--name", "Echo", "--echo", "--save-files", str(saved)
    ) as call:
        await call.line("waiting")
        page = await stage.enter("Aoi")
        await until(page, "probe.tiles()[0]?.querySelector('video').videoWidth > 0")
        await until(page, GREEN)
        await sees(page, 1)
        await until(page, LOUD)
        await says(page, "is it me?")
        await until(page, "probe.text('panel').split('is it me?').length > 2")
        await until(page, "probe.remotes()[0].files.isOpen")
        await page.evaluate(DROP)
        await call.line("is saved")
        assert await call.stop() == 0
    (file,) = saved.iterdir()
    assert hashlib.sha256(file.read_bytes()).digest() == hashlib.sha256(b"a" * 3_000_000).digest()
    assert file.name == "_b_big__b_.bin"


DROP = """(() => {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File(["a".repeat(3_000_000)], "<b>big</b>.bin"));
  dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
})(), 0"""


async def test_a_bot_outlives_a_page_that_is_loaded_anew_and_a_server_that_goes_and_comes_back(
    stage: Stage,
) -> None:
    stage.tolerated = "WebSocket connection"
    async with program(stage, "bot", "blue", *SMALL) as bot:
        await bot.line("In blue")
        page = await stage.enter("Aoi")
        await sees(page, 1)
        await until(page, "probe.text('panel').includes('I am a bot')")
        await says(page, "/echo on")
        await until(page, GREEN)
        await says(page, "/echo off")
        await until(page, f"!{GREEN}")
        await press(page, "#bar-hangup")
        await bot.line("Aoi: ")
        page = await stage.enter("Aoi")
        await sees(page, 1)
        old = stage.running.signaling
        host, port = old.addresses[0]
        await old.close()
        await bot.line("server is away")
        await sees(page, 1)
        async with signaling.serve(old.settings, host, port):
            await bot.line("server is back")
            late = await stage.enter("Bob")
            for each in (page, late):
                await sees(each, 2)
            assert await bot.stop() == 0
