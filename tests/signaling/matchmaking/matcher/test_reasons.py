"""Why a ticket is not matched yet."""

from typing import Any

import pytest

from signaling.matchmaking.configuration.queues import (
    Equal,
    Falling,
    Overlap,
    Queue,
    Widening,
    Within,
)
from signaling.matchmaking.matcher.ticking import tick
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.waiting import party, solo

DUEL = Queue("duel", rating=Widening(100.0))
TEAM = Queue("team", team_min=2, team_max=2, party_max=2)


def rules(*those: Any) -> Queue:
    return Queue("duel", rules=those)


def says(**properties: Any) -> dict[str, Any]:
    return {"properties": properties}


@pytest.mark.parametrize(
    ("queue", "tickets", "why"),
    [
        (DUEL, [solo("a")], Blocked.ALONE),
        (DUEL, [solo("a"), solo("b", paused=True)], Blocked.ALONE),
        (DUEL, [solo("a"), solo("b", bot=True)], Blocked.TOO_FEW),
        (DUEL, [solo("a", paused=True), solo("b")], Blocked.PAUSED),
        (DUEL, [solo("a"), solo("b", 1700)], Blocked.RATING),
        (DUEL, [solo("a", avoid=frozenset("b")), solo("b", subject="b")], Blocked.AVOIDED),
        (TEAM, [solo("a"), solo("b"), solo("c")], Blocked.TOO_FEW),
        (
            TEAM,  # each fits a, and b and c do not fit d
            [solo("a"), solo("b", 1420), solo("c", 1420), solo("d", 1580)],
            Blocked.RATING,
        ),
        (TEAM, [solo("a"), party("b", (1500, 1500)), solo("c", 1900)], Blocked.RATING),
        (
            Queue("duel", rtt=Widening(50.0)),
            [solo("a", rtt={"eu": 9.0}), solo("b", rtt={"us": 9.0})],
            Blocked.REGION,
        ),
        (
            Queue("duel", quality=Falling(0.9)),
            [solo("a"), solo("b", 1580)],
            Blocked.QUALITY,
        ),
        (
            rules(Equal("map")),
            [solo("a", **says(map="x")), solo("b", **says(map="y"))],
            Blocked.PROPERTY,
        ),
        (
            rules(Overlap("maps")),
            [solo("a", **says(maps=("x",))), solo("b", **says(maps=("y",)))],
            Blocked.PROPERTY,
        ),
        (
            rules(Within("level", Widening(5.0))),
            [solo("a", **says(level=1.0)), solo("b", **says(level=9.0))],
            Blocked.PROPERTY,
        ),
        (rules(Equal("map")), [solo("a"), solo("b", **says(map="y"))], Blocked.PROPERTY),
        (
            Queue("team", team_min=3, team_max=3, party_max=2),
            [party(name, (1500, 1500)) for name in "abc"],
            Blocked.SIZE,
        ),
    ],
)
def test_the_first_rule_that_leaves_too_few_is_told(
    queue: Queue, tickets: list[Ticket], why: Blocked
) -> None:
    ticked = tick(tickets, [], 0.0, queue, asked=["a"])
    assert ticked.proposals == ()
    assert ticked.blocked == {"a": why}
