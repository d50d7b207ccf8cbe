"""Telling frames apart by their first byte, ChannelData, and cutting streams."""

import hypothesis
import pytest
from hypothesis import strategies as st

from stunwire import (
    Carrier,
    ChannelData,
    Data,
    DecodeError,
    Kind,
    Message,
    Method,
    StreamCutter,
    StreamError,
    classify,
    decode_channel_data,
)

settings = hypothesis.settings(max_examples=80, deadline=None, database=None)
TRANSACTION = bytes(range(12))
BINDING = Message.request(Method.BINDING, TRANSACTION).encode()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Kind.STUN, [0, 1, 2, 3]),
        (Kind.ZRTP, [16, 19]),
        (Kind.DTLS, [20, 22, 63]),
        (Kind.CHANNEL, [64, 79]),
        (Kind.RTP, [128, 191]),
        (Kind.UNKNOWN, [4, 15, 80, 127, 192, 255]),
    ],
)
def test_the_first_byte_tells_the_protocol(kind: Kind, values: list[int]) -> None:
    assert {classify(value) for value in values} == {kind}


def test_channel_data_is_channel_length_and_data() -> None:
    frame = ChannelData(0x4001, b"hello")
    assert frame.encode() == bytes.fromhex("40010005") + b"hello"
    assert decode_channel_data(frame.encode()) == frame


def test_channel_data_is_padded_on_streams_only() -> None:
    frame = ChannelData(0x4001, b"hello")
    assert frame.encode(Carrier.STREAM) == frame.encode() + b"\0\0\0"
    assert ChannelData(0x4001, b"four").encode(Carrier.STREAM)[4:] == b"four"


@settings
@hypothesis.given(st.integers(0x4000, 0x4FFF), st.binary(max_size=50), st.sampled_from(Carrier))
def test_channel_data_is_decoded_as_it_was(channel: int, data: bytes, carrier: Carrier) -> None:
    frame = ChannelData(channel, data)
    assert decode_channel_data(frame.encode(carrier)) == frame
    assert decode_channel_data(memoryview(frame.encode(carrier))) == frame


@settings
@hypothesis.given(st.binary(max_size=60))
def test_any_bytes_are_channel_data_or_refused(data: bytes) -> None:
    try:
        frame = decode_channel_data(data)
    except DecodeError:
        return
    assert frame.encode() == data[: 4 + len(frame.data)]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ("", "at least 4 bytes"),
        ("400100", "at least 4 bytes"),
        ("3fff0000", "0x4000"),
        ("50000000", "0x4000"),
        ("40010001", "announces 1 bytes, got 0"),
        ("4001ffff00", "announces 65535 bytes, got 1"),
    ],
)
def test_channel_data_with_a_wrong_channel_or_length_is_refused(data: str, complaint: str) -> None:
    with pytest.raises(DecodeError, match=complaint):
        decode_channel_data(bytes.fromhex(data))


@pytest.mark.parametrize("channel", [0x3FFF, 0x5000])
def test_a_channel_out_of_range_is_the_callers_fault(channel: int) -> None:
    with pytest.raises(ValueError, match="0x4000"):
        ChannelData(channel, b"").encode()


def test_data_longer_than_the_length_field_is_the_callers_fault() -> None:
    assert len(ChannelData(0x4000, bytes(0xFFFF)).encode()) == 4 + 0xFFFF
    with pytest.raises(ValueError, match="65535"):
        ChannelData(0x4000, bytes(0x10000)).encode()


# Streams.

frames = st.lists(
    st.builds(ChannelData, st.integers(0x4000, 0x4FFF), st.binary(max_size=20))
    | st.builds(
        lambda data: Message.indication(Method.SEND, TRANSACTION, Data(data)),
        st.binary(max_size=20),
    ),
    max_size=8,
)
garbage = st.sampled_from(
    [
        b"\x04",
        b"POST / HTTP/1.1",
        b"\x16\x03\x01",
        b"\x80\x00",
        b"\x00\x01\x00\x01",
        b"\x00\x01\x00\x00\x21\x12\xa4\x43",
        b"\x00\x01\x00\x00\x22",
    ]
)


def to_stream(frame: ChannelData | Message) -> tuple[bytes, bytes]:
    """The frame, and the frame as it goes onto a stream."""
    if isinstance(frame, ChannelData):
        return frame.encode(), frame.encode(Carrier.STREAM)
    return frame.encode(), frame.encode()


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = [*sorted(place % (len(stream) + 1) for place in places), len(stream)]
    return [stream[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def feed_all(cutter: StreamCutter, chunks: list[bytes], got: list[bytes]) -> None:
    for chunk in chunks:
        got += cutter.feed(chunk)


places_to_cut = st.lists(st.integers(0, 500), max_size=12)


@settings
@hypothesis.given(frames, places_to_cut)
def test_the_frames_are_the_same_however_the_stream_is_cut(
    sent: list[ChannelData | Message], places: list[int]
) -> None:
    stream = b"".join(to_stream(frame)[1] for frame in sent)
    cutter = StreamCutter()
    got = [frame for chunk in cut(stream, places) for frame in cutter.feed(chunk)]
    assert got == [to_stream(frame)[0] for frame in sent]
    assert cutter.waiting == 0


@settings
@hypothesis.given(frames, garbage, places_to_cut)
def test_garbage_is_refused_after_the_same_frames_however_the_stream_is_cut(
    sent: list[ChannelData | Message], garbage: bytes, places: list[int]
) -> None:
    stream = b"".join(to_stream(frame)[1] for frame in sent) + garbage
    cutter = StreamCutter()
    got: list[bytes] = []
    with pytest.raises(StreamError) as refusal:
        feed_all(cutter, cut(stream, places), got)
    got += refusal.value.frames
    assert got == [to_stream(frame)[0] for frame in sent]
    with pytest.raises(StreamError, match="expected"):
        cutter.feed(BINDING)


@settings
@hypothesis.given(st.lists(st.binary(max_size=40), max_size=6))
def test_any_stream_is_cut_or_refused(chunks: list[bytes]) -> None:
    cutter = StreamCutter()
    try:
        for chunk in chunks:
            assert all(cutter.feed(bytearray(chunk)))
    except StreamError:
        assert cutter.waiting == 0


def test_frames_come_as_soon_as_they_are_whole() -> None:
    cutter = StreamCutter()
    stream = BINDING + ChannelData(0x4000, b"a").encode(Carrier.STREAM) + BINDING
    arrived = {
        at + 1: got for at, byte in enumerate(stream) if (got := cutter.feed(bytes((byte,))))
    }
    assert arrived == {20: [BINDING], 28: [b"\x40\0\0\1a"], 48: [BINDING]}


def test_what_waits_is_known_at_the_end_of_a_stream() -> None:
    cutter = StreamCutter()
    assert cutter.feed(BINDING + BINDING[:7]) == [BINDING]
    assert cutter.waiting == 7


def test_channels_outside_the_range_of_the_rfc_lose_the_stream() -> None:
    with pytest.raises(StreamError, match="first byte 0x50"):
        StreamCutter().feed(b"\x50\x00\x00\x00")


def test_a_frame_longer_than_allowed_is_refused_before_it_has_come() -> None:
    cutter = StreamCutter(longest=100)
    assert cutter.feed(ChannelData(0x4000, bytes(96)).encode(Carrier.STREAM))
    with pytest.raises(StreamError, match="at most 100 bytes, got one of 104"):
        cutter.feed(ChannelData(0x4000, bytes(97)).encode(Carrier.STREAM)[:4])


def test_the_longest_channel_data_passes() -> None:
    frame = ChannelData(0x4000, bytes(0xFFFF))
    assert StreamCutter().feed(frame.encode(Carrier.STREAM)) == [frame.encode()]


def test_channels_of_the_older_rfc_are_cut_when_they_are_asked_for() -> None:
    frame = bytes.fromhex("7ffe0003") + b"abc"
    assert StreamCutter(channels=range(0x40, 0x80)).feed(frame + b"\0" + BINDING) == [
        frame,
        BINDING,
    ]
    with pytest.raises(StreamError, match="0x7f"):
        StreamCutter().feed(frame)


def test_a_frame_that_may_be_the_last_leaves_what_follows_as_it_came() -> None:
    cutter = StreamCutter(is_last=lambda frame: frame[:1] == b"\x40")
    data = ChannelData(0x4000, b"a")
    assert cutter.feed(BINDING + data.encode(Carrier.STREAM) + BINDING + b"\xff") == [
        BINDING,
        data.encode(),
    ]
    assert cutter.waiting == len(BINDING) + 1
    with pytest.raises(StreamError, match="0xff") as broken:
        cutter.feed(b"")
    assert broken.value.frames == (BINDING,)


def test_what_follows_the_last_frame_can_be_taken_out() -> None:
    cutter = StreamCutter(is_last=lambda _: True)
    assert cutter.feed(BINDING + b"\xffdata") == [BINDING]
    assert cutter.take_rest() == b"\xffdata"
    assert cutter.waiting == 0
