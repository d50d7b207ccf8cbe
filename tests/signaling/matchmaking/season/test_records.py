"""What is kept of a season."""

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.season.records import Ending, Fate, Season


def test_players_are_counted_by_how_their_wait_ended() -> None:
    fates = (
        Fate("t1", 0, 1500, "here", 2, 5, Ending.MATCHED),
        Fate("t2", 0, 1500, "here", 1, 5, Ending.MATCHED),
        Fate("t3", 0, 1500, "here", 4, 5, Ending.GAVE_UP),
    )
    season = Season(Queue("q"), 60, fates, (), (), 0, {}, 0)
    counted = [season.count(ending) for ending in Ending]
    assert counted == [3, 4, 0, 0, 0, 0]
