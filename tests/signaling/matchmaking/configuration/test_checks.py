"""What no queue can mean."""

import msgspec
import pytest

from signaling.faults import SettingsError
from signaling.matchmaking.configuration.checks import check
from signaling.matchmaking.configuration.file import QueueTable, make_queue
from signaling.matchmaking.configuration.queues import Queue


def made(text: str) -> Queue:
    return make_queue("duel", msgspec.toml.decode(text, type=QueueTable))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        (
            "teams = 1\nteam-min = 1\nteam-max = 2\nundersized-after = 9",
            "team-min: expected two pl",
        ),
        ("team-min = 2\nteam-max = 3", "undersized-after: expected the seconds after which a team"),
        ("undersized-after = 9", "undersized-after: expected a team-min below 1, as smaller"),
        ("party-bonus = 9", "party-bonus: expected a party-max of 2 or more beside it, got 1"),
        ("most-waiting = 1", "most-waiting: expected the 2 players of a match or more, got 1"),
        ("rtt = {start = 9, most = 10}", "rtt.most: expected a per-second above 0 beside it"),
        (
            "rating = {start = 9, after = 1}",
            "rating.after: expected a per-second above 0 beside it",
        ),
        (
            "rules = [{within = 'level', distance = {start = 9, after = 1}}]",
            "rules[0].distance.after: expected a per-second above 0 beside it",
        ),
        ("rating = false\nquality = {start = 0.5}", "quality: expected a rating or a hook beside"),
        ("rating = false\nstarving-after = 9", "starving-after: expected a rating beside it, got"),
        ("rules = [{equal = 'map'}, {equal = 'map'}]", "rules[1]: expected one rule of a kind"),
        ("keys = ['mode']\nrules = [{overlap = 'mode'}]", "rules[0]: expected what is not among"),
        (
            f"keys = {list(map(str, range(17)))}",
            "rules: expected at most 16 keys and rules, got 17",
        ),
        ("bots-after = 600", "bots-after: expected less than expires-after, which is 600, got 600"),
    ],
)
def test_settings_that_contradict_each_other_are_refused_with_place_and_reason(
    text: str, wrong: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        made(text)
    assert str(refused.value).startswith(f"queues.duel.{wrong}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rating = false",
        "expires-after = 30",  # and starving-after has its default, which is more
        "team-min = 2\nteam-max = 3\nundersized-after = 0",
        "rating = {start = 9, per-second = 1, most = 10}",
        "rating = false\nquality = {start = 0.5}\nhook = 'json:dumps'",
        "rules = [{within = 'level', distance = 3}, {equal = 'level'}]",
    ],
)
def test_what_can_be_meant_is_taken(text: str) -> None:
    assert made(text).name == "duel"


def test_a_default_contradicts_nothing() -> None:
    check(Queue("duel", rating=None, expires_after=30.0), frozenset(), "queues.duel")
