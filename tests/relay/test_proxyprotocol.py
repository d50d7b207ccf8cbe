"""PROXY headers: read however they are cut, refused when they are none, and believed of few."""

import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from relay import HangUp, Settings, SettingsError, StreamLimits
from relay.proxyprotocol import BadHeader, Passed, ProxyHeader, TrustedProxies
from relay.stream import NameClient, Stream, TakeFrames
from stunwire import Address, Message, Method

MARK = bytes.fromhex("0d0a0d0a000d0a515549540a")
BINDING = Message.request(Method.BINDING, b"t" * 12).encode()
CLIENT, CLIENT6 = Address("203.0.113.9", 56324), Address("2a00::9", 443)
TCP4 = bytes([203, 0, 113, 9, 198, 51, 100, 1]) + struct.pack("!HH", 56324, 3478)
TCP6 = bytes.fromhex("2a00" + "00" * 13 + "09") + bytes(16) + struct.pack("!HH", 443, 3478)


def binary(body: bytes, command: int = 0x21, family: int = 0x11) -> bytes:
    return MARK + struct.pack("!BBH", command, family, len(body)) + body


GOOD = {
    b"PROXY TCP4 203.0.113.9 198.51.100.1 56324 3478\r\n": CLIENT,
    b"PROXY TCP6 2a00::9 2a00::1 443 3478\r\n": CLIENT6,
    b"PROXY TCP6 2A00:0::0009 ffff::1 443 3478\r\n": CLIENT6,
    b"PROXY TCP6 ::ffff:203.0.113.9 ::1 56324 3478\r\n": CLIENT,
    b"PROXY UNKNOWN\r\n": None,
    b"PROXY UNKNOWN what ever this is\r\n": None,
    binary(TCP4): CLIENT,
    binary(TCP6, family=0x21): CLIENT6,
    binary(TCP4 + b"\x04\x00\x05-TLV-"): CLIENT,
    binary(b"", command=0x20, family=0x00): None,
    binary(TCP4, command=0x20): None,
    binary(b"", family=0x00): None,
}
BAD = [
    b"GET / HTTP/1.1\r\n",
    b"proxy TCP4 203.0.113.9 198.51.100.1 56324 3478\r\n",
    b"PROXY TCP4 203.0.113.9 198.51.100.1 56324\r\n",
    b"PROXY TCP4 203.0.113.9 198.51.100.1 56324 3478 9\r\n",
    b"PROXY TCP4 2a00::9 2a00::1 443 3478\r\n",
    b"PROXY TCP6 203.0.113.9 198.51.100.1 56324 3478\r\n",
    b"PROXY TCP4 203.0.113.999 198.51.100.1 56324 3478\r\n",
    b"PROXY TCP4 203.0.113.9 198.51.100.1 65536 3478\r\n",
    b"PROXY TCP4 203.0.113.9 198.51.100.1 056 3478\r\n",
    b"PROXY TCP4 203.0.113.9 198.51.100.1 +5 3478\r\n",
    b"PROXY UDP4 203.0.113.9 198.51.100.1 5 3478\r\n",
    b"PROXY \r\n",
    b"PROXY " + b"x" * 101,
    binary(TCP4, command=0x22),
    binary(TCP4, command=0x11),
    binary(TCP4, family=0x12),
    binary(bytes(216), family=0x31),
    binary(TCP4[:-1]),
    binary(TCP4, family=0x21),
    MARK + b"\x21\x11\xff\xff",
    BINDING,
]


@pytest.mark.parametrize(("header", "client"), GOOD.items())
def test_a_header_says_whose_connection_it_is_and_leaves_what_is_behind_it(header, client):
    assert ProxyHeader().feed(header + BINDING) == Passed(client, BINDING)


@pytest.mark.parametrize(("header", "client"), GOOD.items())
def test_a_header_may_come_byte_by_byte(header, client):
    reader = ProxyHeader()
    read = [reader.feed(header[n : n + 1]) for n in range(len(header))]
    assert read[:-1] == [None] * (len(header) - 1)
    assert read[-1] == Passed(client, b"")


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_header_is_refused(data):
    assert isinstance(ProxyHeader().feed(data), BadHeader)


@settings(max_examples=300)
@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda tail: MARK + tail)
       | st.binary(max_size=120).map(lambda tail: b"PROXY TCP4 " + tail))  # fmt: skip
@example(b"")
def test_any_bytes_are_a_header_or_none_or_too_few(data):
    read = ProxyHeader().feed(data)
    assert read is None or isinstance(read, Passed | BadHeader)
    if isinstance(read, Passed):
        assert data.endswith(read.rest)


def test_only_addresses_in_the_networks_are_believed():
    proxies = TrustedProxies(("10.0.0.0/8", "fd00::/8"))
    assert "10.1.2.3" in proxies
    assert "fd00::1" in proxies
    assert "11.0.0.1" not in proxies
    assert "fe00::1" not in proxies
    assert "10.1.2.3" not in TrustedProxies(())


def test_a_network_that_is_none_is_refused():
    with pytest.raises(SettingsError, match="trusted proxies"):
        Settings(listen_tcp=(Address("127.0.0.1", 0),), proxies=("10.0.0.1/8",))


def _stream() -> Stream:
    return Stream(StreamLimits(), range(0x40, 0x50), 0.0, header=ProxyHeader())


def test_the_stream_begins_behind_the_header():
    outputs = _stream().receive_bytes(binary(TCP4) + BINDING, 1.0)
    assert outputs == [NameClient(CLIENT), TakeFrames([BINDING])]


def test_a_header_has_five_seconds_and_the_first_message_ten_after_it():
    stream = _stream()
    stream.receive_bytes(MARK, 4.9)
    assert [cut.why for cut in stream.handle_timer(5.0, in_use=False)] == [HangUp.NO_HEADER]
    stream = _stream()
    assert stream.receive_bytes(binary(TCP4), 4.0) == [NameClient(CLIENT)]
    assert stream.encode(BINDING, 0) is not None
    assert [cut.why for cut in stream.handle_timer(14.0, in_use=False)] == [HangUp.NO_MESSAGE]


def test_a_proxy_that_sends_no_header_is_cut_off():
    (cut,) = _stream().receive_bytes(BINDING, 1.0)
    assert cut.why is HangUp.BAD_HEADER
