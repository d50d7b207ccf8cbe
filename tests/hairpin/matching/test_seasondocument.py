"""A season as data."""

import json

from hairpin.matching.seasondocument import document
from hairpin.matching.seasontables import Shown
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.records import Ending, Fate, Moment, Played, Season
from signaling.matchmaking.season.summary import summarize


def made(*fates: Fate) -> Shown:
    match = Played(1, (("a",), ("b",)), 2, 0, 120, 80, None, None, 0.9, full=True)
    moments = (Moment(60, 3, 1.25, 1, 1),)
    season = Season(Queue("duel"), 3600, fates, (match,), moments, 0, {Blocked.RATING: 2}, 9)
    return Shown("mine", season, summarize(season))


def test_all_that_is_printed_is_in_it_with_stable_keys() -> None:
    one = made(Fate("t1", 0, 1500, "here", 1, 4, Ending.MATCHED))
    told = document([one], seed=3, rate=60, took=0.1234)
    (season,) = told["seasons"]
    assert (told["seed"], told["hours"], told["took_s"]) == (3, 1, 0.123)
    assert (season["name"], season["queue"], season["players"]) == ("mine", "duel", 1)
    assert season["wait_s"] == dict.fromkeys(("mean", "p5", "p50", "p90", "p95", "p99", "most"), 4)
    assert season["matches"]["rating_spread"]["p50"] == 120
    assert season["ratings"][0]["from"] == 1500
    assert season["regions"][0]["region"] == "here"
    assert season["why_longer_than_30_s"] == {"rating": 1}
    assert season["moments"] == [
        {"at_s": 60, "waiting": 3, "longest_s": 1.2, "arrived": 1, "matches": 1}
    ]
    assert season["endings"]["matched"] == 1


def test_what_there_is_not_is_null_and_not_nan() -> None:
    told = document([made()], seed=1, rate=60, took=0.1)
    text = json.dumps(told, allow_nan=False)
    assert '"matched": null' in text
    assert told["seasons"][0]["matches"]["rtt_ms"]["p50"] is None
    assert told["seasons"][0]["slowest"] is None
