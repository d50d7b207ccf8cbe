"""The matcher: a pure function from who waits, the time and the queue's rules to matches.

The same tickets give the same matches, in whatever order they are told. Openings are filled first, the oldest
before others. Then each match is for the oldest ticket that can be in any match with those who are left, and takes the
nearest that fit; in the end nobody is left who could be matched. So much is held by the tests, as long as `Ticked.cut`
is 0: it counts the tickets whose search was ended because it had become too long (`searching`).

A wider rule loses no match that can be made: whoever could be matched still can, a pool that had a match has one, and
its first is for a ticket as old or older. It may make fewer all the same, as may any choice that is made one by one; of
the most that can be made at once it makes at least one in as many as a match has tickets, and bench_matchmaking says how
near it comes.
"""

from collections.abc import Iterable

from signaling.matchmaking.configuration.hooks import Hook
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.pools import Pool
from signaling.matchmaking.proposals import Ticked
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
