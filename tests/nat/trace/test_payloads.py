"""Tests of `nat.trace.payloads`: what a packet carries, in a few words."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stunwire
from nat import Address, Fragment, IcmpEcho, IcmpError, IcmpKind, Packet, Protocol
from nat.segments import Flags, Kind, RawSegment, Segment
from nat.trace.payloads import datagram, stream, summary
from stunwire import Message, Method

A, B = Address("192.0.2.1", 5), Address("192.0.2.2", 6)
ID = b"0123456789ab"


def stun(method, *attributes):
    return Message.request(method, ID, *attributes)


def dtls(kind, epoch, body, version=0xFEFD):
    return struct.pack("!BHHHIH", kind, version, epoch, 0, 1, len(body)) + body


PEER = stunwire.XorPeerAddress(stunwire.Address("203.0.113.7", 9))
MAPPED = stunwire.XorMappedAddress(stunwire.Address("203.0.113.1", 4711))
RTP = struct.pack("!BBHII", 0x80, 0x80 | 111, 7, 960, 1) + b"sound"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello", '"hello"'),
        (b"GET me something that is long", '"GET me something that is…"'),
        (b"\xff\x00\x01", "bytes ff 00 01"),
        (b"\xff" * 30, "bytes ff ff ff ff ff ff ff ff …"),
        (stun(Method.BINDING).encode(), "STUN Binding request"),
        (
            stun(Method.BINDING, stunwire.UseCandidate(), stunwire.Priority(1)).encode(),
            "STUN Binding request USE-CANDIDATE",
        ),
        (
            stun(Method.BINDING, stunwire.ChangeRequest(change_ip=True, change_port=True)).encode(),
            "STUN Binding request change address and port",
        ),
        (
            stun(Method.BINDING).success(MAPPED).encode(),
            "STUN Binding success mapped 203.0.113.1:4711",
        ),
        (stun(Method.ALLOCATE).error(401).encode(), "STUN Allocate error 401 Unauthenticated"),
        (
            stun(Method.REFRESH, stunwire.Lifetime(0)).encode(),
            "STUN Refresh request lifetime 0 s",
        ),
        (
            stun(Method.CHANNEL_BIND, stunwire.ChannelNumber(0x4001), PEER).encode(),
            "STUN ChannelBind request channel 0x4001 peer 203.0.113.7:9",
        ),
        (
            Message.indication(Method.SEND, ID, PEER, stunwire.Data(b"hello")).encode(),
            'STUN Send indication peer 203.0.113.7:9 ["hello"]',
        ),
        (Message.request(0x0FF, ID).encode(), "STUN method 0xff request"),
        (stunwire.ChannelData(0x4000, b"hello").encode(), 'ChannelData 0x4000 ["hello"]'),
        (
            stunwire.ChannelData(0x4000, stun(Method.BINDING).encode()).encode(),
            "ChannelData 0x4000 [STUN Binding request]",
        ),
        (dtls(22, 0, b"\x01abc"), "DTLS 1.2 ClientHello"),
        (
            dtls(22, 0, b"\x02abc") + dtls(22, 0, b"\x0babc") + dtls(22, 0, b"\x0eabc"),
            "DTLS 1.2 ServerHello, Certificate, ServerHelloDone",
        ),
        (dtls(20, 0, b"\x01") + dtls(22, 1, b"secret"), "DTLS 1.2 ChangeCipherSpec, Finished"),
        (dtls(23, 1, b"secret"), "DTLS 1.2 application data"),
        (dtls(23, 1, b"secret", 0x0303), "bytes 17 03 03 00 01 00 00 00 …"),
        (RTP, "RTP type 111 sequence 7 time 960 marker"),
        (b"\x81\xc9\0\1\0\0\0\1", "RTCP receiver report"),
        (b"\x81\x01", "bytes 81 01"),
        (b"\x40\x00\x00\xff", "bytes 40 00 00 ff"),
        (b"\x00\x01\x00", "bytes 00 01 00"),
    ],
)
def test_a_datagram_is_told_in_a_few_words(data, words):
    assert summary(Packet(Protocol.UDP, A, B, data)) == words


def test_what_is_nested_without_end_is_told_to_a_depth():
    data = b"inside"
    for _ in range(9):
        data = stunwire.ChannelData(0x4000, data).encode()
    assert datagram(data).count("ChannelData") == 4


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (Segment(Kind.SYN), "TCP SYN sequence 0 acknowledged 0"),
        (
            Segment(Kind.DATA, 1, 1, 9, b"GET / HTTP/1.1\r\nHost: x\r\n"),
            'TCP PSH ACK ["GET / HTTP/1.1"] sequence 1 acknowledged 1',
        ),
        (
            RawSegment(
                Flags.ACK | Flags.FIN,
                struct.pack("!HHIIBBHHH", 5, 6, 7, 8, 0x50, 0x11, 9, 0, 0) + b"\x17\x03\x03\0\1x",
            ),
            "TCP FIN ACK [TLS application data] sequence 7 acknowledged 8",
        ),
        (RawSegment(Flags(0), b"12345678"), "TCP"),
    ],
)
def test_a_segment_is_told_with_what_it_begins_with(payload, words):
    assert summary(Packet(Protocol.TCP, A, B, payload)) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x16\x03\x01\x00\x05\x01....", "TLS ClientHello"),
        (stun(Method.BINDING).encode(), "STUN Binding request"),
        (b"\r\n", "bytes 0d 0a"),
        (b"\x81\x05hello", "WebSocket text, 5 B"),
        (b"\x89\x80mask", "WebSocket ping, 0 B"),
        (b"\x82\x7e\x01\x00" + bytes(256), "WebSocket binary, 256 B"),
        (b"\x81\x06hello", "bytes 81 06 68 65 6c 6c 6f"),
    ],
)
def test_a_stream_is_told_by_its_beginning(data, words):
    assert stream(data) == words


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (IcmpEcho(reply=False, sequence=3), "ICMP echo request identifier 5 sequence 3"),
        (IcmpEcho(reply=True, sequence=3), "ICMP echo reply identifier 6 sequence 3"),
        (
            IcmpError(Packet(Protocol.UDP, A, B, b"")),
            "ICMP port unreachable about 192.0.2.1:5 > 192.0.2.2:6",
        ),
        (
            IcmpError(Packet(Protocol.UDP, A, B, b""), IcmpKind.PACKET_TOO_BIG, 1280),
            "ICMP packet too big (MTU 1280) about 192.0.2.1:5 > 192.0.2.2:6",
        ),
    ],
)
def test_icmp_is_told_in_its_words(payload, words):
    assert summary(Packet(Protocol.ICMP, A, B, payload)) == words


def test_a_fragment_is_told_by_its_bytes():
    middle = Fragment(0x1234, 1480, more=True, data=b"x" * 1480)
    last = Fragment(0x1234, 2960, more=False, data=b"x")
    assert summary(Packet(Protocol.UDP, A, B, middle)) == "fragment 1480–2960 of datagram 0x1234"
    assert summary(Packet(Protocol.UDP, A, B, last)).endswith("of datagram 0x1234, the last")


@given(st.binary(max_size=60), st.sampled_from([b"", b"\0", b"\x16\xfe\xfd", b"\x40\0", b"\x80"]))
def test_any_bytes_are_told_in_one_printable_line(data, head):
    for words in (datagram(head + data), stream(b"x" + data)):
        assert words.isprintable()
