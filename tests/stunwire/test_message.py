"""Messages: decoding, encoding, seals, and the rules on what may follow them."""

import pytest

from stunwire import (
    Address,
    Class,
    Data,
    DecodeError,
    DontFragment,
    ErrorCode,
    ErrorCodes,
    Fingerprint,
    Integrity,
    IntegrityKey,
    Lifetime,
    Message,
    MessageIntegrity,
    MessageIntegritySha256,
    Method,
    Nonce,
    Realm,
    Software,
    UnknownAttribute,
    Username,
    XorPeerAddress,
    decode,
    encode,
)

TRANSACTION = bytes(range(1, 13))
PEER = Address("198.51.100.9", 4000)
SHA1 = IntegrityKey(b"first", Integrity.SHA1)
SHA256 = IntegrityKey(b"second", Integrity.SHA256)
REQUEST = Message.request(Method.REFRESH, TRANSACTION, Username("someone"), Lifetime(600))


def append(data: bytes, *attributes: bytes) -> bytes:
    """The message with more attributes at its end, and a header that counts them."""
    longer = data + b"".join(attributes)
    return longer[:2] + (len(longer) - 20).to_bytes(2, "big") + longer[4:]


def raw(kind: int, value: bytes) -> bytes:
    return kind.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value + bytes(-len(value) % 4)


PEER_BYTES = Message.request(Method.REFRESH, TRANSACTION, XorPeerAddress(PEER)).encode()[20:]


def test_a_message_keeps_its_parts() -> None:
    message = decode(REQUEST.encode())
    assert message == REQUEST
    assert (message.method, message.cls, message.transaction_id) == (
        Method.REFRESH,
        Class.REQUEST,
        TRANSACTION,
    )


@pytest.mark.parametrize(
    ("method", "cls", "number"),
    [
        (Method.BINDING, Class.REQUEST, 0x0001),
        (Method.BINDING, Class.INDICATION, 0x0011),
        (Method.BINDING, Class.SUCCESS, 0x0101),
        (Method.BINDING, Class.ERROR, 0x0111),
        (Method.ALLOCATE, Class.ERROR, 0x0113),
        (Method.SEND, Class.INDICATION, 0x0016),
        (Method.DATA, Class.INDICATION, 0x0017),
        (Method.CHANNEL_BIND, Class.SUCCESS, 0x0109),
        (Method.CONNECTION_ATTEMPT, Class.INDICATION, 0x001C),
        (0xFFF, Class.ERROR, 0x3FFF),
        (0xA5A, Class.REQUEST, 0x28AA),
    ],
)
def test_method_and_class_share_the_message_type(method: int, cls: Class, number: int) -> None:
    data = Message(method, cls, TRANSACTION).encode()
    assert data[:2] == number.to_bytes(2, "big")
    assert decode(data) == Message(method, cls, TRANSACTION)


def test_every_kind_of_buffer_is_read() -> None:
    data = REQUEST.encode()
    assert decode(bytearray(data)) == decode(memoryview(data)) == decode(data)


def test_the_first_of_two_attributes_counts() -> None:
    message = decode(REQUEST.success(Lifetime(1), Lifetime(2), Realm("x")).encode())
    assert message.get(Lifetime) == Lifetime(1)
    assert message.get_all(Lifetime) == (Lifetime(1), Lifetime(2))
    assert message.get(Nonce) is None
    assert message.get_all(Nonce) == ()


def test_a_message_of_our_own_and_the_same_one_decoded_give_the_same_attributes() -> None:
    ours = REQUEST.success(Lifetime(1), UnknownAttribute(0x7FFF, b""), Lifetime(2))
    theirs = decode(ours.encode(integrity=SHA256))
    for kind in (Lifetime, UnknownAttribute, Nonce, XorPeerAddress):
        assert theirs.get(kind) == ours.get(kind)
        assert theirs.get_all(kind) == ours.get_all(kind)
    assert theirs.has_integrity
    assert not ours.has_integrity


def test_a_message_is_encoded_as_its_parts_are() -> None:
    encoded = encode(
        REQUEST.method,
        REQUEST.cls,
        TRANSACTION,
        REQUEST.attributes,
        integrity=SHA1,
        fingerprint=True,
    )
    assert encoded == REQUEST.encode(integrity=SHA1, fingerprint=True)


def test_types_that_must_be_understood_and_are_not_are_listed_once() -> None:
    message = REQUEST.success(
        UnknownAttribute(0x7FFF, b"12345"),
        UnknownAttribute(0x8000 | 0x7777, b""),
        UnknownAttribute(0x7FFF, b""),
        UnknownAttribute(0x0004, b""),
    )
    decoded = decode(message.encode())
    assert decoded == message
    assert decoded.unknown_required == (0x7FFF, 0x0004)


def test_responses_carry_method_and_transaction_of_their_request() -> None:
    success = REQUEST.success(Lifetime(5))
    assert success == Message(Method.REFRESH, Class.SUCCESS, TRANSACTION, (Lifetime(5),))
    error = REQUEST.error(ErrorCodes.STALE_NONCE, Nonce("n"))
    assert error.cls is Class.ERROR
    assert error.attributes == (ErrorCode(438, "Stale nonce"), Nonce("n"))


def test_an_error_may_have_another_reason_or_an_unregistered_code() -> None:
    assert REQUEST.error(400, reason="Odd").get(ErrorCode) == ErrorCode(400, "Odd")
    assert REQUEST.error(400, reason="").get(ErrorCode) == ErrorCode(400, "")
    assert REQUEST.error(699).get(ErrorCode) == ErrorCode(699, "")


def test_an_indication_is_made_from_its_attributes() -> None:
    message = Message.indication(Method.SEND, TRANSACTION, XorPeerAddress(PEER), Data(b"hello"))
    assert decode(message.encode()) == message
    assert message.cls is Class.INDICATION


def test_padding_is_zero() -> None:
    data = Message.indication(Method.DATA, TRANSACTION, Data(b"\xff"), Data(b"\xff" * 2)).encode()
    assert data[20:] == bytes.fromhex("00130001ff000000 00130002ffff0000")


# Seals.


def test_each_seal_fits_its_key_and_no_other(key: IntegrityKey) -> None:
    message = decode(REQUEST.encode(integrity=key))
    assert message.integrity == (key.algorithm,)
    assert message.has_integrity
    assert message.verify(key.key, key.algorithm)
    assert not message.verify(key.key + b"!", key.algorithm)
    for other in set(Integrity) - {key.algorithm}:
        assert not message.verify(key.key, other)


@pytest.mark.parametrize("keys", [(SHA1, SHA256), (SHA256, SHA1), [SHA256, SHA1]])
def test_two_seals_stand_in_the_order_of_the_rfc_and_both_fit(
    keys: tuple[IntegrityKey, ...],
) -> None:
    message = decode(REQUEST.encode(integrity=keys, fingerprint=True))
    seals = [type(attribute) for attribute in message.attributes[2:]]
    assert seals == [MessageIntegrity, MessageIntegritySha256, Fingerprint]
    assert message.verify(b"first", Integrity.SHA1)
    assert message.verify(b"second", Integrity.SHA256)


def test_a_message_without_seals_fits_no_key() -> None:
    message = decode(REQUEST.encode())
    assert not message.has_integrity
    assert not message.verify(b"", Integrity.SHA1)
    assert not message.verify(b"", Integrity.SHA256)
    assert not REQUEST.verify(b"", Integrity.SHA1)


@pytest.mark.parametrize("length", [16, 20, 24, 28])
def test_a_truncated_seal_fits_only_where_truncation_is_allowed(length: int) -> None:
    key = IntegrityKey(b"key", Integrity.SHA256, length)
    message = decode(REQUEST.encode(integrity=key))
    seal = message.get(MessageIntegritySha256)
    assert seal is not None
    assert len(seal.value) == length
    assert not message.verify(b"key", Integrity.SHA256)
    assert message.verify(b"key", Integrity.SHA256, shortest=length)
    assert not message.verify(b"kez", Integrity.SHA256, shortest=length)
    assert not message.verify(b"key", Integrity.SHA256, shortest=length + 4)


def test_a_flip_of_any_bit_under_the_seal_breaks_it(key: IntegrityKey) -> None:
    data = REQUEST.success(Software("odd"), Username("someone")).encode(integrity=key)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            message = decode(flipped)
        except DecodeError:
            continue
        assert not message.verify(key.key, key.algorithm), f"bit {bit}"


def test_a_flip_of_any_bit_breaks_the_fingerprint() -> None:
    data = REQUEST.encode(fingerprint=True)
    for bit in range(len(data) * 8):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            message = decode(flipped)
        except DecodeError:
            continue
        assert message.get(Fingerprint) is None, f"bit {bit}"


def test_nothing_after_the_seal_is_seen(key: IntegrityKey) -> None:
    sealed = REQUEST.encode(integrity=key)
    message = decode(append(sealed, PEER_BYTES, raw(0x7FFF, b""), raw(0x000D, b"bad length")))
    assert message.attributes == decode(sealed).attributes
    assert message.get(XorPeerAddress) is None
    assert message.unknown_required == ()
    assert message.verify(key.key, key.algorithm)


def test_a_second_seal_of_a_kind_is_not_seen() -> None:
    sealed = REQUEST.encode(integrity=(SHA1, SHA256))
    again = append(sealed, raw(0x001C, bytes(32)), raw(0x0008, bytes(20)))
    message = decode(again)
    assert message.attributes == decode(sealed).attributes
    assert message.verify(b"first", Integrity.SHA1)
    assert message.verify(b"second", Integrity.SHA256)


def test_a_sha1_seal_after_a_sha256_seal_is_not_seen() -> None:
    sealed = REQUEST.encode(integrity=SHA256)
    assert decode(append(sealed, raw(0x0008, bytes(20)))).integrity == (Integrity.SHA256,)


def test_a_sha256_seal_is_seen_across_attributes_that_are_not() -> None:
    sealed = REQUEST.encode(integrity=SHA1)
    foreign = append(sealed, PEER_BYTES)
    message = decode(append(foreign, raw(0x001C, bytes(32))))
    assert message.integrity == (Integrity.SHA1, Integrity.SHA256)
    assert message.get(XorPeerAddress) is None


def test_a_fingerprint_after_unseen_attributes_is_checked() -> None:
    foreign = append(REQUEST.encode(integrity=SHA1), PEER_BYTES, raw(0x8028, bytes(4)))
    with pytest.raises(DecodeError, match="FINGERPRINT"):
        decode(foreign)


@pytest.mark.parametrize("following", [PEER_BYTES, raw(0x8028, bytes(4)), raw(0x0008, bytes(20))])
def test_nothing_may_follow_the_fingerprint(following: bytes) -> None:
    with pytest.raises(DecodeError, match="last attribute"):
        decode(append(REQUEST.encode(fingerprint=True), following))


def test_a_fingerprint_of_another_length_is_refused() -> None:
    with pytest.raises(DecodeError, match="4 bytes"):
        decode(append(REQUEST.encode(), raw(0x8028, bytes(8))))


@pytest.mark.parametrize("value", [b"", bytes(19), bytes(24)])
def test_a_sha1_seal_of_another_length_is_refused(value: bytes) -> None:
    with pytest.raises(DecodeError, match="MessageIntegrity has 20 bytes"):
        decode(append(REQUEST.encode(), raw(0x0008, value)))


def test_seals_come_off_and_on_again() -> None:
    sealed = decode(REQUEST.encode(integrity=(SHA1, SHA256), fingerprint=True))
    assert sealed.unprotected() == REQUEST
    assert sealed.encode() == REQUEST.encode(integrity=(SHA1, SHA256), fingerprint=True)


@pytest.mark.parametrize("sealing", [{"integrity": SHA1}, {"fingerprint": True}])
def test_a_sealed_message_is_not_sealed_twice(sealing: dict[str, bool]) -> None:
    sealed = decode(REQUEST.encode(integrity=SHA1))
    with pytest.raises(ValueError, match="unprotected"):
        sealed.encode(**sealing)


def test_one_seal_cannot_have_two_keys() -> None:
    with pytest.raises(ValueError, match="one key"):
        REQUEST.encode(integrity=(SHA1, SHA1))


# What is refused.


@pytest.mark.parametrize("length", range(20))
def test_less_than_a_header_is_refused(length: int) -> None:
    with pytest.raises(DecodeError, match="at least 20 bytes"):
        decode(REQUEST.encode()[:length])


def test_every_cut_of_a_message_is_refused() -> None:
    data = REQUEST.encode(integrity=SHA1, fingerprint=True)
    for length in range(20, len(data)):
        with pytest.raises(DecodeError, match="announces"):
            decode(data[:length])


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({0: 0x40}, "two zero bits"),
        ({0: 0x80}, "two zero bits"),
        ({4: 0x22}, "magic cookie"),
        ({3: 0x01}, "announces"),
        ({3: 0xFF}, "announces"),
        ({23: 0xFF}, "ends at byte"),
        ({22: 0xFF}, "ends at byte"),
    ],
)
def test_a_header_that_is_wrong_is_refused(change: dict[int, int], complaint: str) -> None:
    data = bytearray(REQUEST.encode())
    for at, value in change.items():
        data[at] = value
    with pytest.raises(DecodeError, match=complaint):
        decode(data)


def test_a_length_that_is_no_multiple_of_four_is_refused() -> None:
    data = bytearray(Message.request(Method.BINDING, TRANSACTION).encode() + b"abc")
    data[3] = 3
    with pytest.raises(DecodeError, match="announces"):
        decode(data)


def test_more_than_128_attributes_are_refused() -> None:
    most = Message.request(Method.BINDING, TRANSACTION, *[DontFragment()] * 128)
    assert decode(most.encode()) == most
    with pytest.raises(DecodeError, match="128"):
        decode(append(most.encode(), raw(0x001A, b"")))


def test_more_than_128_attributes_after_the_seal_are_refused() -> None:
    sealed = REQUEST.encode(integrity=SHA1)
    decode(append(sealed, *[raw(0x001A, b"")] * 127))
    with pytest.raises(DecodeError, match="128"):
        decode(append(sealed, *[raw(0x001A, b"")] * 128))


def test_an_attribute_after_the_seal_must_end_inside_the_message() -> None:
    data = append(REQUEST.encode(integrity=SHA1), raw(0x7FFF, b"1234"))
    with pytest.raises(DecodeError, match="ends at byte"):
        decode(data[:-5] + b"\xff" + data[-4:])


# What the caller got wrong.


def test_a_transaction_id_has_twelve_bytes() -> None:
    with pytest.raises(ValueError, match="12 bytes"):
        Message.request(Method.BINDING, bytes(11)).encode()


@pytest.mark.parametrize("method", [-1, 0x1000])
def test_a_method_has_twelve_bits(method: int) -> None:
    with pytest.raises(ValueError, match="0x"):
        Message.request(method, TRANSACTION).encode()


def test_a_message_has_at_most_65535_bytes_of_attributes() -> None:
    longest = Message.indication(Method.DATA, TRANSACTION, Data(bytes(0xFFF8)))
    assert decode(longest.encode()) == longest
    with pytest.raises(ValueError, match="65535"):
        longest.encode(fingerprint=True)
    with pytest.raises(ValueError, match="65535"):
        Message.indication(Method.DATA, TRANSACTION, Data(bytes(0x10000))).encode()


def test_whether_any_of_some_kinds_came_is_known_of_what_is_made_and_of_what_is_read() -> None:
    message = Message.request(Method.ALLOCATE, b"t" * 12, Realm("lab.example"))
    for each in (message, decode(message.encode())):
        assert each.has_any({Realm, Username})
        assert not each.has_any({Username})
        assert not each.has_any(set())
