"""Whatever a client may say wrong, made from the schemas: refused with the right code, and nothing has changed."""

import asyncio
import json
from pathlib import Path

import pytest

from signaling.codes import CloseCode
from signaling.schema import page
from signaling.schema.jsonschema import Side
from tests.signaling.mutating import mutations

PAGE = (Path(__file__).parents[2] / "docs" / "signaling.md").read_text()
SAID = {
    message["t"]: {key: value for key, value in message.items() if key not in {"seq", "ack"}}
    for side, message in page.messages(PAGE)
    if side is Side.CLIENT
}
"""An example of each type, without numbers: one that is out of order is another matter."""

VALUES = {
    "deep": "[" * 5000 + "]" * 5000,
    "deep objects": '{"a":' * 5000 + "1" + "}" * 5000,
    "huge number": "1" * 1000,
    "huge exponent": "1e999999999",
    "not a number": "NaN",
    "infinite": "-Infinity",
    "leading zero": "01",
    "half a surrogate": '"\\ud800"',
    "surrogates the wrong way round": '"\\udc00\\ud800"',
    "unknown escape": '"\\x"',
    "control character": '"a\x01b"',
    "unquoted": "abc",
    "single quotes": "'abc'",
    "nothing": "",
    "not ended": '"abc',
    "arrays of arrays": json.dumps([[["a"]]]),
}
FRAMES = {
    "duplicate types": '{"t":"leave","t":"join","room":5}',
    "duplicate keys": '{"t":"join","room":"r","room":7}',
    "an array of arrays": '[[{"t":"ping"}]]',
    "an array with a stranger": '[{"t":"ping"},7]',
    "a trailing comma": '{"t":"ping",}',
    "two objects": '{"t":"ping"}{"t":"ping"}',
    "a byte order mark": '\ufeff{"t":"ping"}',
    "a zero": '{"t":"ping"}\x00',
    "half a surrogate": '{"t":"join","room":"\ud800"}',
    "deep": '{"t":"ping","x":' + "[" * 20000,
    "deep in the array": "[" * 20000 + "]" * 20000,
    "a comment": '{"t":"ping"} // hello',
}


def remembered(world):
    """Whatever the hub could have kept of a frame."""
    state = world.hub._state
    session = state.connections["alice"].session
    rooms = {name: dict(room.members) for name, room in state.rooms.items()}
    return (
        rooms,
        set(state.sessions),
        set(state.connections),
        {name: seat.meta for name, seat in session.rooms.items()},
        session.entering or {},
        session.meta,
        session.mids,
        session.heard,
        session.peer,
    )


def assert_refused(world, frame):
    before = remembered(world)
    (error,) = world.send("alice", frame)
    assert (error["t"], error["code"], error["fatal"]) == ("error", 400, False), frame
    assert 0 < len(error["msg"]) < 300
    assert remembered(world) == before
    assert world.take("bob") == world.take("carol") == []
    assert "alice" not in world.closed


@pytest.fixture
def patient(make_world):
    """Alice and Bob in room r, Carol elsewhere; as fast as one likes."""
    world = make_world(rate=1e9, burst=10**6)
    for name, room in (("alice", "r"), ("bob", "r"), ("carol", "other")):
        world.member(name, room)
    return world


@pytest.mark.parametrize("message", SAID.values(), ids=lambda message: message["t"])
def test_every_message_wrong_in_any_field_is_refused_and_changes_nothing(patient, message):
    for _, wrong in mutations(Side.CLIENT, message):
        assert_refused(patient, json.dumps(wrong))


@pytest.mark.parametrize("message", SAID.values(), ids=lambda message: message["t"])
def test_every_message_with_a_field_that_is_hardly_json_is_refused(patient, message):
    for field in message.keys() - {"data", "meta", "result"}:
        whole = json.dumps(message | {field: "PLACE"})
        for value in VALUES.values():
            assert_refused(patient, whole.replace('"PLACE"', value))


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
@pytest.mark.usefixtures("no_collection")
def test_frames_that_are_hardly_json_are_refused(patient, frame):
    assert_refused(patient, frame)


@pytest.mark.parametrize("field", ["data", "meta"])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
@pytest.mark.usefixtures("no_collection")
def test_what_belongs_to_the_members_is_refused_or_can_be_read_by_them(patient, field, value):
    if field == "data":
        frame = '{"t":"signal","room":"r","to":"bob","kind":"custom","data":PLACE}'
    else:
        frame = '{"t":"state","room":"r","meta":{"a":PLACE}}'
    told = patient.send("alice", frame.replace("PLACE", value))
    heard = patient.take("bob")
    assert [each["code"] for each in told] in ([], [400], [413])
    assert bool(told) != bool(heard)
    if heard:
        json.loads(value, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    "wrong", [wrong for _, wrong in mutations(Side.CLIENT, SAID["hello"])], ids=json.dumps
)
def test_a_hello_wrong_in_any_field_ends_the_connection(world, wrong):
    world.connect("x")
    (error,) = world.send("x", json.dumps(wrong))
    assert (error["code"], error["fatal"]) == (400, True)
    assert world.closed["x"].code == CloseCode.BAD_MESSAGE
    assert world.hub._state.connections == world.hub._state.sessions == {}


def test_bad_input_without_end_costs_no_memory(patient):
    state = patient.hub._state
    for _ in range(3):
        for message in SAID.values():
            for _, wrong in mutations(Side.CLIENT, message):
                patient.send("alice", json.dumps(wrong))
    assert (len(state.sessions), len(state.connections), len(state.rooms)) == (3, 3, 2)
    assert state.outputs == state.doomed == []
    assert state.kept == 0


async def test_over_sockets_too_every_kind_of_nonsense_is_answered_and_the_connection_lives_on(
    serve, dial
):
    frames = [frame for frame in FRAMES.values() if "\ud800" not in frame]
    frames += [json.dumps(next(mutations(Side.CLIENT, each))[1]) for each in SAID.values()]
    async with serve() as server, dial(server.url) as wire:
        await wire.ask("hello")
        for frame in frames:
            await wire.websocket.send(frame)
            answer = await wire.hear()
            assert (answer["code"], answer["fatal"]) == (400, False), frame
        await wire.websocket.send(b'{"t":"ping"}')
        assert (await wire.hear())["code"] == 400
        assert (await wire.ask("ping"))["t"] == "pong"


@pytest.mark.parametrize("bytes_", [b'{"t":"ping\xff"}', b"\xed\xa0\x80", b"\xc0\x80", b"\xf5"])
async def test_over_sockets_what_is_not_utf_8_ends_the_connection_and_nobody_elses(
    serve, dial, bytes_
):
    async with serve() as server, dial(server.url) as wire, dial(server.url) as other:
        await wire.ask("hello")
        await other.ask("hello")
        async with asyncio.timeout(20):
            await wire.websocket.send(bytes_, text=True)
        assert await wire.close_code() == CloseCode.INVALID_DATA
        assert (await other.ask("ping"))["t"] == "pong"
