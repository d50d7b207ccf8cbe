"""A codec that is not ours, aioice's, reads what we write, and the other way round."""

import pytest
from aioice import stun

from stunwire import (
    Address,
    Attribute,
    ChannelNumber,
    Class,
    Data,
    ErrorCode,
    ErrorCodes,
    Fingerprint,
    IceControlled,
    IceControlling,
    Integrity,
    IntegrityKey,
    Lifetime,
    MappedAddress,
    Message,
    MessageIntegrity,
    Method,
    Nonce,
    OtherAddress,
    Priority,
    Realm,
    RequestedTransport,
    ResponseOrigin,
    Software,
    UseCandidate,
    Username,
    XorMappedAddress,
    XorPeerAddress,
    XorRelayedAddress,
    decode,
)

IPV4 = Address("203.0.113.7", 50000)
IPV6 = Address("2001:db8::7", 50001)
KEY = b"a key both know"

PAIRS: list[tuple[Attribute, str, object]] = [
    (MappedAddress(IPV4), "MAPPED-ADDRESS", IPV4),
    (MappedAddress(IPV6), "MAPPED-ADDRESS", IPV6),
    (XorMappedAddress(IPV4), "XOR-MAPPED-ADDRESS", IPV4),
    (XorMappedAddress(IPV6), "XOR-MAPPED-ADDRESS", IPV6),
    (XorPeerAddress(IPV4), "XOR-PEER-ADDRESS", IPV4),
    (XorRelayedAddress(IPV6), "XOR-RELAYED-ADDRESS", IPV6),
    (ResponseOrigin(IPV4), "RESPONSE-ORIGIN", IPV4),
    (OtherAddress(IPV4), "OTHER-ADDRESS", IPV4),
    (Username("évtj:h6vY"), "USERNAME", "évtj:h6vY"),
    (Realm("example.org"), "REALM", "example.org"),
    (Nonce("abc"), "NONCE", b"abc"),
    (Software("hairpin"), "SOFTWARE", "hairpin"),
    (ErrorCode(ErrorCodes.STALE_NONCE, "Stale nonce"), "ERROR-CODE", (438, "Stale nonce")),
    (ChannelNumber(0x4001), "CHANNEL-NUMBER", 0x4001),
    (Lifetime(600), "LIFETIME", 600),
    (Data(b"12345"), "DATA", b"12345"),
    (RequestedTransport(17), "REQUESTED-TRANSPORT", 17 << 24),
    (Priority(2130706431), "PRIORITY", 2130706431),
    (UseCandidate(), "USE-CANDIDATE", None),
    (IceControlling(1 << 63 | 1), "ICE-CONTROLLING", 1 << 63 | 1),
    (IceControlled(7), "ICE-CONTROLLED", 7),
]
each_attribute = pytest.mark.parametrize(
    ("ours", "name", "theirs"), PAIRS, ids=[f"{name} {value}" for _, name, value in PAIRS]
)


@each_attribute
def test_the_stranger_reads_our_attribute(
    ours: Attribute, name: str, theirs: object, transaction_id: bytes
) -> None:
    message = stun.parse_message(Message.request(Method.BINDING, transaction_id, ours).encode())
    assert message.transaction_id == transaction_id
    assert message.attributes == {name: theirs}


@each_attribute
def test_we_read_the_attribute_of_the_stranger(
    ours: Attribute, name: str, theirs: object, transaction_id: bytes
) -> None:
    message = stun.Message(
        stun.Method.BINDING, stun.Class.REQUEST, transaction_id, attributes={name: theirs}
    )
    assert decode(bytes(message)).attributes == (ours,)


METHODS = [
    (ours, stun.Method[ours.name]) for ours in Method if ours.name in stun.Method.__members__
]
CLASSES = list(zip(Class, stun.Class, strict=True))


@pytest.mark.parametrize(("our_class", "their_class"), CLASSES)
@pytest.mark.parametrize(("our_method", "their_method"), METHODS)
def test_methods_and_classes_have_the_same_numbers(
    our_method: Method,
    their_method: stun.Method,
    our_class: Class,
    their_class: stun.Class,
    transaction_id: bytes,
) -> None:
    data = Message(our_method, our_class, transaction_id).encode()
    assert data == bytes(stun.Message(their_method, their_class, transaction_id))


def test_the_stranger_takes_our_seals(transaction_id: bytes) -> None:
    message = Message.request(Method.ALLOCATE, transaction_id, Username("someone"))
    data = message.encode(integrity=IntegrityKey(KEY), fingerprint=True)
    theirs = stun.parse_message(data)
    assert theirs.attributes["USERNAME"] == "someone"
    assert theirs.check_message_integrity(KEY)
    assert not theirs.check_message_integrity(b"another key")


def test_we_take_the_seals_of_the_stranger(transaction_id: bytes) -> None:
    theirs = stun.Message(stun.Method.ALLOCATE, stun.Class.REQUEST, transaction_id)
    theirs.attributes["USERNAME"] = "someone"
    theirs.add_message_integrity(KEY)
    message = decode(bytes(theirs))
    assert [type(a) for a in message.attributes] == [Username, MessageIntegrity, Fingerprint]
    assert message.verify(KEY, Integrity.SHA1)
    assert not message.verify(b"another key", Integrity.SHA1)
