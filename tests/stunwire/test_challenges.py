"""Challenges, signatures and whom to believe."""

import pytest

from stunwire import (
    Integrity,
    IntegrityKey,
    LongTermCredential,
    Message,
    Method,
    Nonce,
    NonceMaker,
    PasswordAlgorithm,
    PasswordAlgorithms,
    PasswordHash,
    Realm,
    SecurityFeatures,
    UserHash,
    Username,
    decode,
    long_term_key,
    userhash,
)

REQUEST = Message.request(Method.ALLOCATE, bytes(12))
SHA256, MD5 = PasswordAlgorithm(PasswordHash.SHA256), PasswordAlgorithm(PasswordHash.MD5)
FEATURES = SecurityFeatures.PASSWORD_ALGORITHMS | SecurityFeatures.USERNAME_ANONYMITY


def nonce(features: SecurityFeatures | None) -> Nonce:
    return Nonce(NonceMaker(bytes(16), features=features).make(("192.0.2.1", 1), 0.0))


def test_without_a_challenge_nothing_is_proven() -> None:
    credentials = LongTermCredential("alice", "wonder")
    assert not credentials.is_ready
    assert not decode(credentials.sign(REQUEST)).has_integrity


def test_a_challenge_of_rfc_5389_is_answered_with_md5_and_sha1() -> None:
    credentials = LongTermCredential("alice", "wonder")
    assert credentials.take(REQUEST.error(401, Realm("lab"), Nonce("plain")))
    signed = decode(credentials.sign(REQUEST))
    assert signed.get(Username) == Username("alice")
    assert signed.get(Nonce) == Nonce("plain")
    assert signed.verify(long_term_key("alice", "lab", "wonder"), Integrity.SHA1)


def test_the_first_known_algorithm_of_an_offer_is_taken_and_the_name_hidden_where_asked() -> None:
    credentials = LongTermCredential("alice", "wonder")
    offer = PasswordAlgorithms((PasswordAlgorithm(77), SHA256, MD5))
    assert credentials.take(REQUEST.error(401, Realm("lab"), nonce(FEATURES), offer))
    signed = decode(credentials.sign(REQUEST))
    assert signed.get(PasswordAlgorithms) == offer
    assert signed.get(PasswordAlgorithm) == SHA256
    assert signed.get(UserHash) == UserHash(userhash("alice", "lab"))
    key = long_term_key("alice", "lab", "wonder", PasswordHash.SHA256)
    assert signed.verify(key, Integrity.SHA256)
    assert credentials.trusts(
        decode(REQUEST.success().encode(integrity=IntegrityKey(key, Integrity.SHA256)))
    )


@pytest.mark.parametrize(
    ("code", "attributes"),
    [
        (401, ()),
        (401, (Realm("lab"),)),
        (438, (Nonce("n"),)),
        (403, (Realm("lab"), Nonce("n"))),
        (401, (Realm("lab"), nonce(FEATURES))),
        (401, (Realm("lab"), nonce(FEATURES), PasswordAlgorithms((PasswordAlgorithm(77),)))),
    ],
    ids=["bare", "no nonce", "no realm", "no challenge", "offer taken out", "nothing known"],
)
def test_what_cannot_be_answered_is_no_challenge(code: int, attributes: tuple) -> None:  # type: ignore[type-arg]
    credentials = LongTermCredential("alice", "wonder")
    assert not credentials.take(REQUEST.error(code, *attributes))
    assert not credentials.is_ready


def test_a_stale_nonce_keeps_the_realm_and_needs_no_proof() -> None:
    credentials = LongTermCredential("alice", "wonder")
    credentials.take(REQUEST.error(401, Realm("lab"), Nonce("one")))
    stale = decode(REQUEST.error(438, Nonce("two")).encode())
    assert credentials.trusts(stale)
    assert credentials.take(stale)
    assert decode(credentials.sign(REQUEST)).get(Nonce) == Nonce("two")
    assert not credentials.trusts(decode(REQUEST.error(403).encode()))


def test_a_password_never_shows() -> None:
    credentials = LongTermCredential("alice", "hunter2")
    credentials.take(REQUEST.error(401, Realm("lab"), Nonce("one")))
    assert "hunter2" not in repr(credentials)
