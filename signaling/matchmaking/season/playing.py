"""A season played: people come, one after the other, to a queue with its own matcher."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from signaling.matchmaking.configuration.hooks import Hook
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.season.arrivals import Rate, arrivals, bots
from signaling.matchmaking.season.population import Population
from signaling.matchmaking.season.records import Season
from signaling.matchmaking.season.table import Table

MOMENTS: Final = 240
"""How often it is written down how full the queue is, in a whole season."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a season is made of.

    Attributes:
        seconds: How long people come.
        seed: The same seed brings the same people, whatever the queue.
    """

    population: Population = field(default_factory=Population)
    rate: Rate = field(default_factory=lambda: Rate(1.0))
    seconds: float = 4 * 3600.0
    seed: int = 1


def play(
    queue: Queue,
    plan: Plan,
    *,
    hook: Hook | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> Season:
    """Play a season of a queue.

    Args:
        queue: The queue as it is configured.
        plan: Who comes, when, for how long.
        hook: A rule of the operator's own.
        progress: Is told which share of the season is over, now and then.
    """
    table = Table(queue, hook)
    table.stand_by(bots(plan.population, plan.seed), plan.population.bots)
    coming = arrivals(plan.population, plan.rate, plan.seconds, plan.seed)
    arrival = next(coming, None)
    for number in range(1, MOMENTS + 1):
        moment = plan.seconds * number / MOMENTS
        while arrival is not None and arrival.at <= moment:
            table.run_until(arrival.at)
            table.arrive(arrival)
            arrival = next(coming, None)
        table.run_until(moment)
        table.note(moment)
        progress(number / MOMENTS)
    return table.close(plan.seconds)
