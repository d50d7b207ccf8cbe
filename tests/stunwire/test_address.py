"""Addresses: their text, their bytes, their mask."""

import pytest

from stunwire import Address, DecodeError, Family
from stunwire.address import decode_address, encode_address, mask_address

IPV4 = Address("192.0.2.1", 32853)
IPV4_BYTES = bytes.fromhex("00018055c0000201")
IPV6 = Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)
IPV6_BYTES = bytes.fromhex("0002805520010db81234567800112233 44556677")
TRANSACTION = bytes.fromhex("b7e7a701bc34d686fa87dfae")


def test_an_address_equals_and_hashes_as_the_plain_tuple() -> None:
    assert IPV4 == ("192.0.2.1", 32853)
    assert {IPV4: 1}["192.0.2.1", 32853] == 1


@pytest.mark.parametrize(
    ("host", "family"), [("192.0.2.1", Family.IPV4), ("::1", Family.IPV6), ("::", Family.IPV6)]
)
def test_an_address_knows_its_family(host: str, family: Family) -> None:
    assert Address(host, 1).family is family


@pytest.mark.parametrize(("address", "value"), [(IPV4, IPV4_BYTES), (IPV6, IPV6_BYTES)])
def test_an_address_is_family_port_and_host(address: Address, value: bytes) -> None:
    assert encode_address(address) == value
    assert decode_address(value) == address


def test_the_first_byte_of_an_address_is_ignored() -> None:
    assert decode_address(b"\xff" + IPV4_BYTES[1:]) == IPV4


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        (IPV4_BYTES, "0001a147e112a643"),
        (IPV6_BYTES, "0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"),
    ],
)
def test_the_mask_is_that_of_the_published_vectors_and_its_own_inverse(
    value: bytes, masked: str
) -> None:
    assert mask_address(value, TRANSACTION).hex() == masked
    assert mask_address(bytes.fromhex(masked), TRANSACTION) == value


def test_what_is_no_address_is_not_masked() -> None:
    assert mask_address(b"12345", TRANSACTION) == b"12345"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "0001",
        "00018055",
        "00018055c00002",
        "00018055c000020100",
        "00028055c0000201",
        "00038055c0000201",
        "00008055c0000201",
        IPV6_BYTES.hex().replace("0002", "0001", 1),
        IPV6_BYTES.hex() + "00",
    ],
)
def test_another_family_or_length_is_refused(value: str) -> None:
    with pytest.raises(DecodeError, match="family 1 or 2"):
        decode_address(bytes.fromhex(value))


@pytest.mark.parametrize(
    ("packed", "host"),
    [
        ("00000000000000000000ffff7f000001", "::ffff:127.0.0.1"),
        ("00000000000000000000000000000000", "::"),
        ("fe800000000000000000000000000001", "fe80::1"),
    ],
)
def test_hosts_read_as_sockets_write_them(packed: str, host: str) -> None:
    address = decode_address(bytes.fromhex("00020001" + packed))
    assert address == (host, 1)
    assert encode_address(address).hex() == "00020001" + packed


def test_a_zone_stays_at_home() -> None:
    assert encode_address(("fe80::1%eth0", 1)) == encode_address(("fe80::1", 1))


@pytest.mark.parametrize(
    "host",
    ["", "127.1", "0x7f.0.0.1", "127.0.0.01", "256.0.0.1", "localhost", "1.2.3.4 ", "1::2::3"],
)
def test_a_host_that_is_no_numeric_address_is_the_callers_fault(host: str) -> None:
    with pytest.raises(ValueError, match="numeric address"):
        encode_address((host, 1))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_does_not_exist_is_the_callers_fault(port: int) -> None:
    with pytest.raises(ValueError, match=r"0\.\.65535"):
        encode_address(("192.0.2.1", port))
