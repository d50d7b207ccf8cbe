"""Channel data on datagrams, and the numbers that two RFCs allow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.channels import ChannelNumbers, Framed, frame, unframe
from stunwire import ChannelData, decode_channel_data


@given(st.integers(0x4000, 0x4FFF), st.binary(max_size=100))
def test_in_the_range_of_rfc_8656_the_bytes_are_those_of_stunwire(channel, data):
    packet = ChannelData(channel, data).encode()
    assert frame(channel, data) == packet
    framed = unframe(packet)
    assert framed == Framed(channel, data)
    assert decode_channel_data(packet) == ChannelData(framed.channel, framed.data)


@given(st.integers(0x4000, 0x7FFF), st.binary(max_size=100), st.binary(max_size=5))
def test_what_was_framed_is_unframed_whatever_padding_follows(channel, data, padding):
    assert unframe(frame(channel, data) + padding) == Framed(channel, data)


@given(st.binary(max_size=40))
def test_whatever_comes_is_unframed_or_none(packet):
    framed = unframe(packet)
    if framed is None:
        assert len(packet) < 4 or int.from_bytes(packet[2:4], "big") > len(packet) - 4
    else:
        assert packet.startswith(frame(*framed))


@pytest.mark.parametrize(
    ("numbers", "first", "last"),
    [(ChannelNumbers.CURRENT, 0x40, 0x4F), (ChannelNumbers.OLD, 0x40, 0x7F)],
)
def test_first_bytes_are_those_of_the_numbers(numbers, first, last):
    assert (numbers.first_bytes[0], numbers.first_bytes[-1]) == (first, last)
    assert {number >> 8 for number in numbers.numbers} == set(numbers.first_bytes)
