"""Files are saved whole or not at all, where they belong, and whatever strangers say."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from hairpin.calling import files as module
from hairpin.calling.files import Files, refusing


class Desk:
    """One member's files, and what was said."""

    def __init__(self, directory: Path) -> None:
        self.said: list[dict[str, Any]] = []
        self.told: list[str] = []
        self.files = Files(
            directory, lambda text: self.said.append(json.loads(text)), self.told.append
        )

    def say(self, **said: Any) -> None:
        self.files.take(json.dumps(said))

    def send(self, number: int, data: bytes) -> None:
        self.files.take(number.to_bytes(4, "big") + data)

    def whole(self, number: int, name: str, data: bytes) -> None:
        self.say(t="offer", id=number, name=name, size=len(data), type="x/y")
        for start in range(0, len(data), 61_440):
            self.send(number, data[start : start + 61_440])
        self.say(t="end", id=number, sha256=hashlib.sha256(data).hexdigest())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_files_are_saved_and_a_second_of_the_same_name_beside_the_first(
    desk: Desk, tmp_path: Path
) -> None:
    data = bytes(range(256)) * 4096
    desk.whole(1, "../plan.pdf", data)
    desk.whole(2, "../plan.pdf", b"")
    first, second = sorted(tmp_path.iterdir(), key=lambda file: -file.stat().st_size)
    assert first.read_bytes() == data
    assert second.read_bytes() == b""
    assert second.name == f"{first.stem}-2.pdf"
    kinds = [said["t"] for said in desk.said]
    assert kinds == ["take", "got", "got", "done", "take", "done"]
    assert desk.said[2]["size"] == len(data)
    assert "is saved (1.0 MB)" in desk.told[0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda desk: desk.send(1, b"more than was offered"),
        lambda desk: desk.say(t="end", id=1, sha256="00"),
        lambda desk: desk.say(t="end", id=1),
        lambda desk: desk.say(t="stop", id=1),
        lambda desk: desk.files.close(),
    ],
)
def test_what_does_not_come_whole_is_not_left_behind(
    desk: Desk, tmp_path: Path, spoil: Any
) -> None:
    desk.say(t="offer", id=1, name="a", size=5, type="")
    desk.send(1, b"abc")
    spoil(desk)
    assert list(tmp_path.iterdir()) == []
    assert len(desk.told) == 1
    desk.send(1, b"de")  # was on its way
    desk.say(t="end", id=1, sha256="00")


@pytest.mark.parametrize("size", [None, -1, 1.5, "5", True, module.LARGEST + 1, 1 << 60])
def test_a_size_that_makes_no_sense_or_is_too_large_is_not_taken(desk: Desk, size: Any) -> None:
    desk.say(t="offer", id=7, name="a", size=size)
    assert desk.said == [{"t": "leave", "id": 7}]
    assert desk.told[0].startswith("a is not taken: ")


def test_no_more_than_so_many_are_on_their_way(desk: Desk) -> None:
    for number in range(1, module.AT_ONCE + 2):
        desk.say(t="offer", id=number, name="a", size=5)
    assert [said["t"] for said in desk.said] == ["take"] * module.AT_ONCE + ["leave"]
    desk.files.close()


def test_a_directory_that_went_away_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "gone")
    desk.say(t="offer", id=1, name="a", size=5)
    assert desk.said == [{"t": "leave", "id": 1}]
    assert "No such file" in desk.told[0]


@pytest.mark.parametrize(
    "noise",
    [
        *(b"", b"\0", b"\0\0\0\1abc"),
        *("", "{", "[]", "5", "[" * 5000, "9" * 4000),
        *('{"t":"offer"}', '{"t":"offer","id":-1}', '{"t":"offer","id":true,"size":1}'),
        *('{"t":"end","id":1}', '{"t":"take","id":1}'),
    ],
)
def test_noise_is_passed_over(desk: Desk, noise: str | bytes) -> None:
    desk.files.take(noise)
    assert not desk.said
    assert not desk.told


def test_where_no_files_are_saved_an_offer_is_refused_and_nothing_else_answered() -> None:
    refused = refusing('{"t":"offer","id":3,"size":1}')
    assert refused is not None
    assert json.loads(refused) == {"t": "leave", "id": 3}
    assert refusing('{"t":"end","id":3}') is None
    assert refusing(b"\0\0\0\3x") is None
