"""Fills the open seats of matches that run, before new matches are made.

An opening stands in line like the oldest of tickets, with the mean rating of those who play. It takes the nearest
that fit, however many: one newcomer is better than none, and what stays open is opened again. The queue's quality is
not asked for, as a match that lacks somebody is worse for it.
"""

from dataclasses import replace

from signaling.matchmaking.matcher.balancing import Party, Team, divide
from signaling.matchmaking.matcher.candidates import Candidate, cell_of, values_of
from signaling.matchmaking.matcher.concluding import Conclusion, Found
from signaling.matchmaking.matcher.groups import UNBOUNDED, Extras, Group, Interval
from signaling.matchmaking.matcher.lines import Line
from signaling.matchmaking.matcher.rules import Fitting, Rules
from signaling.matchmaking.matcher.tallies import Tally
from signaling.matchmaking.matcher.worth import quality
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Opening, Player, Ticket

SHALLOW = 256
"""Others that each opening may look at; beyond that it takes from what the tick has."""


class Backfill:
    """Fills openings in one tick of a queue."""

    def __init__(self, rules: Rules, now: float, tally: Tally, conclusion: Conclusion):
        self._rules = rules
        self._now = now
        self._tally = tally
        self._conclusion = conclusion

    def fill(self, opening: Opening, line: Line) -> Found | None:
        """The newcomers of an opening; they are still in line."""
        rules, queue = self._rules, self._rules.queue
        seed = _seed(opening, rules, self._now)
        group = _those_who_play(seed, opening, rules)
        bots = queue.bots_after is not None and seed.waited >= queue.bots_after
        best: Proposal | None = None
        for looks, one in enumerate(line.nearest(seed, _reach(seed))):
            if group.size == sum(opening.seats) or not self._may_look(looks):
                break
            larger = None if one.bot and not bots else group.join(one, rules)
            if larger is None:
                continue
            proposal = _proposal(opening, larger, rules)
            worth = None if proposal is None else self._conclusion.asked(proposal, opening)
            if proposal is not None and worth is not None:
                group, best = larger, proposal._replace(quality=worth)
        return None if best is None else (group.members[1:], best)

    def _may_look(self, looks: int) -> bool:
        if looks < SHALLOW:
            return True
        self._tally.looks -= 1
        if self._tally.looks < 0:
            self._tally.cut += 1
        return self._tally.looks >= 0


def cell_of_opening(opening: Opening, rules: Rules) -> tuple[object, ...] | None:
    """The cell that fills an opening; None if it does not say what must be equal."""
    return cell_of(opening.keys, opening.properties, rules)


def _seed(opening: Opening, rules: Rules, now: float) -> Candidate:
    players = tuple(player for team in opening.teams for player in team)
    known_as = Ticket(
        opening.id, rules.queue.name, players, enqueued=opening.enqueued, avoid=opening.avoid
    )
    queue = replace(rules.queue, keys=(), rules=(), rtt=None, party_bonus=0.0)
    seed = Candidate(known_as, Rules(queue))
    seed.stand(now, Rules(queue))
    return seed


def _reach(seed: Candidate) -> float:
    return seed.window if seed.ticket.players else float("inf")


def _those_who_play(seed: Candidate, opening: Opening, rules: Rules) -> Group:
    starving = seed.waited >= rules.starving_after
    return Group(
        seed.window if starving and opening_has_players(opening) else None,
        Fitting(tuple(sorted(opening.seats, reverse=True))),
        (seed,),
        0,
        0,
        _around(seed.rating, seed.window) if opening_has_players(opening) else UNBOUNDED,
        _extras(seed, opening, rules) if rules.picky else None,
        touchy=True,
    )


def opening_has_players(opening: Opening) -> bool:
    """Whether anybody plays there, from whom a newcomer could be far away."""
    return any(opening.teams)


def _extras(seed: Candidate, opening: Opening, rules: Rules) -> Extras:
    numbers, words = values_of(opening.properties, rules)
    reaches = [rule.distance.at(seed.waited) for rule in rules.within]
    near = tuple(
        UNBOUNDED if number is None else _around(number, reach)
        for number, reach in zip(numbers, reaches, strict=True)
    )
    placed = rules.queue.rtt is not None and opening.region is not None
    return Extras(near, tuple(words), frozenset([str(opening.region)]) if placed else None)


def _around(value: float, reach: float) -> Interval:
    return value, value, value - reach, value + reach


def _proposal(opening: Opening, group: Group, rules: Rules) -> Proposal | None:
    newcomers = group.members[1:]
    teams = [
        Team(seats, len(playing), _strength(playing, rules))
        for seats, playing in zip(opening.seats, opening.teams, strict=True)
    ]
    parties = [Party(one.size, one.size * one.rating) for one in newcomers]
    division = divide(parties, teams, 0)
    if division is None:
        return None
    seated: list[list[Ticket]] = [[] for _ in teams]
    for one, team in zip(newcomers, division[0], strict=True):
        seated[team].append(one.ticket)
    worth = quality(division[1], group.highest - group.lowest, rules.queue)
    return Proposal(
        rules.queue.name, tuple(map(tuple, seated)), opening.region, worth, opening=opening.id
    )


def _strength(playing: tuple[Player, ...], rules: Rules) -> float:
    return 0.0 if rules.queue.rating is None else sum(player.rating for player in playing)
