"""Fills the open seats of matches that run, before new matches are made.

An opening stands in line like the oldest of tickets, with the mean rating of those who play. It takes the nearest
that fit, however many: one newcomer is better than none, and what stays open is opened again. The queue's quality is
not asked for, as a match that lacks somebody is worse for it.
"""

import math
from dataclasses import replace

from signaling.matchmaking.balancing import Party, Team, divide
from signaling.matchmaking.candidates import Candidate, values_of
from signaling.matchmaking.groups import UNBOUNDED, Group, Interval, terms
from signaling.matchmaking.lines import Line
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.queues import Overlap, Queue, Within
from signaling.matchmaking.searching import Search
from signaling.matchmaking.tickets import Opening, Ticket
from signaling.matchmaking.worth import quality


def fill(opening: Opening, line: Line, queue: Queue, now: float, search: Search) -> Proposal | None:
    """The newcomers of an opening; they are still in line."""
    seed = _seed(opening, queue, now)
    conditions = terms(queue, seed, opening.seats)
    group = _those_who_play(seed, opening, queue)
    bots = queue.bots_after is not None and seed.waited >= queue.bots_after
    best: Proposal | None = None
    for one in line.nearest(seed):
        if one.bot and not bots:
            continue
        larger = group.join(one, conditions)
        if larger is None:
            continue
        proposal = _proposal(opening, larger, queue)
        worth = None if proposal is None else search.asked(proposal, opening)
        if proposal is not None and worth is not None:
            group, best = larger, replace(proposal, quality=worth)
        if group.size == sum(opening.seats):
            break
    return best


def _seed(opening: Opening, queue: Queue, now: float) -> Candidate:
    players = tuple(player for team in opening.teams for player in team)
    known_as = Ticket(
        opening.id, queue.name, players, enqueued=opening.enqueued, avoid=opening.avoid
    )
    seed = Candidate(known_as, replace(queue, party_bonus=0.0, rules=()))
    seed.stand(now, queue)
    seed.size = 0
    seed.regions = None
    if queue.rtt is not None and opening.region is not None:
        seed.regions = frozenset({opening.region})
    return seed


def _those_who_play(seed: Candidate, opening: Opening, queue: Queue) -> Group:
    ratings = UNBOUNDED
    if seed.ticket.players:
        ratings = _around(seed.rating, seed.window)
    numbers, words = values_of(opening.properties, queue)
    reaches = [r.distance.at(seed.waited) for r in queue.rules if isinstance(r, Within)]
    return Group(
        members=(seed,),
        ratings=ratings,
        numbers=tuple(
            UNBOUNDED if number is None else _around(number, reach)
            for number, reach in zip(numbers, reaches, strict=True)
        ),
        words=tuple(words) if any(isinstance(rule, Overlap) for rule in queue.rules) else None,
        regions=seed.regions,
    )


def _around(value: float, reach: float) -> Interval:
    return value, value, value - reach, value + reach


def _proposal(opening: Opening, group: Group, queue: Queue) -> Proposal | None:
    newcomers = group.members[1:]
    teams = [
        Team(seats, len(playing), math.fsum(player.rating for player in playing))
        for seats, playing in zip(opening.seats, opening.teams, strict=True)
    ]
    parties = [Party(one.size, one.size * one.rating) for one in newcomers]
    division = divide(parties, teams, 0)
    if division is None:
        return None
    seated: list[list[Ticket]] = [[] for _ in teams]
    for one, team in zip(newcomers, division[0], strict=True):
        seated[team].append(one.ticket)
    worth = quality(division[1], group.ratings[1] - group.ratings[0], queue)
    return Proposal(
        queue.name, tuple(map(tuple, seated)), opening.region, worth, opening=opening.id
    )
