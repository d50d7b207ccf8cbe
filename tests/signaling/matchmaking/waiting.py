"""Makes tickets in a line each."""

from typing import Any

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.tickets import Player, Ticket


def solo(name: str, rating: float = 1500.0, *, waited: float = 0.0, **more: Any) -> Ticket:
    """A ticket of one player; what is not a ticket's is the player's."""
    return party(name, (rating,), waited=waited, **more)


def party(name: str, ratings: tuple[float, ...], *, waited: float = 0.0, **more: Any) -> Ticket:
    """A ticket of some players, at the time 0."""
    own = {key: more.pop(key) for key in ("rtt", "openness", "bot", "subject") if key in more}
    called = more.pop("peer", name)
    players = tuple(
        Player(peer, f"sid-{peer}", rating=rating, **own)
        for peer, rating in zip(
            (called, *(f"{name}.{at}" for at in range(1, 99))), ratings, strict=False
        )
    )
    return Ticket(name, "duel", players, enqueued=-waited, **more)


def candidate(ticket: Ticket, queue: Queue, now: float = 0.0) -> Candidate:
    """A ticket as the matcher knows it."""
    made = Candidate(ticket, Rules(queue))
    made.stand(now, Rules(queue))
    return made


def names(teams: tuple[tuple[Ticket, ...], ...]) -> list[set[str]]:
    """Who is in each team."""
    return [{ticket.id for ticket in team} for team in teams]
