"""Who fits into a group."""

import pytest

from signaling.matchmaking.configuration.queues import Overlap, Queue, Widening, Within
from signaling.matchmaking.matcher.groups import alone, clash
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.tickets import Ticket
from tests.signaling.matchmaking.waiting import candidate, party, solo

TEAM = Queue(
    "team",
    team_min=3,
    team_max=3,
    party_max=3,
    rating=Widening(100.0, 10.0),
    rtt=Widening(50.0),
    rules=(Within("level", Widening(5.0)), Overlap("modes", 2)),
)
SAYS = {"level": 10.0, "modes": ("a", "b", "c")}


def fits(*tickets: Ticket, queue: Queue = TEAM) -> bool:
    seed, *others = (candidate(ticket, queue) for ticket in tickets)
    rules = Rules(queue)
    group = alone(seed, rules)
    for other in others:
        group = group and group.join(other, rules)
    return group is not None


def says(**other: object) -> dict[str, object]:
    return {**SAYS, **other}


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ({}, {}, True),
        ({"rating": 1400.0}, {}, True),
        ({"rating": 1399.0}, {}, False),
        ({"rating": 1399.0, "waited": 9.0}, {}, False),  # the other does not consent
        ({"rating": 1399.0, "waited": 9.0}, {"waited": 1.0}, True),
        ({"rating": 1399.0, "waited": 60.0}, {}, True),  # starving
        ({"rtt": {"eu": 50.0}}, {"rtt": {"eu": 20.0}}, True),
        ({"rtt": {"eu": 51.0}}, {"rtt": {"eu": 20.0}}, False),
        ({"rtt": {"eu": 5.0}}, {"rtt": {"us": 20.0}}, False),
        ({"rtt": {"eu": 5.0}}, {}, True),
        ({"properties": says(level=15.0)}, {}, True),
        ({"properties": says(level=15.5)}, {}, False),
        ({"properties": says(modes=("b", "c", "d"))}, {}, True),
        ({"properties": says(modes=("c", "d"))}, {}, False),
        ({"avoid": frozenset({"bob"})}, {"subject": "bob"}, False),
        ({"subject": "bob"}, {"avoid": frozenset({"bob"})}, False),
    ],
)
def test_two_fit_if_every_rule_says_so(
    one: dict[str, object], two: dict[str, object], expected: bool
) -> None:
    tickets = [
        solo(name, **{"properties": SAYS, **said})  # type: ignore[arg-type]
        for name, said in (("one", one), ("two", two))
    ]
    assert fits(*tickets) is expected


def test_the_third_must_fit_all() -> None:
    low, middle, high = (
        solo(name, rating, properties=SAYS)
        for name, rating in (("l", 1400), ("m", 1480), ("h", 1560))
    )
    assert fits(low, middle)
    assert fits(middle, high)
    assert not fits(low, middle, high)


def test_two_of_one_name_do_not_meet() -> None:
    assert clash(candidate(solo("ann"), TEAM), candidate(solo("ann"), TEAM))


def test_parties_that_cannot_be_seated_whole_do_not_fit() -> None:
    queue = Queue("team", team_min=3, team_max=3)
    two = (1500.0, 1500.0)
    assert fits(party("a", two), party("b", two), queue=queue)
    assert not fits(party("a", two), party("b", two), party("c", two), queue=queue)
