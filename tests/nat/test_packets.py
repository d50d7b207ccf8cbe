"""Tests of `nat.packets`: what a NAT sees: addresses, packets, and the reasons for not passing one on."""

from nat import Address, Fragment, IcmpEcho, IcmpError, Packet, Protocol, wire_size


def test_an_address_equals_and_hashes_as_the_plain_tuple():
    assert Address("192.0.2.1", 5) == ("192.0.2.1", 5)
    assert {Address("192.0.2.1", 5): 1}["192.0.2.1", 5] == 1


def test_an_address_is_written_in_the_one_form():
    assert str(Address("203.0.113.7", 4711)) == "203.0.113.7:4711"
    assert str(Address("2001:db8::1", 4711)) == "[2001:db8::1]:4711"


def test_an_icmp_error_has_a_size_of_its_own():
    original = Packet(Protocol.UDP, Address("a", 1), Address("b", 2), b"x" * 1000)
    assert len(IcmpError(original)) == 36


def test_the_size_on_the_wire_counts_all_headers():
    four, six = (Address("192.0.2.1", 1), Address("2001:db8::1", 1))
    assert wire_size(Packet(Protocol.UDP, four, four, b"x" * 100)) == 128
    assert wire_size(Packet(Protocol.UDP, six, six, b"x" * 100)) == 148
    assert wire_size(Packet(Protocol.ICMP, four, four, IcmpEcho(False, 1, b"x" * 56))) == 84
    first, later = Fragment(1, 0, True, b"x" * 8, 8), Fragment(1, 16, False, b"x" * 8)
    assert wire_size(Packet(Protocol.UDP, four, four, first)) == 36
    assert wire_size(Packet(Protocol.UDP, four, four, later)) == 28
