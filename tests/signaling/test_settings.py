"""Defaults are those of the protocol page, and a wrong choice is said at once."""

import pytest

from signaling.settings import IceSettings, Limits, Settings


def test_the_limits_are_those_of_the_protocol():
    limits = Limits()
    assert (limits.message, limits.rate, limits.burst) == (65536, 20.0, 100)
    assert (limits.rooms, limits.peers, limits.meta) == (8, 16, 1024)
    assert Settings().hello_timeout == 5.0


def test_turn_servers_without_a_secret_are_refused():
    with pytest.raises(ValueError, match="secret"):
        IceSettings(turn_urls=("turn:turn.example.org",))


def test_the_secret_is_not_printed():
    settings = Settings(ice=IceSettings(turn_urls=("turn:t",), secret="hunter2"))
    assert "hunter2" not in repr(settings)
