"""Whom to examine, and as whom."""

from relay.doctor.target import Login, Secret, Target
from stunwire import RestHash, rest_password


def test_a_secret_makes_credentials_that_end_when_asked() -> None:
    login = Secret("s", "who", RestHash.SHA256).login(1000.0, -100)
    assert login.username == "900:who"
    assert login.password == rest_password("s", "900:who", RestHash.SHA256)
    assert login.expires == 900


def test_a_plain_name_does_not_end_also_when_it_is_a_number() -> None:
    assert Login("alice", "x").expires is None
    assert Login("12345", "x").expires is None


def test_secrets_are_not_in_the_text() -> None:
    target = Target(host="::1", port=3478, access=Secret("hunter2"))
    assert "hunter2" not in repr(target)
    assert "hunter2" not in repr(Login("a", "hunter2"))
    assert target.text == "[::1]:3478"
