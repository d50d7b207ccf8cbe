"""The matcher: a pure function from who waits, the time and the queue's rules to matches.

The same tickets give the same matches, in whatever order they are told. Openings are filled first, the oldest
before others. Then the oldest ticket that can be in any match gets one with the nearest that fit, and so on.
"""

from collections.abc import Iterable

from signaling.matchmaking.hooks import Hook
from signaling.matchmaking.pools import Pool
from signaling.matchmaking.proposals import Ticked
from signaling.matchmaking.queues import Queue
from signaling.matchmaking.tickets import Opening, Ticket


def tick(
    tickets: Iterable[Ticket],
    openings: Iterable[Opening],
    now: float,
    queue: Queue,
    *,
    hook: Hook | None = None,
    asked: Iterable[str] = (),
) -> Ticked:
    """Find all matches that can be made now.

    Args:
        tickets: Who waits.
        openings: Open seats of matches that run.
        now: The time, by the clock of the tickets.
        queue: The rules.
        hook: A rule of the operator's own.
        asked: Tickets about which it should say why they wait.
    """
    pool = Pool(queue, hook)
    for ticket in tickets:
        pool.put(ticket)
    for opening in openings:
        pool.open(opening)
    return pool.tick(now, asked)
