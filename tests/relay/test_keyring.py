"""Proven credentials at hand: by name, hash and integrity, the oldest makes room, and a stranger learns nothing."""

from relay.credentials import Credential, Owner, Scheme
from relay.keyring import FITS_NOTHING, Keyring, Proven
from stunwire import Integrity, IntegrityKey, Message, Method, PasswordHash, decode

MD5, SHA1, SHA256 = PasswordHash.MD5, Integrity.SHA1, Integrity.SHA256


def _proven(name: str, integrity: Integrity = SHA1) -> Proven:
    key = IntegrityKey(name.encode(), integrity)
    return Proven(Credential(Owner(Scheme.STATIC, name), name, key), None)


def test_a_credential_is_found_for_what_it_was_proven_with_alone():
    keyring = Keyring()
    keyring.keep(_proven("alice"), MD5)
    assert keyring.find("alice", MD5, SHA1) == _proven("alice")
    assert keyring.find("alice", PasswordHash.SHA256, SHA1) is None
    assert keyring.find("alice", MD5, SHA256) is None
    assert keyring.find("bob", MD5, SHA1) is None


def test_the_oldest_makes_room():
    keyring = Keyring(2)
    for name in ("alice", "bob", "alice", "carol"):
        keyring.keep(_proven(name), MD5)
    assert len(keyring) == 2
    assert keyring.find("alice", MD5, SHA1) is None
    assert keyring.find("carol", MD5, SHA1) is not None


def test_the_key_for_strangers_is_there_for_both_and_no_request_is_let_in_with_it():
    assert set(FITS_NOTHING) == set(Integrity)
    forged = Message.request(Method.ALLOCATE, b"t" * 12).encode(integrity=FITS_NOTHING[SHA1])
    assert decode(forged).fits(FITS_NOTHING[SHA1])  # so the authenticator must ask who it is, too
