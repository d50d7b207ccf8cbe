"""Counters start at nothing and know how many sessions are open."""

from signaling.codes import ErrorCode
from signaling.counters import Counters


def test_counters_start_at_nothing():
    counters = Counters()
    assert counters.sessions == 0
    assert counters.errors[ErrorCode.TOO_BIG] == 0


def test_open_sessions_are_those_opened_less_those_closed():
    assert Counters(sessions_opened=5, sessions_closed=2).sessions == 3


def test_two_servers_do_not_share_counters():
    first, second = Counters(), Counters()
    first.errors[ErrorCode.TOO_BIG] += 1
    assert not second.errors
