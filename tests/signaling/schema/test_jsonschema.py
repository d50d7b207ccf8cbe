"""The JSON Schemas: every example of the page is valid, and made wrong in any field it is not."""

import subprocess
import sys
from pathlib import Path

import jsonschema
import msgspec
import pytest

from signaling.codes import ErrorCode
from signaling.schema import page
from signaling.schema.jsonschema import Side, definitions, document, sentence, tag_of
from signaling.wire import Refusal, decode_from_client, decode_from_server
from tests.signaling.mutating import mutations, validator

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "signaling.md").read_text()
EXAMPLES = page.messages(PAGE)
FRAMES = {side: validator(side) for side in Side}


def read(side: Side, message: object) -> object:
    text = msgspec.json.encode(message).decode()
    if side is Side.CLIENT:
        return decode_from_client(text)
    return decode_from_server(text)[0]


@pytest.mark.parametrize("side", Side)
def test_a_schema_is_a_schema(side: Side) -> None:
    jsonschema.Draft202012Validator.check_schema(document(side))


@pytest.mark.parametrize(("side", "message"), EXAMPLES)
def test_every_example_is_valid_alone_and_in_an_array(side: Side, message: object) -> None:
    FRAMES[side].validate(message)
    FRAMES[side].validate([message, message])
    FRAMES[side].validate([])


@pytest.mark.parametrize(("side", "message"), EXAMPLES)
def test_every_example_made_wrong_is_refused_by_the_schema_and_by_the_types(
    side: Side, message: dict[str, object]
) -> None:
    count = 0
    (name,) = (kind.__name__ for kind in side.kinds if tag_of(kind) == message["t"])
    definition = validator(side, name)
    for what, wrong in mutations(side, message):
        count += 1
        assert not definition.is_valid(wrong), what
        if side is Side.CLIENT:
            refusal = read(side, wrong)
            assert isinstance(refusal, Refusal), what
            assert refusal.code is ErrorCode.BAD_MESSAGE
    assert count > 20


def test_what_a_server_leaves_out_is_not_null() -> None:
    assert FRAMES[Side.CLIENT].is_valid({"t": "ping", "id": None})
    assert not FRAMES[Side.SERVER].is_valid({"t": "pong", "id": None})


@pytest.mark.parametrize(
    "message",
    [
        {"t": "signal", "room": "r", "to": "b", "kind": "bye", "from": "a"},
        {"t": "ice", "ice": []},
    ],
)
def test_a_client_does_not_write_what_only_the_server_writes(message: object) -> None:
    assert not FRAMES[Side.CLIENT].is_valid(message)
    assert not isinstance(read(Side.CLIENT, message), Refusal)  # but it is passed over


def test_names_are_printable_in_every_dialect() -> None:
    room = validator(Side.CLIENT, "Join")
    for name in ("x", "Wohnzimmer für zwei", "🎮", "x" * 128):
        assert room.is_valid({"t": "join", "room": name})
    for name in ("", "a\n", "a\nb", "\x7f", "x" * 129):
        assert not room.is_valid({"t": "join", "room": name})


def test_every_definition_is_described_and_used_names_are_defined() -> None:
    for side in Side:
        for name, schema in definitions(side).items():
            assert schema["description"], name
    assert sentence(Side) == "Who says it."


def test_what_is_written_down_is_up_to_date() -> None:
    command = [sys.executable, ROOT / "tools" / "write-protocol", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
