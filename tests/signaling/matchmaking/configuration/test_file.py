"""Queues as a configuration says them: understood, or refused with where, what came and what is allowed."""

import dataclasses

import pytest

from signaling.faults import SettingsError
from signaling.matchmaking.configuration.file import QueueTable, make_queue
from signaling.matchmaking.configuration.queues import (
    Equal,
    Falling,
    Overlap,
    Queue,
    Widening,
    Within,
)
from signaling.operation.configuration import make_configuration
from signaling.operation.document import Document, decode_document

WHOLE = """
[queues.squads]
keys = ["build", "mode"]
teams = 2
team-min = 3
team-max = 5
undersized-after = 40
rating = { start = 80, per-second = 8, after = 3, most = 600 }
starving-after = 90
rtt = { start = 60, per-second = 2, most = 200 }
quality = { start = 0.8, per-second = 0.01, after = 10, least = 0.2 }
quality-scale = 500
party-bonus = 25
party-max = 3
accept-within = 15
expires-after = 300
bots-after = 60
trust-ratings = false
rating-default = 1200
most-waiting = 5000
hook = "math:isfinite"

[[queues.squads.rules]]
equal = "voice"

[[queues.squads.rules]]
within = "level"
distance = { start = 5, per-second = 1 }

[[queues.squads.rules]]
within = "age"
distance = 10

[[queues.squads.rules]]
overlap = "maps"
least = 2
"""


def queues(text: str) -> tuple[Queue, ...]:
    return make_configuration(decode_document(text.encode()), {}).queues


def test_a_whole_table_is_understood() -> None:
    assert queues(WHOLE) == (
        Queue(
            "squads",
            keys=("build", "mode"),
            teams=2,
            team_min=3,
            team_max=5,
            undersized_after=40,
            rating=Widening(80, 8, 3, 600),
            starving_after=90,
            rtt=Widening(60, 2, 0, 200),
            rules=(
                Equal("voice"),
                Within("level", Widening(5, 1)),
                Within("age", Widening(10)),
                Overlap("maps", 2),
            ),
            quality=Falling(0.8, 0.01, 10, 0.2),
            quality_scale=500,
            party_bonus=25,
            party_max=3,
            accept_within=15,
            expires_after=300,
            bots_after=60,
            trust_ratings=False,
            rating_default=1200,
            most_waiting=5000,
            hook="math:isfinite",
        ),
    )


def test_every_setting_of_a_queue_has_its_key() -> None:
    fields = {field.name for field in dataclasses.fields(Queue)} - {"name"}
    assert fields | {"team_size"} == set(QueueTable.__struct_fields__)


def test_what_is_not_said_is_usual_and_what_does_not_matter_is_false() -> None:
    assert queues("[queues.duel]") == (Queue("duel"),)
    off = "rating = false\nrtt = false\nquality = false\naccept-within = false\nbots-after = false"
    assert queues(f"[queues.duel]\n{off}") == (Queue("duel", rating=None),)
    assert queues("") == ()


def test_the_size_of_a_team_may_be_said_at_once() -> None:
    (queue,) = queues("[queues.q]\nteam-size = 5\nparty-max = 5")
    assert (queue.team_min, queue.team_max, queue.full) == (5, 5, 10)
    (queue,) = queues("[queues.q]\nteam-max = 4")
    assert (queue.team_min, queue.team_max) == (4, 4)


def test_a_document_that_says_no_queue_leaves_those_below() -> None:
    below = decode_document(b"[queues.duel]")
    assert Document().laid_over(below).queues == below.queues


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("teems = 2", "queues.q: unknown key 'teems' (did you mean teams?)"),
        (
            "rating = { stat = 1, start = 2 }",
            "queues.q.rating: unknown key 'stat' (did you mean s",
        ),
        ("teams = 0", "queues.q.teams: expected 1 to 128, got 0"),
        ("teams = 1", "queues.q.teams: a match has at least two players, got one team of one"),
        ("team-max = 100", "queues.q.team-max: expected 1 to 64, got 100"),
        ("team-size = 0", "queues.q.team-size: expected 1 to 64, got 0"),
        ("team-size = 2\nteam-min = 1", "queues.q.team-size: it stands for team-min and team-max"),
        ("team-min = 3\nteam-max = 2", "queues.q.team-min: expected 1 to 2, got 3"),
        ("party-max = 2", "queues.q.party-max: expected 1 to 1, got 2"),
        (
            "rating = true",
            "queues.q.rating: expected its values, or false where it does not matter",
        ),
        ("rating = { start = -1 }", "queues.q.rating.start: expected 0 to 1e+09, got -1"),
        ("rating = { start = 9, most = 8 }", "queues.q.rating.most: expected 9 to 1e+09, got 8"),
        ("rating = { start = nan }", "queues.q.rating.start: expected a number, got nan"),
        ("rtt = { start = 9, after = -1 }", "queues.q.rtt.after: expected 0 to 86400, got -1"),
        ("quality = { start = 2 }", "queues.q.quality.start: expected 0 to 1, got 2"),
        ("quality = { start = 0.5, least = 0.6 }", "queues.q.quality.least: expected 0 to 0.5"),
        ("quality = true", "queues.q.quality: expected its values, or false"),
        ("accept-within = 0.1", "queues.q.accept-within: expected 1 to 86400, got 0.1"),
        ("accept-within = true", "queues.q.accept-within: expected its values, or false"),
        ("expires-after = 0", "queues.q.expires-after: expected 1 to 86400, got 0"),
        ("keys = ['a', 'a']", "queues.q.keys[1]: expected the name of a property, each once"),
        ("hook = 'nowhere'", "queues.q.hook: expected module:function, got 'nowhere'"),
        ("rules = [{}]", "queues.q.rules[0]: expected the property of one of equal, within and"),
        ("rules = [{ equal = 'a', overlap = 'b' }]", "queues.q.rules[0]: expected the property of"),
        ("rules = [{ within = 'a' }]", "queues.q.rules[0].distance: expected how far apart"),
        ("rules = [{ within = 'a', distance = -1 }]", "queues.q.rules[0].distance: expected 0 to"),
        (
            "rules = [{ equal = 'a', distance = 1 }]",
            "queues.q.rules[0].distance: it belongs to within, and this rule says equal",
        ),
        ("rules = [{ within = 'a', least = 1 }]", "queues.q.rules[0].least: it belongs to overlap"),
        ("rules = [{ overlap = 'a', least = 0 }]", "queues.q.rules[0].least: expected 1 to 1000"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(table: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        queues(f"[queues.q]\n{table}")
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize("name", ["", "x" * 65, "a\nb"])
def test_a_name_that_nobody_can_say_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="a name has 1 to 64 characters"):
        make_queue(name, QueueTable())
