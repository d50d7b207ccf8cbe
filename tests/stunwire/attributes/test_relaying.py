"""The attributes of TURN: their types and their bytes, written out."""

import pytest

from stunwire import (
    AdditionalAddressFamily,
    Address,
    AddressErrorCode,
    Attribute,
    ChannelNumber,
    ConnectionId,
    Data,
    DecodeError,
    DontFragment,
    EvenPort,
    Family,
    Icmp,
    Lifetime,
    MobilityTicket,
    RequestedAddressFamily,
    RequestedTransport,
    ReservationToken,
    XorPeerAddress,
    XorRelayedAddress,
)

ADDRESS = Address("192.0.2.1", 32853)
EXAMPLES: list[tuple[Attribute, int, str]] = [
    (ChannelNumber(0x4001), 0x000C, "40010000"),
    (Lifetime(3600), 0x000D, "00000e10"),
    (XorPeerAddress(ADDRESS), 0x0012, "00018055c0000201"),
    (Data(b"hello"), 0x0013, "68656c6c6f"),
    (XorRelayedAddress(ADDRESS), 0x0016, "00018055c0000201"),
    (RequestedAddressFamily(Family.IPV6), 0x0017, "02000000"),
    (EvenPort(reserve_next=True), 0x0018, "80"),
    (EvenPort(), 0x0018, "00"),
    (RequestedTransport(RequestedTransport.udp), 0x0019, "11000000"),
    (RequestedTransport(RequestedTransport.tcp), 0x0019, "06000000"),
    (DontFragment(), 0x001A, ""),
    (ReservationToken(b"12345678"), 0x0022, "3132333435363738"),
    (ConnectionId(0xDEADBEEF), 0x002A, "deadbeef"),
    (AdditionalAddressFamily(Family.IPV4), 0x8000, "01000000"),
    (AddressErrorCode(Family.IPV6, 440, "no"), 0x8001, "020004286e6f"),
    (Icmp(3, 4, 1400), 0x8004, "00000604 00000578"),
    (Icmp(127, 511), 0x8004, "0000ffff 00000000"),
    (MobilityTicket(b""), 0x8030, ""),
    (MobilityTicket(b"ticket"), 0x8030, "7469636b6574"),
]


@pytest.mark.parametrize(("attribute", "kind", "value"), EXAMPLES)
def test_an_attribute_has_its_type_and_bytes(attribute: Attribute, kind: int, value: str) -> None:
    assert attribute.type == kind
    assert attribute.encode() == bytes.fromhex(value)
    assert type(attribute).decode(bytes.fromhex(value)) == attribute


RESERVED: list[tuple[Attribute, str]] = [
    (ChannelNumber(0x4001), "4001ffff"),
    (RequestedAddressFamily(2), "02ffffff"),
    (AdditionalAddressFamily(2), "02ffffff"),
    (RequestedTransport(17), "11ffffff"),
    (EvenPort(reserve_next=True), "ff"),
    (EvenPort(), "7f"),
    (AddressErrorCode(2, 440), "02fffc28"),
    (Icmp(3, 4, 5), "ffff0604 00000005"),
]


@pytest.mark.parametrize(("attribute", "value"), RESERVED)
def test_reserved_bits_are_ignored(attribute: Attribute, value: str) -> None:
    assert type(attribute).decode(bytes.fromhex(value)) == attribute


REFUSED: list[tuple[type[Attribute], str]] = [
    (ChannelNumber, "4001"),
    (Lifetime, "0000000000"),
    (RequestedAddressFamily, "02"),
    (RequestedAddressFamily, "0200000000"),
    (EvenPort, ""),
    (EvenPort, "80000000"),
    (RequestedTransport, "11"),
    (ConnectionId, "dead"),
    (AddressErrorCode, "020004"),
    (AddressErrorCode, "02000128"),
    (Icmp, "00000604"),
    (Icmp, "000006040000057800"),
]


@pytest.mark.parametrize(("kind", "value"), REFUSED)
def test_other_bytes_are_refused(kind: type[Attribute], value: str) -> None:
    with pytest.raises(DecodeError):
        kind.decode(bytes.fromhex(value))


def test_a_family_that_nobody_knows_reaches_the_server_which_answers_440() -> None:
    assert RequestedAddressFamily.decode(bytes.fromhex("09000000")) == RequestedAddressFamily(9)
    known = RequestedAddressFamily.decode(bytes.fromhex("01000000"))
    assert known.family is Family.IPV4


@pytest.mark.parametrize(
    "attribute",
    [
        ChannelNumber(0x10000),
        Lifetime(-1),
        Lifetime(1 << 32),
        RequestedAddressFamily(256),
        RequestedTransport(-1),
        ConnectionId(1 << 32),
        AddressErrorCode(256, 440),
        AddressErrorCode(1, 200),
        Icmp(128, 0),
        Icmp(0, 512),
        Icmp(0, 0, 1 << 32),
        ReservationToken(b"short"),
    ],
)
def test_a_field_that_does_not_fit_is_the_callers_fault(attribute: Attribute) -> None:
    with pytest.raises(ValueError, match=r"expected|fit into"):
        attribute.encode()
