"""Letters are told apart by their first word, and are lists: scripts write them as such."""

import msgspec
import pytest

from signaling.nodes import letters


def test_a_letter_is_a_list_that_begins_with_its_kind() -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(letters.Beat("7.1", 5))) == [
        "beat",
        "7.1",
        5,
    ]


def test_no_two_kinds_begin_alike() -> None:
    for union in (letters.Letter, letters.Word, letters.RoomReport):
        tags = [kind.__struct_config__.tag for kind in union.__args__]
        assert len(set(tags)) == len(tags)


def test_what_a_later_version_adds_at_the_end_is_passed_over() -> None:
    data = msgspec.msgpack.encode(["beat", "7.1", 5, "more"])
    assert msgspec.msgpack.decode(data, type=letters.Letter) == letters.Beat("7.1", 5)


@pytest.mark.parametrize("data", [["beat", "7.1"], ["nothing"], [], 5])
def test_anything_else_is_none(data: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.msgpack.decode(msgspec.msgpack.encode(data), type=letters.Letter)
