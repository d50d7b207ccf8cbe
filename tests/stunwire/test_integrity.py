"""Keys and codes; the vectors of the RFCs check the same from outside."""

import hashlib
import hmac

import hypothesis
import pytest
from hypothesis import strategies as st

from stunwire import (
    Integrity,
    IntegrityKey,
    PasswordHash,
    Preparation,
    long_term_key,
    short_term_key,
    userhash,
)
from stunwire.integrity import fingerprint_code, integrity_code, seal


def test_a_long_term_key_is_a_hash_of_user_realm_and_password() -> None:
    text = b"user:realm:pass"
    assert long_term_key("user", "realm", "pass") == hashlib.md5(text).digest()
    sha256 = long_term_key("user", "realm", "pass", PasswordHash.SHA256)
    assert sha256 == hashlib.sha256(text).digest()


def test_a_key_does_not_depend_on_how_a_letter_was_composed() -> None:
    assert long_term_key("é", "r", "p") == long_term_key("e\u0301", "r", "p")
    assert userhash("é", "r") == userhash("e\u0301", "r")
    assert short_term_key("é") == short_term_key("e\u0301") == "é".encode()


def test_the_two_profiles_differ_beyond_ascii() -> None:
    key = long_term_key("u", "r", "\u2168")
    assert key != long_term_key("u", "r", "\u2168", preparation=Preparation.SASLPREP)
    assert key != long_term_key("u", "r", "IX")


@pytest.mark.parametrize("name", ["", "\0", "a\nb", "\u00ad", "\u202e", "\U0010ffff", "x" * 763])
def test_no_name_of_a_stranger_stops_the_making_of_a_key(name: str) -> None:
    assert len(long_term_key(name, "realm", "password")) == 16
    assert len(userhash(name, "realm")) == 32


def test_a_userhash_is_the_sha256_of_user_and_realm() -> None:
    assert userhash("user", "realm") == hashlib.sha256(b"user:realm").digest()


@pytest.mark.parametrize(
    ("algorithm", "length"),
    [
        (Integrity.SHA1, 20),
        (Integrity.SHA1, 16),
        (Integrity.SHA256, 12),
        (Integrity.SHA256, 18),
        (Integrity.SHA256, 36),
        (Integrity.SHA256, 0),
    ],
)
def test_a_seal_is_cut_only_as_the_rfc_allows(algorithm: Integrity, length: int) -> None:
    with pytest.raises(ValueError, match="cannot be cut"):
        IntegrityKey(b"key", algorithm, length)


def test_a_seal_has_its_full_size_unless_cut() -> None:
    assert IntegrityKey(b"key").size == 20
    assert IntegrityKey(b"key", Integrity.SHA256).size == 32
    assert IntegrityKey(b"key", Integrity.SHA256, 16).size == 16


def test_a_key_does_not_show_in_logs() -> None:
    assert "secret" not in repr(IntegrityKey(b"secret"))


def test_a_code_counts_its_attribute_in_the_header() -> None:
    covered = bytes.fromhex("00010000") + bytes(16)
    longer = bytes.fromhex("00010fff") + bytes(16)
    sha1, sha256 = IntegrityKey(b"k"), IntegrityKey(b"k", Integrity.SHA256)
    assert integrity_code(covered, sha1, 20) == integrity_code(longer, sha1, 20)
    full = integrity_code(covered, sha256, 32)
    cut = integrity_code(covered, sha256, 16)
    assert len(cut) == 16
    assert not full.startswith(cut)


def test_a_fingerprint_is_a_masked_crc() -> None:
    assert fingerprint_code(b"123456789") == 0xCBF43926 ^ 0x5354554E


@hypothesis.given(key=st.binary(max_size=200), text=st.binary(max_size=300))
@hypothesis.example(key=bytes(64), text=b"a key as long as a block")
@hypothesis.example(key=bytes(65), text=b"a key that is hashed first")
def test_a_seal_is_the_hmac_of_the_standard_library(key: bytes, text: bytes) -> None:
    assert seal(key, text, hashlib.sha1) == hmac.digest(key, text, "sha1")
    assert seal(key, text, hashlib.sha256) == hmac.digest(key, text, "sha256")
