"""aiortc's media, with its coder threads, in virtual time."""

import asyncio
import time

import pytest
from aiortc import RTCPeerConnection
from aiortc.contrib.media import MediaPlayer, MediaRecorder
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack

from nat.simulator import Simulation

SECONDS = 5


async def count(track, frames):
    """Take frames to the end of a track."""
    try:
        while True:
            await track.recv()
            frames[track.kind] = frames.get(track.kind, 0) + 1
    except MediaStreamError:
        frames["end"] = time.monotonic()


def call(*tracks, seed=1, take=count, seconds=SECONDS):
    """A call between two hosts; gives the world and the frames that came through."""
    sim, frames = Simulation(seed), {}
    alice, bob = sim.host("alice"), sim.host("bob")

    async def main():
        async with asyncio.TaskGroup() as group:
            with alice:
                one = RTCPeerConnection()
                for make in tracks:
                    one.addTrack(make())
                await one.setLocalDescription(await one.createOffer())
            with bob:
                other = RTCPeerConnection()
                other.on("track", lambda track: bob.start(group, take(track, frames)))
                await other.setRemoteDescription(one.localDescription)
                await other.setLocalDescription(await other.createAnswer())
            with alice:
                await one.setRemoteDescription(other.localDescription)
            await asyncio.sleep(seconds)
            await one.close()
            await other.close()

    sim.run(main())
    return sim, frames


def test_audio_arrives_frame_for_frame_in_virtual_time():
    sim, frames = call(AudioStreamTrack)
    assert 230 < frames["audio"] <= SECONDS / 0.02
    assert SECONDS <= sim.now < SECONDS + 1


def test_audio_and_video_follow_the_seed_packet_for_packet():
    one, same, other = (
        call(AudioStreamTrack, VideoStreamTrack, seed=seed, seconds=1) for seed in (1, 1, 2)
    )
    assert one[1] == same[1]
    assert one[1]["video"] > 15
    assert one[0].trace_digest(sizes=False) == same[0].trace_digest(sizes=False)
    assert one[0].trace_digest(sizes=False) != other[0].trace_digest(sizes=False)


@pytest.fixture
def recording(tmp_path):
    """Three seconds of silence as a file, recorded in a world."""
    path = tmp_path / "silence.wav"

    async def main():
        recorder = MediaRecorder(str(path))
        recorder.addTrack(AudioStreamTrack())
        await recorder.start()
        await asyncio.sleep(3)
        await recorder.stop()

    Simulation().run(main())
    return path


def test_a_player_s_thread_plays_a_file_at_its_pace_in_virtual_time(recording):
    async def main():
        player = MediaPlayer(str(recording))
        frames = {}
        await count(player.audio, frames)
        return frames

    frames = Simulation().run(main())
    assert 140 < frames["audio"] <= 150
    assert 2.5 < frames["end"] < 3.5
