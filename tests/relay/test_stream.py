"""A client's stream: however it is cut the frames are the same, garbage ends it, and nothing waits for ever."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay import HangUp, StreamLimits
from relay.stream import ANSWER_ROOM, Cut, GoOn, Stream, TakeData, TakeFrames
from stunwire import Carrier, ChannelData, Class, Message, Method

LIMITS = StreamLimits()
CHANNELS = range(0x40, 0x50)
BINDING = Message.request(Method.BINDING, b"t" * 12)
DATA = ChannelData(0x4001, b"hello")
WIRE = BINDING.encode() + DATA.encode(Carrier.STREAM) + BINDING.encode()
FRAMES = [BINDING.encode(), DATA.encode(), BINDING.encode()]


def _stream(**limits) -> Stream:
    return Stream(StreamLimits(**limits), CHANNELS, 0.0)


def _frames(outputs) -> list[bytes]:
    return [frame for output in outputs for frame in output.frames]


@given(st.lists(st.integers(0, len(WIRE))))
def test_the_frames_are_the_same_however_the_stream_is_cut(places):
    stream, edges = _stream(), [0, *sorted(places), len(WIRE)]
    pieces = [WIRE[a:b] for a, b in itertools.pairwise(edges)]
    assert [f for piece in pieces for f in _frames(stream.receive_bytes(piece, 1.0))] == FRAMES


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=200) | st.sampled_from(FRAMES), max_size=20))
def test_whatever_bytes_come_they_are_frames_or_one_cut_and_then_silence(chunks):
    stream, ended = _stream(), False
    for chunk in chunks:
        outputs = stream.receive_bytes(chunk, 1.0)
        assert not (ended and outputs)
        for output in outputs:
            assert isinstance(output, TakeFrames | Cut)
            assert not ended
            ended = isinstance(output, Cut)
    assert (stream.next_deadline() is None) == ended


def test_frames_before_garbage_are_taken_and_then_the_stream_ends():
    stream = _stream()
    frames, cut = stream.receive_bytes(BINDING.encode() + b"\xff\xff\xff\xff", 1.0)
    assert frames == TakeFrames([BINDING.encode()])
    assert cut.why is HangUp.GARBAGE
    assert "0xff" in cut.detail
    assert stream.receive_bytes(BINDING.encode(), 1.0) == []
    assert stream.handle_timer(1e9, in_use=False) == []
    assert stream.encode(BINDING.encode(), 0) is None


@pytest.mark.parametrize(
    "text", [b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n", b"\x16\x03\x01\x02\x00\x01"]
)
def test_other_protocols_get_no_further_than_the_first_deadline(text):
    stream = _stream()
    assert [o.why for o in stream.receive_bytes(text, 1.0)] in ([HangUp.GARBAGE], [])
    late = stream.handle_timer(10.0, in_use=False)
    assert [cut.why for cut in late] in ([HangUp.NO_MESSAGE], [])
    assert stream.next_deadline() is None


def test_a_frame_longer_than_allowed_ends_the_stream_before_it_has_come():
    stream = _stream(longest_frame=1000)
    (cut,) = stream.receive_bytes(b"\x40\x00\x03\xe8", 1.0)
    assert cut.why is HangUp.GARBAGE


def test_half_a_message_is_not_enough_for_the_first_deadline():
    stream = _stream()
    assert stream.receive_bytes(BINDING.encode()[:19], 9.9) == []
    assert stream.next_deadline() == 10.0
    assert stream.handle_timer(9.99, in_use=False) == []
    (cut,) = stream.handle_timer(10.0, in_use=False)
    assert (cut.why, cut.detail) == (HangUp.NO_MESSAGE, "19 bytes of a message")


def test_each_whole_message_earns_time_and_silence_without_an_allocation_ends_the_stream():
    stream = _stream()
    stream.receive_bytes(BINDING.encode(), 5.0)
    stream.receive_bytes(BINDING.encode(), 50.0)
    stream.receive_bytes(BINDING.encode()[:4], 109.0)  # half a message earns nothing
    assert stream.next_deadline() == 110.0
    assert [cut.why for cut in stream.handle_timer(110.0, in_use=False)] == [HangUp.IDLE]


def test_a_client_with_an_allocation_may_be_silent_until_the_allocation_has_ended():
    stream = _stream()
    stream.receive_bytes(BINDING.encode(), 0.0)
    for at in range(60, 3600, 60):
        assert stream.next_deadline() == at
        assert stream.handle_timer(at, in_use=True) == []
    assert [cut.why for cut in stream.handle_timer(3600.0, in_use=False)] == [HangUp.IDLE]


@pytest.mark.parametrize("size", range(8))
def test_channel_data_is_padded_and_messages_are_as_they_are(size):
    data = ChannelData(0x4001, bytes(size))
    assert _stream().encode(memoryview(data.encode()), 0) == data.encode(Carrier.STREAM)
    assert _stream().encode(BINDING.encode(), 0) == BINDING.encode()


def test_relayed_packets_are_dropped_above_the_bound_and_answers_a_little_later():
    stream = _stream(write_buffer=1000)
    indication = Message.indication(Method.DATA, b"t" * 12).encode()
    for packet in (DATA.encode(), indication):
        assert stream.encode(packet, 1000) is not None
        assert stream.encode(packet, 1001) is None
    for answer in (BINDING.success(), BINDING.error(401, reason="")):
        assert answer.cls in {Class.SUCCESS, Class.ERROR}
        assert stream.encode(answer.encode(), 1000 + ANSWER_ROOM) is not None
        assert stream.encode(answer.encode(), 1001 + ANSWER_ROOM) is None


def test_a_reader_that_stays_slow_is_cut_off_allocation_or_not():
    stream = _stream()
    stream.receive_bytes(BINDING.encode(), 0.0)
    stream.receive_paused(20.0)
    assert stream.next_deadline() == 35.0
    assert stream.handle_timer(34.9, in_use=True) == []
    assert [cut.why for cut in stream.handle_timer(35.0, in_use=True)] == [HangUp.SLOW]


def test_a_reader_that_catches_up_stays():
    stream = _stream()
    stream.receive_bytes(BINDING.encode(), 0.0)
    stream.receive_paused(20.0)
    stream.receive_resumed()
    assert stream.next_deadline() == 60.0
    assert stream.handle_timer(35.0, in_use=True) == []


def test_a_stream_of_data_passes_every_byte_and_has_no_deadline():
    stream = _stream()
    stream.receive_bytes(ASKING, 1.0)
    assert stream.begin_data()
    assert stream.receive_bytes(b"\xff\0", 2.0) == [TakeData(b"\xff\0")]
    assert stream.encode_data(b"abc") == b"abc"
    assert stream.encode(BINDING.encode(), 0) is None
    stream.receive_paused(3.0)
    assert stream.next_deadline() is None


ASKING = Message.request(Method.CONNECTION_BIND, b"t" * 12).encode()


@pytest.mark.parametrize("rest", [b"", b"\xff", BINDING.encode(), BINDING.encode()[:7]])
def test_what_comes_behind_a_request_for_data_is_data_once_it_is_granted(rest):
    stream = _stream()
    outputs = stream.receive_bytes(BINDING.encode() + ASKING + rest, 1.0)
    assert outputs == [TakeFrames([BINDING.encode(), ASKING]), GoOn()]
    assert stream.begin_data()
    assert stream.go_on(1.0) == ([TakeData(rest)] if rest else [])
    assert stream.receive_bytes(b"more", 2.0) == [TakeData(b"more")]


def test_what_comes_behind_a_request_for_data_that_is_refused_is_frames():
    stream = _stream()
    outputs = stream.receive_bytes(ASKING + BINDING.encode() + ASKING + b"\xff", 1.0)
    assert outputs == [TakeFrames([ASKING]), GoOn()]
    assert stream.go_on(1.0) == [TakeFrames([BINDING.encode(), ASKING]), GoOn()]
    (cut,) = stream.go_on(1.0)
    assert cut.why is HangUp.GARBAGE
    assert stream.go_on(1.0) == []


@pytest.mark.parametrize(
    ("late", "granted"), [(b"", True), (b"@", False), (BINDING.encode(), False)]
)
def test_a_request_for_data_that_is_granted_late_is_granted_if_nothing_has_come_meanwhile(
    late, granted
):
    stream = _stream()
    stream.receive_bytes(ASKING, 1.0)
    assert stream.go_on(1.0) == []
    if late:
        stream.receive_bytes(late, 1.1)
    assert stream.begin_data() is granted


def test_data_that_come_while_the_request_is_answered_keep_their_place():
    stream = _stream()
    stream.receive_bytes(ASKING + b"one", 1.0)
    assert stream.begin_data()
    assert [*stream.go_on(1.0), *stream.receive_bytes(b"two", 1.0)] == [
        TakeData(b"one"),
        TakeData(b"two"),
    ]


def test_after_its_data_a_client_has_a_while_to_read_the_rest():
    stream = _stream(slow=4.0)
    stream.receive_bytes(ASKING, 1.0)
    assert stream.begin_data()
    assert stream.begin_emptying(2.0) == b""
    assert stream.receive_bytes(b"more", 3.0) == []
    assert stream.next_deadline() == 6.0
    assert [cut.why for cut in stream.handle_timer(6.0, in_use=False)] == [HangUp.SLOW]
