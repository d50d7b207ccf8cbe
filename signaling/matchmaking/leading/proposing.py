"""From a proposal of the matcher to a claim: with ids, a room, a host and what stays open."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.hosting import choose_host
from signaling.matchmaking.ledger.changes import Opened, Waits
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.matches import ROOM_PREFIX, Match
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Opening, Player

ANSWER_WITHIN: Final = 3.0
"""Seconds for the nodes to say whether the players are there, where nobody else is asked."""


def claim_of(
    queue: Queue,
    proposal: Proposal,
    known: Sequence[Waits],
    opened: Opened | None,
    make_name: Callable[[], str],
    now: float,
) -> Claim:
    """Make the claim of a proposal; `known` are its tickets as the log has them, in its order."""
    name = make_name()
    host = choose_host([each.ticket for each in known], proposal.region).peer
    accept_by = now + (ANSWER_WITHIN if queue.accept_within is None else queue.accept_within)
    teams = tuple(team for team, tickets in enumerate(proposal.teams) for _ in tickets)
    tickets = tuple((each.name, each.stamp) for each in known)
    match = Match(
        name,
        queue.name,
        ROOM_PREFIX + make_name() if opened is None else opened.opening.room,
        (),
        (),
        host if opened is None else "",
        proposal.region,
        proposal.quality,
        proposal.opening,
        now,
        accept_by,
    )
    if opened is None:
        return Claim(name, match, tickets, teams, known=tuple(known))
    remainder = _remainder(opened.opening, proposal)
    match = replace(match, id=opened.opening.match)
    return Claim(name, match, tickets, teams, opened.stamp, remainder, tuple(known))


def _remainder(opening: Opening, proposal: Proposal) -> Opening | None:
    """What is still open when the newcomers are in."""
    newcomers: list[tuple[Player, ...]] = [
        tuple(player for ticket in team for player in ticket.players) for team in proposal.teams
    ]
    seats = tuple(
        max(0, count - len(new)) for count, new in zip(opening.seats, newcomers, strict=True)
    )
    if not any(seats):
        return None
    teams = tuple(team + new for team, new in zip(opening.teams, newcomers, strict=True))
    return replace(opening, seats=seats, teams=teams)
