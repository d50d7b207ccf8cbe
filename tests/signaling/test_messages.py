"""The message types, and the protocol page, whose every example they must decode."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from signaling.codes import CloseCode, ErrorCode, Verdict, verdict
from signaling.matchmaking.ledger.dealings import Outcome
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.tickets import Openness
from signaling.messages import (
    ClientMessage,
    Join,
    LeaveReason,
    ServerMessage,
    SignalKind,
    UndeliveredReason,
)
from signaling.wire import decode_from_client, decode_from_server, encode

PAGE = (Path(__file__).parents[2] / "docs" / "signaling.md").read_text()
EXAMPLES = re.findall(r"```json (client|server)\n(.*?)```", PAGE, re.DOTALL)


def parts(text):
    value = json.loads(text)
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(("side", "text"), EXAMPLES)
def test_every_example_on_the_page_is_decoded_whole(side, text):
    decode = decode_from_client if side == "client" else decode_from_server
    decoded = decode(text)
    assert [json.loads(encode(each)) for each in decoded] == parts(text)


@pytest.mark.parametrize(("side", "union"), [("client", ClientMessage), ("server", ServerMessage)])
def test_every_message_type_has_an_example(side, union):
    shown = {part["t"] for kind, text in EXAMPLES if kind == side for part in parts(text)}
    assert shown == {kind.__struct_config__.tag for kind in union.__args__}


def test_every_error_code_is_on_the_page():
    for code in ErrorCode:
        assert re.search(rf"^\| {code.value} \| `{code.label}` \| ", PAGE, re.MULTILINE)


def test_every_close_code_is_on_the_page_with_its_verdict():
    for code in CloseCode:
        back = "yes" if verdict(code) is Verdict.COME_BACK else "no"
        row = rf"^\| {code.value} \| `{code.name.lower()}` \| {back} \| "
        assert re.search(row, PAGE, re.MULTILINE), code


@pytest.mark.parametrize(
    "words", [SignalKind, LeaveReason, UndeliveredReason, Openness, Blocked, Outcome]
)
def test_every_word_is_on_the_page(words):
    for word in words:
        assert f"`{word.value}`" in PAGE


def test_every_field_of_the_client_is_on_the_page():
    for kind in ClientMessage.__args__:
        for field in msgspec.structs.fields(kind):
            assert f"`{field.encode_name}`" in PAGE or f'"{field.encode_name}"' in PAGE


@pytest.mark.parametrize("room", ["", "x" * 129, "a\nb", "a\n", "\x7f"])
def test_a_room_name_is_short_and_printable(room):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps({"t": "join", "room": room}), type=Join)


@pytest.mark.parametrize("room", ["x", "x" * 128, "Wohnzimmer für zwei", "🎮"])
def test_a_room_may_be_called_anything_else(room):
    assert msgspec.json.decode(json.dumps({"t": "join", "room": room}), type=Join).room == room


def test_messages_cannot_be_changed():
    with pytest.raises(AttributeError):
        Join(room="r").room = "other"
