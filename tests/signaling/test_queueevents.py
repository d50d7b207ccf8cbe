"""Events of tickets."""

from signaling.queueevents import MatchStarted


def test_who_hosts_knows_it_and_a_token_is_not_shown() -> None:
    started = MatchStarted("t", "duel", "m", "r", "me", 0, "me", (), (), token="secret")
    assert started.hosts
    assert "secret" not in repr(started)
