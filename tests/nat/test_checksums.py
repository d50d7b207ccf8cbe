"""Tests of `nat.checksums`: checksums of IP, UDP, TCP and ICMP."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.checksums import address_sum, host_of, neutral_checksum, packed, pseudo_sum, sum_of


def folded(data):
    """RFC 1071 §4.1, word by word."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(st.binary(max_size=200))
def test_a_sum_is_that_of_the_words(data):
    assert sum_of(data) % 0xFFFF == folded(data) % 0xFFFF


def test_the_example_of_rfc_1071():
    assert sum_of(bytes.fromhex("0001f203f4f5f6f7")) == 0xDDF2


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "::"])
def test_an_address_is_packed_unpacked_and_summed(host):
    assert host_of(packed(host)) == host
    assert address_sum(host) == folded(packed(host)) % 0xFFFF


def test_the_pseudo_header_counts_addresses_protocol_and_length():
    data = packed("192.0.2.1") + packed("198.51.100.7") + bytes.fromhex("0011 0123")
    assert pseudo_sum("192.0.2.1", "198.51.100.7", 17, 0x123) % 0xFFFF == folded(data) % 0xFFFF


@given(st.binary(max_size=50))
def test_a_neutral_checksum_becomes_the_real_one_without_the_data(data):
    length = 8 + len(data)
    others = address_sum("192.0.2.1") + address_sum("192.0.2.2") + 5 + 6
    real = (neutral_checksum(data) - others) % 0xFFFF
    header = struct.pack("!HHHH", 5, 6, length, real)
    assert (pseudo_sum("192.0.2.1", "192.0.2.2", 17, length) + sum_of(header + data)) % 0xFFFF == 0
