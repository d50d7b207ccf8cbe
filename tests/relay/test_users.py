"""Who may relay, and what proves it."""

import gc

import pytest

from relay import SettingsError
from relay.users import NOBODY, Keys, Password, User, UserList, make_keys, pack, unpack
from stunwire import PasswordHash, long_term_key, userhash


@pytest.mark.parametrize("algorithm", PasswordHash)
def test_keys_prove_what_their_password_proves(algorithm):
    password = Password("wonder")
    keys = make_keys("alice", "lab", "wonder")
    expected = long_term_key("alice", "lab", "wonder", algorithm)
    assert password.key("alice", "lab", algorithm) == expected
    assert keys.key("alice", "lab", algorithm) == expected


def test_without_a_sha256_key_there_is_none():
    assert Keys(bytes(16)).key("alice", "lab", PasswordHash.SHA256) is None


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Password(""), "empty"),
        (lambda: Keys(bytes(15)), "16 bytes, got 15"),
        (lambda: Keys(bytes(16), bytes(16)), "32 bytes, got 16"),
        (lambda: User(Password("x"), -1), "got -1"),
    ],
)
def test_what_cannot_be_meant_is_refused(make, words):
    with pytest.raises(SettingsError, match=words):
        make()


def test_secrets_are_not_in_the_text_form():
    assert "wonder" not in repr(User(Password("wonder")))
    assert "aaaa" not in repr(Keys(b"a" * 16, b"a" * 32))


def test_a_list_finds_by_name_and_by_the_hash_of_a_name():
    users = UserList.of({"alice": Password("wonder")}, "lab")
    assert users.find("alice") == Password("wonder")
    assert users.find("bob") is None
    assert users.name_of(userhash("alice", "lab")) == "alice"
    assert users.name_of(userhash("alice", "elsewhere")) is None
    assert (len(users), list(users), len(NOBODY)) == (1, ["alice"], 0)


@pytest.mark.parametrize(
    "proof", [Password("wonder"), Keys(bytes(16)), make_keys("alice", "lab", "wonder")]
)
def test_a_proof_is_packed_into_what_the_garbage_collector_passes_over(proof):
    packed = pack(proof)
    assert unpack(packed) == proof
    assert not gc.is_tracked(packed)
    users = UserList.of({str(n): proof for n in range(10)}, "lab")
    assert users.find("7") == proof
