"""Packets are encoded as aiortc understands them, and any bytes are decoded or refused."""

import contextlib
import random

import pytest
from aiortc import rtcsctptransport as stock
from hypothesis import given
from hypothesis import strategies as st

from peer.sctp import chunks
from peer.sctp.chunks import Data, DecodeError, ForwardTsn, Init, Other, Parameter, Reconfig, Sack

EVERY_KIND = [
    chunks.encode_data(3, 7, 1, 2, 53, b"hello"),
    chunks.encode_init(Init(1, 2, 3, 4, 5, (Parameter(0xC000, b""), Parameter(7, b"abc")))),
    chunks.encode_init(Init(1, 2, 3, 4, 5, (), acknowledges=True)),
    chunks.encode_sack(9, 1000, [(2, 3), (5, 5)]),
    chunks.encode_forward_tsn(9, [(1, 2), (3, 4)]),
    chunks.encode_chunk(
        chunks.RECONFIG, chunks.encode_parameters([Parameter(16, bytes(8)), Parameter(13, b"x")])
    ),
    chunks.encode_chunk(chunks.HEARTBEAT, b"\0\1\0\5!"),
]
VALUES = [
    Data(3, 7, 1, 2, 53, b"hello"),
    Init(1, 2, 3, 4, 5, (Parameter(0xC000, b""), Parameter(7, b"abc"))),
    Init(1, 2, 3, 4, 5, (), acknowledges=True),
    Sack(9, 1000, ((2, 3), (5, 5))),
    ForwardTsn(9, ((1, 2), (3, 4))),
    Reconfig((Parameter(16, bytes(8)), Parameter(13, b"x"))),
    Other(chunks.HEARTBEAT, 0, b"\0\1\0\5!"),
]


def test_every_kind_comes_back_as_it_was() -> None:
    packet = chunks.encode(5000, 5001, 77, EVERY_KIND)
    assert chunks.decode(packet) == (77, VALUES)


def test_aiortc_reads_what_we_write() -> None:
    _, _, tag, read = stock.parse_packet(chunks.encode(5000, 5001, 77, EVERY_KIND))
    assert tag == 77
    assert [type(chunk) for chunk in read] == [
        stock.DataChunk,
        stock.InitChunk,
        stock.InitAckChunk,
        stock.SackChunk,
        stock.ForwardTsnChunk,
        stock.ReconfigChunk,
        stock.HeartbeatChunk,
    ]
    assert [bytes(chunk) for chunk in read] == EVERY_KIND


def test_a_chunk_of_an_unknown_type_is_passed_over_or_ends_the_packet() -> None:
    """RFC 9260 §3.2: the highest bit of the type says which."""
    for kind, left in ((0x3F, 1), (0xBF, 2)):
        parts = [EVERY_KIND[0], chunks.encode_chunk(kind, b"?"), EVERY_KIND[6]]
        assert len(chunks.decode(chunks.encode(1, 1, 1, parts)).chunks) == left


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\x00\x03\x00\x03", "says it has 3 bytes"),
        (b"\x00\x03\xff\xff", "says it has 65535 bytes"),
        (b"\x00\x03\x00\x08\0\0\0\0", "too short"),
        (chunks.encode_chunk(chunks.SACK, bytes(8) + b"\xff\xff\0\0"), "too short"),
        (chunks.encode_chunk(chunks.INIT, bytes(3)), "too short"),
        (chunks.encode_chunk(chunks.FORWARD_TSN, b""), "too short"),
        (chunks.encode_chunk(chunks.DATA, bytes(12)), "without data"),
        (chunks.encode_chunk(chunks.RECONFIG, b"\0\x0d\0\x02"), "parameter at byte 0"),
        (chunks.encode_chunk(chunks.RECONFIG, b"\0\x0d\0\xff"), "parameter at byte 0"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_place(body: bytes, why: str) -> None:
    with pytest.raises(DecodeError, match=why):
        chunks.decode(chunks.encode(1, 1, 1, [body]))


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    for packet in (body, chunks.encode(1, 1, 1, [body])):
        with contextlib.suppress(DecodeError):
            chunks.decode(packet)


def test_a_good_packet_with_bytes_changed_is_decoded_or_refused() -> None:
    chance = random.Random(5)
    for _ in range(2000):
        body = bytearray(b"".join(EVERY_KIND))
        for _ in range(chance.randrange(1, 4)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        with contextlib.suppress(DecodeError):
            chunks.decode(chunks.encode(1, 1, 1, [bytes(body)]))
