"""A file for each member, named after it."""

import asyncio
from pathlib import Path

import pytest

from hairpin.calling.recordings import Recordings
from peer import ConfigurationError
from peer.media import tone


async def test_the_first_has_the_given_name_and_others_theirs_in_it(tmp_path: Path) -> None:
    recordings = Recordings(tmp_path / "call.wav")
    files = [recordings.begin(name) for name in ("Aoi", "../Bob", "../Bob", "Chiyo")]
    assert [each.file.name for each in files] == [
        "call.wav",
        "call-.._Bob.wav",
        "call-.._Bob-2.wav",
        "call-Chiyo.wav",
    ]
    files[1].add(tone())
    while not files[1].frames:
        await asyncio.sleep(0.01)
    await recordings.end(files[1])
    await recordings.close()
    assert recordings.written == [tmp_path / "call-.._Bob.wav"]
    assert [file.name for file in tmp_path.iterdir()] == ["call-.._Bob.wav"]


@pytest.mark.parametrize("name", ["call.txt", "no/such/place.mp4"])
def test_what_cannot_be_written_is_refused_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot record to"):
        Recordings(tmp_path / name)


async def test_a_file_for_nobody_is_not_left_behind(tmp_path: Path) -> None:
    await Recordings(tmp_path / "call.mp4").close()
    assert list(tmp_path.iterdir()) == []
