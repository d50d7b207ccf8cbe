"""Two peers on loopback, in virtual time and in real: pictures and sound go there and back."""

import asyncio
import contextlib
import threading
from pathlib import Path
from typing import Any, Self

from aiortc.mediastreams import MediaStreamError

from nat.simulator import Simulation
from peer import Configuration, RTCPeerConnection
from peer.engine import names
from peer.engine.mediareceiving import dropped
from peer.media import (
    Mutable,
    echo,
    play,
    read_number,
    record,
    set_bitrate,
    share,
    test_pattern,
    tone,
)

LOOPBACK = Configuration(host_addresses=("127.0.0.1",))


async def negotiate(one: Any, other: Any) -> None:
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)


class Call:
    """Two connections; what each side receives, by kind."""

    def __init__(self, configuration: Configuration = LOOPBACK) -> None:
        self.one, self.other = (RTCPeerConnection(configuration) for _ in range(2))
        self.came: list[dict[str, Any]] = [{}, {}]
        for pc, came in zip((self.one, self.other), self.came, strict=True):
            pc.on("track", lambda track, came=came: came.__setitem__(track.kind, track))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.gather(self.one.close(), self.other.close())


async def numbers(track: Any, count: int) -> list[int]:
    """The next numbers that can be read."""
    got: list[int] = []
    async with asyncio.timeout(20):
        while len(got) < count:
            number = read_number(await track.recv())
            if number is not None:
                got.append(number)
    return got


async def test_pictures_sound_and_messages_come_back() -> None:
    async with Call() as call:
        call.one.addTrack(test_pattern(320, 240))
        call.one.addTrack(tone())
        channel = call.one.createDataChannel("chat")
        echo(call.other)
        await negotiate(call.one, call.other)
        got = await numbers(call.came[0]["video"], 10)
        assert got == sorted(set(got))
        sound = await call.came[0]["audio"].recv()
        assert sound.samples > 0
        async with asyncio.timeout(20):
            await channel.wait_open()
            await channel.send("there")
            assert await channel.receive() == "there"


async def test_several_read_one_received_track_and_one_of_them_records(tmp_path: Path) -> None:
    async with Call() as call:
        call.one.addTrack(test_pattern(320, 240))
        await negotiate(call.one, call.other)
        track = call.came[1]["video"]
        seen = share(track)
        async with record(tmp_path / "call.webm") as recording:
            recording.add(share(track))
            await numbers(seen, 15)
    source = play(tmp_path / "call.webm")
    assert source.video is not None
    assert read_number(await source.video.recv()) is not None
    source.close()


async def test_a_track_that_nobody_reads_keeps_a_few_frames_and_counts_the_rest() -> None:
    async with Call() as call:
        call.one.addTrack(test_pattern(160, 120, rate=60))
        await negotiate(call.one, call.other)
        track = call.came[1]["video"]
        async with asyncio.timeout(20):
            while dropped(track) < 10:
                await asyncio.sleep(0.01)
        assert names.private(track, names.TRACK_QUEUE).qsize() <= 10
        await track.recv()


async def test_closing_ends_every_thread_and_every_track() -> None:
    def decoders() -> set[str]:
        return {t.name for t in threading.enumerate() if t.name.endswith(("-decoder", "-source"))}

    async with Call() as call:
        call.one.addTrack(test_pattern(160, 120))
        call.one.addTrack(tone())
        await negotiate(call.one, call.other)
        await numbers(call.came[1]["video"], 1)
        assert decoders()
        track = call.came[1]["video"]
    assert not decoders()
    while track.readyState == "live":
        with contextlib.suppress(MediaStreamError):
            await track.recv()


async def test_another_track_takes_the_place_of_one_and_muting_blackens_it() -> None:
    async with Call() as call:
        first, second = test_pattern(320, 240), Mutable(test_pattern(320, 240))
        sender = call.one.addTrack(first)
        set_bitrate(sender, 200_000, 400_000)
        await negotiate(call.one, call.other)
        track = call.came[1]["video"]
        await numbers(track, 5)
        sender.replaceTrack(second)
        second.enabled = False
        async with asyncio.timeout(20):
            while read_number(await track.recv()) is not None:
                pass
            second.enabled = True
        await numbers(track, 3)


def test_media_plays_in_virtual_time_too() -> None:
    simulation = Simulation(1)
    home = simulation.host("home", "203.0.113.1")

    async def run() -> list[int]:
        async with Call(Configuration()) as call:
            call.one.addTrack(test_pattern(160, 120, rate=10))
            call.one.addTrack(tone())
            await negotiate(call.one, call.other)
            await call.came[1]["audio"].recv()
            return await numbers(call.came[1]["video"], 10)

    got = simulation.run(home.run(run()))
    assert got == sorted(set(got))
