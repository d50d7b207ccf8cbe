"""A test pattern is sent, comes back from an echo, and is recorded to a file that can be played."""

import asyncio
from pathlib import Path

import av
import pytest

from hairpin.calling import run as call
from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.run import run_call
from hairpin.calling.screen import Screen
from hairpin.services import Running
from peer import Configuration
from peer.media import play

CONFIGURATION = Configuration(host_addresses=("127.0.0.1",))


async def test_a_pattern_goes_to_an_echo_and_back_into_a_file(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call, "CLOSING", 60.0)  # a busy machine takes longer to end a film
    path = tmp_path / "back.mp4"
    plans = [
        CallPlan(
            room="pattern",
            url=running.signaling_url,
            configuration=CONFIGURATION,
            quiet=True,
            doing=doing,
            record=target,
        )
        for doing, target in ((Doing.ECHO, None), (Doing.NOTHING, path))
    ]
    calls = [asyncio.create_task(run_call(plan, Screen(plan))) for plan in plans]
    async with asyncio.timeout(120):
        while not path.exists() or path.stat().st_size == 0:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    calls[1].cancel()
    await asyncio.wait(calls, timeout=120)
    assert calls[0].result().tracks == 2
    with av.open(str(path)) as film:
        assert {stream.type for stream in film.streams} == {"video", "audio"}
    source = play(path)
    assert [track.kind for track in source.tracks] == ["video", "audio"]
    source.close()
