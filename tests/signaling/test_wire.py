"""Any frame is decoded into messages or refused; nothing else happens."""

import json

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import example, given, settings

from signaling.codes import ErrorCode
from signaling.messages import (
    ClientInfo,
    Forwarded,
    Hello,
    Join,
    Ok,
    Ping,
    Pong,
    Signal,
    SignalKind,
)
from signaling.wire import (
    Refusal,
    Skipped,
    decode_from_client,
    decode_from_server,
    encode,
    size_of,
    size_of_metadata,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TAGS = st.sampled_from(["hello", "join", "leave", "signal", "state", "ice", "ping", "bye", "x"])
FIELDS = ["id", "room", "to", "kind", "data", "meta", "peer", "token", "client", "caps", "pc"]
ALMOST = st.builds(
    lambda tag, fields: {"t": tag} | fields,
    TAGS,
    st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6),
)


@given(st.text() | st.binary() | st.text('[]{}":,tea0\\u '))
@example("\ud800")
@example('{"t":"signal","data":"\\ud800"}')
@example("[" * 60000)
@example('{"t":"ping","id":' + "9" * 6000 + "}")
@example('{"t":"ping","t":"bye"}')
@settings(max_examples=200, deadline=None)
def test_any_frame_gives_messages_or_a_refusal(frame):
    decoded = decode_from_client(frame)
    assert isinstance(decoded, Refusal | tuple)
    for part in decode_from_server(frame):
        assert isinstance(part, Refusal | Skipped | msgspec.Struct)


@given(ALMOST | st.lists(ALMOST, max_size=3) | JSON)
@settings(max_examples=200, deadline=None)
def test_any_json_gives_messages_that_can_be_encoded_again_or_a_refusal(value):
    frame = json.dumps(value)
    decoded = decode_from_client(frame)
    if isinstance(decoded, Refusal):
        assert decoded.code == ErrorCode.BAD_MESSAGE
        assert decoded.reason
    else:
        assert [decode_from_client(encode(each).decode()) for each in decoded] == [
            (each,) for each in decoded
        ]


def test_a_message_is_flat_json_and_leaves_out_what_is_absent():
    assert encode(Join(room="r", id=3)) == b'{"t":"join","room":"r","id":3}'
    assert encode(Ok()) == b'{"t":"ok"}'


def test_what_a_client_encodes_the_server_decodes():
    hello = Hello(id=1, peer="a", meta={"x": [1]}, client=ClientInfo(name="n", ver="1"))
    assert decode_from_client(encode(hello).decode()) == (hello,)


def test_one_frame_may_hold_several_messages_in_either_direction():
    assert decode_from_client('\n [{"t":"ping"},{"t":"ping","id":2}]') == (Ping(), Ping(id=2))
    assert decode_from_server('[{"t":"pong"},{"t":"ok","id":2}]') == [Pong(), Ok(id=2)]


def test_an_empty_array_holds_no_messages():
    assert decode_from_client("[]") == ()


def test_a_binary_frame_is_refused_even_if_it_holds_json():
    refusal = decode_from_client(b'{"t":"ping"}')
    assert isinstance(refusal, Refusal)
    assert "binary" in refusal.reason


def test_a_refusal_names_the_field_and_bears_the_id():
    refusal = decode_from_client('{"t":"signal","id":9,"room":"r","to":"b","kind":"shout"}')
    assert refusal == Refusal(ErrorCode.BAD_MESSAGE, "Invalid enum value 'shout' - at `$.kind`", 9)


@pytest.mark.parametrize("number", ["-1", "4294967296", '"1"', "1.5"])
def test_an_id_that_is_no_uint32_is_refused_without_an_id(number):
    refusal = decode_from_client('{"t":"ping","id":' + number + "}")
    assert isinstance(refusal, Refusal)
    assert refusal.id is None


def test_a_refusal_does_not_repeat_a_long_message():
    refusal = decode_from_client(json.dumps({"t": "x" * 60000}))
    assert isinstance(refusal, Refusal)
    assert len(refusal.reason) < 300
    assert refusal.reason.endswith("at `$.t`")


def test_null_stands_for_an_absent_optional_field():
    assert decode_from_client('{"t":"ping","id":null}') == (Ping(),)


def test_data_is_not_looked_into():
    (signal,) = decode_from_client(
        '{"t":"signal","room":"r","to":"b","kind":"custom","data":[1e999,{"a":1,"a":2}]}'
    )
    assert isinstance(signal, Signal)
    assert bytes(signal.data) == b'[1e999,{"a":1,"a":2}]'
    assert signal.kind is SignalKind.CUSTOM


def test_a_client_passes_over_types_it_does_not_know_and_keeps_the_rest():
    assert decode_from_server('[{"t":"unheard.of","match":1},{"t":"pong"}]') == [
        Skipped.UNKNOWN_TYPE,
        Pong(),
    ]


def test_a_client_refuses_a_known_type_with_wrong_fields_and_keeps_the_rest():
    bad, good = decode_from_server('[{"t":"joined","room":5},{"t":"pong"}]')
    assert isinstance(bad, Refusal)
    assert good == Pong()


def test_the_sender_travels_as_from():
    text = encode(Forwarded(room="r", sender="a", kind=SignalKind.OFFER, data=msgspec.Raw(b"1")))
    assert json.loads(text)["from"] == "a"


def test_size_counts_bytes():
    assert size_of("abc") == 3
    assert size_of("é") == 2
    assert size_of(b"\xff\xff") == 2
    assert size_of("\ud800") == 3


def test_the_size_of_metadata_is_that_of_its_json():
    assert size_of_metadata({}) == 2
    assert size_of_metadata({"a": "é"}) == len(b'{"a":"\xc3\xa9"}')


@pytest.mark.usefixtures("no_collection")
def test_metadata_nested_beyond_measure_is_refused():
    refusal = decode_from_client('{"t":"state","room":"r","meta":' + '{"a":' * 100_000)
    assert refusal == Refusal(ErrorCode.BAD_MESSAGE, "the JSON is nested too deeply")


@pytest.mark.usefixtures("no_collection")
def test_metadata_nested_beyond_measure_is_too_big():
    deep: dict = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert size_of_metadata(deep) > 2**31
    while deep:
        deep = deep.pop("a")
