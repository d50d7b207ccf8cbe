"""Tests of `nat.packets`: what a NAT sees: addresses, packets, and the reasons for not passing one on."""

from nat import Address, Packet, Protocol, Unreachable


def test_an_address_equals_and_hashes_as_the_plain_tuple():
    assert Address("192.0.2.1", 5) == ("192.0.2.1", 5)
    assert {Address("192.0.2.1", 5): 1}["192.0.2.1", 5] == 1


def test_an_address_is_written_in_the_one_form():
    assert str(Address("203.0.113.7", 4711)) == "203.0.113.7:4711"
    assert str(Address("2001:db8::1", 4711)) == "[2001:db8::1]:4711"


def test_an_icmp_error_has_a_size_of_its_own():
    original = Packet(Protocol.UDP, Address("a", 1), Address("b", 2), b"x" * 1000)
    assert len(Unreachable(original)) == 36
