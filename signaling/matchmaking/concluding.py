"""Makes a match of a group: teams, region, quality, and what the operator's own rule says."""

from dataclasses import replace
from typing import TypeAlias

from signaling.matchmaking.balancing import Party, Team, divide
from signaling.matchmaking.candidates import Candidate
from signaling.matchmaking.groups import Group
from signaling.matchmaking.hooks import Group as HookGroup
from signaling.matchmaking.hooks import Hook, ask
from signaling.matchmaking.proposals import HookFault, Proposal
from signaling.matchmaking.rules import Rules
from signaling.matchmaking.tickets import Opening
from signaling.matchmaking.worth import best_region, quality, wanted

FAULTS = 10
"""Faults of a hook that are told of one tick."""

Found: TypeAlias = tuple[tuple[Candidate, ...], Proposal]
"""A match, and who is taken by it."""


class Conclusion:
    """Makes the matches of one tick.

    Attributes:
        faults: Of the hook, the first few.
    """

    def __init__(self, rules: Rules, now: float, hook: Hook | None):
        queue = rules.queue
        self._rules = rules
        self._queue = queue
        self._now = now
        self._hook = hook
        self._teams = [Team(queue.team_max)] * queue.teams
        self.faults: list[HookFault] = []

    @property
    def has_hook(self) -> bool:
        """Whether the operator has a say."""
        return self._hook is not None

    def conclude(self, group: Group) -> Found | None:
        """The match of a group that has the size of one, if it is good enough."""
        queue, members = self._queue, group.members
        if self._rules.duel:
            one, other = members
            teams: tuple[tuple[Candidate, ...], ...] = ((one,), (other,))
            difference = group.highest - group.lowest
        else:
            parties = [Party(one.size, one.size * one.rating) for one in members]
            division = divide(parties, self._teams, queue.team_min)
            if division is None:
                return None
            teams = _seated(members, division[0], queue.teams)
            difference = division[1]
        regions = None if group.extras is None else group.extras.regions
        proposal = Proposal(
            queue.name,
            tuple([tuple([one.ticket for one in team]) for team in teams]),
            None if regions is None else best_region(members, regions),
            quality(difference, group.highest - group.lowest, queue),
        )
        return self._judged(proposal, members)

    def _judged(self, proposal: Proposal, members: tuple[Candidate, ...]) -> Found | None:
        if self._hook is not None:
            worth = self.asked(proposal)
            if worth is None:
                return None
            proposal = replace(proposal, quality=worth)
        if self._queue.quality is not None:
            waited = max(one.waited for one in members if not one.bot)
            if proposal.quality < wanted(waited, self._queue):
                return None
        return members, proposal

    def asked(self, proposal: Proposal, opening: Opening | None = None) -> float | None:
        """The quality of a match, or None where the operator's own rule says no."""
        if self._hook is None:
            return proposal.quality
        queue, teams, region = proposal.queue, proposal.teams, proposal.region
        answer = ask(
            self._hook, HookGroup(queue, teams, region, proposal.quality, self._now, opening)
        )
        if isinstance(answer, str):
            if len(self.faults) < FAULTS:
                names = tuple(ticket.id for ticket in proposal.tickets)
                self.faults.append(HookFault(names, answer))
            return None
        return answer


def _seated(
    members: tuple[Candidate, ...], places: tuple[int, ...], count: int
) -> tuple[tuple[Candidate, ...], ...]:
    teams: list[list[Candidate]] = [[] for _ in range(count)]
    for one, place in zip(members, places, strict=True):
        teams[place].append(one)
    return tuple(map(tuple, teams))
