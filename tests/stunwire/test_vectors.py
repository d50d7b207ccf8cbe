"""The published vectors, byte for byte: RFC 5769 §2.1 to §2.4 and RFC 8489 §B.1, before and after its correction."""

import hmac

import pytest

from stunwire import (
    Address,
    Attribute,
    DecodeError,
    Fingerprint,
    IceControlled,
    Integrity,
    IntegrityKey,
    Message,
    MessageIntegrity,
    MessageIntegritySha256,
    Method,
    Nonce,
    PasswordAlgorithm,
    PasswordHash,
    Preparation,
    Priority,
    Realm,
    Software,
    UserHash,
    Username,
    XorMappedAddress,
    decode,
    long_term_key,
    short_term_key,
    userhash,
)
from stunwire.integrity import fingerprint_code, integrity_code

SHORT_TERM_PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"
USERNAME = "マトリックス"
PASSWORD = "The\u00adM\u00aatr\u2168"
PREPARED_PASSWORD = "TheMatrIX"
REALM = "example.org"
NONCE = "f//499k954d6OL34oL9FSTvy64sA"

REQUEST = bytes.fromhex(
    "00010058 2112a442 b7e7a701bc34d686fa87dfae"
    "80220010 5354554e207465737420636c69656e74"
    "00240004 6e0001ff"
    "80290008 932ff9b151263b36"
    "00060009 6576746a3a68367659202020"
    "00080014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004 e57a3bcf"
)
IPV4_RESPONSE = bytes.fromhex(
    "0101003c 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200008 0001a147e112a643"
    "00080014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004 c07d4c96"
)
IPV6_RESPONSE = bytes.fromhex(
    "01010048 2112a442 b7e7a701bc34d686fa87dfae"
    "8022000b 7465737420766563746f7220"
    "00200014 0002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
    "00080014 a382954e4be67bf11784c97c8292c275bfe3ed41"
    "80280004 c8fb0b4c"
)
LONG_TERM_REQUEST = bytes.fromhex(
    "00010060 2112a442 78ad3433c6ad72c029da412e"
    "00060012 e3839ee38388e383aae38383e382afe382b90000"
    "0015001c 662f2f3439396b3935346436 4f4c33346f4c39465354767936347341"
    "0014000b 6578616d706c652e6f726700"
    "00080014 f67024656dd64a3e02b8e0712e85c9a28ca89666"
)
SHA256_BODY = (
    "001e0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
    "00150029 6f624d61744a6f733241414143662f2f3439396b3935346436"
    "4f4c33346f4c39465354767936347341000000"
    "0014000b 6578616d706c652e6f726700"
)
SHA256_AS_PRINTED = bytes.fromhex(
    "0001009c 2112a442 78ad3433c6ad72c029da412e" + SHA256_BODY + "001c0020"
    "e4686c8f0edeb59013e07090010a93efccbccc544c0a45d9f830aa6d6f735a01"
)
SHA256_AS_CORRECTED = bytes.fromhex(
    "00010090 2112a442 78ad3433c6ad72c029da412e" + SHA256_BODY + "001d0004 00020000"
    "001c0020 b5c7bf005b6c52a21c51c5e892f8192413 6296cb927c43149309278cc6518e65"
)

SHORT_TERM = {
    "request": (
        REQUEST,
        (
            Software("STUN test client"),
            Priority(0x6E0001FF),
            IceControlled(0x932FF9B151263B36),
            Username("evtj:h6vY"),
        ),
    ),
    "IPv4 response": (
        IPV4_RESPONSE,
        (Software("test vector"), XorMappedAddress(Address("192.0.2.1", 32853))),
    ),
    "IPv6 response": (
        IPV6_RESPONSE,
        (
            Software("test vector"),
            XorMappedAddress(Address("2001:db8:1234:5678:11:2233:4455:6677", 32853)),
        ),
    ),
}
short_term = pytest.mark.parametrize(
    ("vector", "attributes"), SHORT_TERM.values(), ids=SHORT_TERM.keys()
)


def pad_with_spaces(data: bytes) -> bytes:
    """The short-term vectors pad with spaces, "MUST be ignored by the receiver" (RFC 8489 §14); we pad with zeros."""
    padded, at = bytearray(data), 20
    while at < len(data):
        stop = at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        at = stop + -stop % 4
        padded[stop:at] = b" " * (at - stop)
    return bytes(padded)


@short_term
def test_a_short_term_vector_is_read_and_its_seals_fit(
    vector: bytes, attributes: tuple[Attribute, ...]
) -> None:
    message = decode(vector)
    assert message.method is Method.BINDING
    assert message.attributes[:-2] == attributes
    assert [type(seal) for seal in message.attributes[-2:]] == [MessageIntegrity, Fingerprint]
    assert message.verify(short_term_key(SHORT_TERM_PASSWORD), Integrity.SHA1)
    assert not message.verify(short_term_key(SHORT_TERM_PASSWORD + "!"), Integrity.SHA1)


@short_term
def test_a_short_term_vector_is_made_again_byte_for_byte(
    vector: bytes, attributes: tuple[Attribute, ...]
) -> None:
    message = decode(vector)
    plain = Message(message.method, message.cls, message.transaction_id, attributes).encode()
    data = pad_with_spaces(plain)
    key = short_term_key(SHORT_TERM_PASSWORD)
    data += bytes.fromhex("00080014") + integrity_code(data, IntegrityKey(key), 20)
    data = data[:2] + vector[2:4] + data[4:]
    data += bytes.fromhex("80280004") + fingerprint_code(data).to_bytes(4, "big")
    assert data == vector


def test_the_long_term_vector_is_read_and_made_again_byte_for_byte() -> None:
    key = long_term_key(USERNAME, REALM, PASSWORD, preparation=Preparation.SASLPREP)
    message = decode(LONG_TERM_REQUEST)
    assert message.attributes[:-1] == (Username(USERNAME), Nonce(NONCE), Realm(REALM))
    assert message.verify(key, Integrity.SHA1)
    assert message.unprotected().encode(integrity=IntegrityKey(key)) == LONG_TERM_REQUEST


def test_the_sha256_vector_is_read_and_made_again_byte_for_byte() -> None:
    key = long_term_key(USERNAME, REALM, PREPARED_PASSWORD, PasswordHash.SHA256)
    message = decode(SHA256_AS_CORRECTED)
    assert message.attributes[:-1] == (
        UserHash(userhash(USERNAME, REALM)),
        Nonce("obMatJos2AAAC" + NONCE),
        Realm(REALM),
        PasswordAlgorithm(PasswordHash.SHA256),
    )
    assert message.verify(key, Integrity.SHA256)
    again = message.unprotected().encode(integrity=IntegrityKey(key, Integrity.SHA256))
    assert again == SHA256_AS_CORRECTED


def test_the_sha256_vector_as_printed_has_a_wrong_length_and_is_refused() -> None:
    # Its header counts itself: 156 bytes where 136 follow. The HMAC was made over that very header.
    with pytest.raises(DecodeError, match="announces 156 bytes, got 136"):
        decode(SHA256_AS_PRINTED)
    key = long_term_key(USERNAME, REALM, PREPARED_PASSWORD, PasswordHash.SHA256)
    assert hmac.digest(key, SHA256_AS_PRINTED[:-36], "sha256") == SHA256_AS_PRINTED[-32:]


def test_the_sha256_vector_as_printed_is_made_again_from_its_parts() -> None:
    message = Message.request(
        Method.BINDING,
        SHA256_AS_PRINTED[8:20],
        UserHash(userhash(USERNAME, REALM)),
        Nonce("obMatJos2AAAC" + NONCE),
        Realm(REALM),
        MessageIntegritySha256(SHA256_AS_PRINTED[-32:]),
    )
    data = message.encode()
    assert data[:4] == bytes.fromhex("00010088")
    assert data[4:] == SHA256_AS_PRINTED[4:]
