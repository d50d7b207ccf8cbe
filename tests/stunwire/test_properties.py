"""What holds for any bytes and any message: decoded or refused, the same again, nothing behind the seal."""

import hypothesis
import pytest
from hypothesis import strategies as st

from stunwire import (
    KINDS,
    AdditionalAddressFamily,
    Address,
    AddressErrorCode,
    AlternateDomain,
    AlternateServer,
    Attribute,
    ChangeRequest,
    ChannelNumber,
    Class,
    ConnectionId,
    Data,
    DecodeError,
    DontFragment,
    ErrorCode,
    EvenPort,
    Fingerprint,
    IceControlled,
    IceControlling,
    Icmp,
    Integrity,
    IntegrityKey,
    Lifetime,
    MappedAddress,
    Message,
    MessageIntegrity,
    MessageIntegritySha256,
    Method,
    MobilityTicket,
    Nonce,
    OtherAddress,
    Padding,
    PasswordAlgorithm,
    PasswordAlgorithms,
    Priority,
    Realm,
    RequestedAddressFamily,
    RequestedTransport,
    ReservationToken,
    ResponseOrigin,
    ResponsePort,
    Software,
    UnknownAttribute,
    UnknownAttributes,
    UseCandidate,
    UserHash,
    Username,
    XorMappedAddress,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
)

settings = hypothesis.settings(max_examples=80, deadline=None, database=None)


def decode_host(packed: bytes) -> str:
    """The text of an IPv6 address as the library writes it."""
    address = MappedAddress.decode(b"\0\2\0\0" + packed).address
    return address.host


uint8, uint16 = st.integers(0, 0xFF), st.integers(0, 0xFFFF)
uint32, uint64 = st.integers(0, 0xFFFFFFFF), st.integers(0, (1 << 64) - 1)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
anything = st.binary(max_size=40)
codes, reasons = st.integers(300, 699), text
hosts = st.ip_addresses(v=4).map(str) | st.binary(min_size=16, max_size=16).map(decode_host)
addresses = st.builds(Address, hosts, uint16)
password_algorithms = st.builds(PasswordAlgorithm, uint16, st.binary(max_size=9))


ADDRESS_KINDS = (
    MappedAddress,
    XorMappedAddress,
    XorPeerAddress,
    XorRelayedAddress,
    AlternateServer,
    ResponseOrigin,
    OtherAddress,
)
STRATEGIES: dict[type[Attribute], st.SearchStrategy[Attribute]] = {
    **{kind: st.builds(kind, addresses) for kind in ADDRESS_KINDS},
    **{kind: st.builds(kind, text) for kind in (Username, Realm, Nonce, Software, AlternateDomain)},
    **{kind: st.builds(kind, anything) for kind in (Data, Padding, MobilityTicket)},
    **{kind: st.builds(kind, uint8) for kind in (RequestedAddressFamily, AdditionalAddressFamily)},
    **{kind: st.builds(kind, uint32) for kind in (Lifetime, ConnectionId, Priority)},
    **{kind: st.builds(kind, uint64) for kind in (IceControlled, IceControlling)},
    **{kind: st.just(kind()) for kind in (UseCandidate, DontFragment)},
    UserHash: st.builds(UserHash, st.binary(min_size=32, max_size=32)),
    ReservationToken: st.builds(ReservationToken, st.binary(min_size=8, max_size=8)),
    ErrorCode: st.builds(ErrorCode, codes, reasons),
    AddressErrorCode: st.builds(AddressErrorCode, uint8, codes, reasons),
    UnknownAttributes: st.builds(UnknownAttributes, st.lists(uint16, max_size=5).map(tuple)),
    ChannelNumber: st.builds(ChannelNumber, uint16),
    RequestedTransport: st.builds(RequestedTransport, uint8),
    EvenPort: st.builds(EvenPort, reserve_next=st.booleans()),
    PasswordAlgorithm: password_algorithms,
    PasswordAlgorithms: st.builds(
        PasswordAlgorithms, st.lists(password_algorithms, max_size=4).map(tuple)
    ),
    Icmp: st.builds(Icmp, st.integers(0, 127), st.integers(0, 511), uint32),
    ChangeRequest: st.builds(ChangeRequest, change_ip=st.booleans(), change_port=st.booleans()),
    ResponsePort: st.builds(ResponsePort, uint16),
    UnknownAttribute: st.builds(
        UnknownAttribute, uint16.filter(lambda kind: kind not in {k.type for k in KINDS}), anything
    ),
}
SEALS = {MessageIntegrity, MessageIntegritySha256, Fingerprint}
attributes = st.one_of(list(STRATEGIES.values()))
transactions = st.binary(min_size=12, max_size=12)
messages = st.builds(
    Message,
    st.integers(0, 0xFFF),
    st.sampled_from(Class),
    transactions,
    st.lists(attributes, max_size=8).map(tuple),
)
keys = st.builds(IntegrityKey, st.binary(max_size=70), st.sampled_from(Integrity)) | st.builds(
    IntegrityKey,
    st.binary(max_size=70),
    st.just(Integrity.SHA256),
    st.sampled_from([16, 20, 24, 28, 32]),
)
headers = st.builds(
    lambda kind, rest: kind.to_bytes(2, "big") + len(rest).to_bytes(2, "big") + rest,
    st.sampled_from([kind.type for kind in KINDS]) | uint16,
    anything,
)


def test_every_attribute_has_a_strategy_here() -> None:
    assert set(STRATEGIES) | SEALS == {*KINDS, UnknownAttribute}


def decode_or_refuse(data: bytes) -> Message | None:
    try:
        return decode(data)
    except DecodeError:
        return None


@settings
@hypothesis.given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    decode_or_refuse(data)


@hypothesis.settings(settings, max_examples=200)
@hypothesis.given(st.integers(0, 0x3FFF), transactions, st.lists(headers, max_size=6))
def test_any_attributes_behind_a_good_header_are_decoded_or_refused(
    message_type: int, transaction: bytes, parts: list[bytes]
) -> None:
    body = b"".join(part + bytes(-len(part) % 4) for part in parts)
    data = b"%b%b\x21\x12\xa4\x42%b%b" % (
        message_type.to_bytes(2, "big"),
        len(body).to_bytes(2, "big"),
        transaction,
        body,
    )
    message = decode_or_refuse(data)
    if message is not None:
        message.unknown_required  # noqa: B018 - it must not raise either
        assert decode(message.unprotected().encode()) == message.unprotected()


@settings
@hypothesis.given(messages, st.data())
def test_a_damaged_message_is_decoded_or_refused(message: Message, draw: st.DataObject) -> None:
    data = bytearray(message.encode())
    for _ in range(draw.draw(st.integers(1, 4))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(uint8)
    decode_or_refuse(bytes(data))


@hypothesis.settings(settings, max_examples=200)
@hypothesis.given(messages)
def test_a_message_that_was_encoded_is_decoded_as_it_was(message: Message) -> None:
    data = message.encode()
    assert decode(data) == message
    assert decode(data).encode() == data


@pytest.mark.parametrize("kind", STRATEGIES, ids=lambda kind: kind.__name__)
@hypothesis.settings(settings, max_examples=25)
@hypothesis.given(transactions, st.data())
def test_an_attribute_alone_is_decoded_as_it_was(
    kind: type[Attribute], transaction: bytes, draw: st.DataObject
) -> None:
    attribute = draw.draw(STRATEGIES[kind])
    message = decode(Message.request(1, transaction, attribute).encode())
    assert message.attributes == (attribute,)
    assert message.get(kind) == attribute


@settings
@hypothesis.given(messages, keys, st.booleans())
def test_a_seal_fits_its_key(message: Message, key: IntegrityKey, fingerprint: bool) -> None:
    sealed = decode(message.encode(integrity=key, fingerprint=fingerprint))
    assert sealed.verify(key.key, key.algorithm, shortest=16)
    assert sealed.unprotected() == message


@settings
@hypothesis.given(messages, keys, st.lists(attributes, min_size=1, max_size=5), st.booleans())
def test_nothing_behind_the_seal_is_seen(
    message: Message, key: IntegrityKey, appended: list[Attribute], fingerprint: bool
) -> None:
    sealed = message.encode(integrity=key)
    tail = Message.request(1, message.transaction_id, *appended).encode()[20:]
    forged = sealed + tail
    length = (len(forged) - 20).to_bytes(2, "big")
    seen = decode(forged[:2] + length + forged[4:])
    assert seen.attributes == decode(sealed).attributes
    assert seen.verify(key.key, key.algorithm, shortest=16)


@hypothesis.settings(settings, max_examples=150)
@hypothesis.given(messages, keys, st.data())
def test_a_flip_of_any_covered_bit_breaks_the_seal(
    message: Message, key: IntegrityKey, draw: st.DataObject
) -> None:
    data = bytearray(message.encode(integrity=key))
    bit = draw.draw(st.integers(0, len(data) * 8 - 1))
    data[bit // 8] ^= 1 << bit % 8
    damaged = decode_or_refuse(bytes(data))
    assert damaged is None or not damaged.verify(key.key, key.algorithm, shortest=16)


@hypothesis.given(
    key=st.binary(max_size=70), other=st.binary(max_size=70), algorithm=st.sampled_from(Integrity)
)
def test_a_key_at_hand_fits_where_its_bytes_verify(
    key: bytes, other: bytes, algorithm: Integrity
) -> None:
    request = Message.request(Method.ALLOCATE, b"t" * 12, Username("alice"))
    message = decode(request.encode(integrity=IntegrityKey(key, algorithm), fingerprint=True))
    for candidate in (key, other):
        for kind in Integrity:
            at_hand = IntegrityKey(candidate, kind)
            assert message.fits(at_hand) == message.verify(candidate, kind)
    assert message.fits(IntegrityKey(key, algorithm))
    assert not request.fits(IntegrityKey(key, algorithm))
