"""What players say: read as it was written, or not at all."""

import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hairpin.matching import wire as w
from hairpin.matching.rink import Phase, Point, opened


def test_a_table_comes_across() -> None:
    rink = opened(1)
    rink.puck.vx, rink.mallets[1].vy, rink.phase = -2.0, 0.125, Phase.PLAY
    came = w.read_move(w.encode_snapshot(w.Snapshot(65535, 2**32 - 1, 7, rink)))
    assert isinstance(came, w.Snapshot)
    assert (came.round, came.number, came.heard) == (65535, 2**32 - 1, 7)
    assert (came.rink.puck.vx, came.rink.mallets[1].vy) == (-2.0, 0.125)
    assert came.rink.phase is Phase.PLAY
    assert came.rink.left == 3.0


def test_a_target_comes_across() -> None:
    target = w.Target(3, 99, Point(0.5, 0.25))
    assert w.read_move(w.encode_target(target)) == target


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        "text",
        None,
        bytes(16),
        bytes(68),
        b"\x01\x03" + bytes(66),
        b"\x02" + bytes(11) + struct.pack("<f", math.nan),
        b"\x02" + bytes(11) + struct.pack("<f", math.inf),
        b"\x02" + bytes(11) + struct.pack("<f", 101.0),
    ],
)
def test_bytes_that_are_no_move_are_nothing(bad: object) -> None:
    assert w.read_move(bad) is None


@given(
    st.binary(max_size=80)
    | st.binary(min_size=16, max_size=16)
    | st.binary(min_size=68, max_size=68)
)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    move = w.read_move(data)
    if isinstance(move, w.Target):
        assert w.encode_target(move)[2:] == data[2:]


SAID = [
    w.Hello("Aoi", bot=False),
    w.Begin(1, 1),
    w.Goal(1, 0, (1, 0)),
    w.Stalled(1, 1),
    w.Over(1, 0, (5, 4)),
    w.Again(),
    w.Away(away=True),
]


@pytest.mark.parametrize("said", SAID, ids=lambda said: type(said).__name__)
def test_an_event_comes_across_and_each_field_is_looked_at(said: w.Said) -> None:
    assert w.read_event(w.say(said)) == said
    fields = json.loads(w.say(said))
    for name in fields:
        for bad in (None, -1, 1.5, 2**20, [], [1], [1, "2"], {}, "x" if name != "name" else 0):
            assert w.read_event(json.dumps(fields | {name: bad})) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"hello"',
        "1e999",
        '{"t":[]}',
        '{"t":"x"}',
        b"{}",
        "[" * 1999,
        " " * 3000,
    ],
)
def test_text_that_is_no_event_is_nothing(text: object) -> None:
    assert w.read_event(text) is None


def test_a_name_is_one_line_of_a_bearable_length() -> None:
    assert w.tidy("  Aoi \n\t <b>\0x ") == "Aoi <b> x"
    assert w.tidy("\N{SNOWMAN}" * 40) == "\N{SNOWMAN}" * 24
    assert w.read_event('{"t":"hello","version":1,"name":" a\\nb ","bot":false}') == w.Hello(
        "a b", bot=False
    )
