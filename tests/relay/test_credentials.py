"""Credentials: the key stays out of sight, and one scheme's users are not the other's."""

from relay.credentials import Credential, Owner, Scheme
from stunwire import IntegrityKey


def test_the_key_is_not_in_the_text_form():
    credential = Credential(Owner(Scheme.REST, "carol"), "99:carol", IntegrityKey(b"hush-hush"))
    assert "hush" not in repr(credential)
    assert "99:carol" in repr(credential)


def test_users_of_two_schemes_are_two_owners():
    assert Owner(Scheme.STATIC, "alice") != Owner(Scheme.REST, "alice")
    assert Owner(Scheme.REST, "alice") == Owner(Scheme.REST, "alice")
