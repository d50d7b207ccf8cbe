"""Makes a match of a group: teams, region, quality, and what the operator's own rule says."""

from collections.abc import Sequence
from operator import attrgetter
from typing import TypeAlias

from signaling.matchmaking.configuration.hooks import Group as HookGroup
from signaling.matchmaking.configuration.hooks import Hook, ask
from signaling.matchmaking.matcher.balancing import Party, Team, divide
from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.halving import MOST, halving_of
from signaling.matchmaking.matcher.rules import Rules
from signaling.matchmaking.matcher.worth import best_region, quality, wanted
from signaling.matchmaking.proposals import HookFault, Proposal
from signaling.matchmaking.tickets import Opening, Ticket

FAULTS = 10
"""Faults of a hook that are told of one tick."""

Found: TypeAlias = tuple[Sequence[Candidate], Proposal]
"""A match, and who is taken by it."""

Teams: TypeAlias = tuple[tuple[Ticket, ...], ...]

_SIZE = attrgetter("size")


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
        self._takes_any = hook is None and queue.quality is None
        self._teams = [Team(queue.team_max)] * queue.teams
        self.faults: list[HookFault] = []

    @property
    def takes_any(self) -> bool:
        """Whether every group becomes a match."""
        return self._takes_any

    @property
    def has_hook(self) -> bool:
        """Whether the operator has a say."""
        return self._hook is not None

    def conclude(
        self,
        members: Sequence[Candidate],
        code: int,
        spread: float,
        regions: frozenset[str] | None = None,
    ) -> Found | None:
        """The match of a group that has the size of one, if it is good enough.

        Args:
            members: The group; those of one size in an order that decides between teams that are as even.
            code: The sizes of its parties.
            spread: How far apart its ratings are.
            regions: Where all can play; None for anywhere.
        """
        if self._rules.duel:
            one, other = members
            teams: Teams = ((one.ticket,), (other.ticket,))
            difference = spread
        else:
            divided = self._divided(members, code)
            if divided is None:
                return None
            teams, difference = divided
        region = None if regions is None else best_region(members, regions)
        worth = quality(difference, spread, self._queue)
        proposal = Proposal(self._queue.name, teams, region, worth)
        return (members, proposal) if self._takes_any else self._judged(proposal, members)

    def _divided(self, members: Sequence[Candidate], code: int) -> tuple[Teams, float] | None:
        queue = self._queue
        ordered = sorted(members, key=_SIZE, reverse=True)
        if queue.teams == 2 and len(members) <= MOST:
            halving = halving_of(code, queue.team_min, queue.team_max)
            if halving is None:
                return None
            strengths = tuple([one.strength for one in ordered])
            tickets = tuple([one.ticket for one in ordered])
            first, second = halving.halve(strengths)
            teams: Teams = (first(tickets), second(tickets))
            return teams, halving.gap(first(strengths), second(strengths))
        parties = [Party(one.size, one.strength) for one in ordered]
        division = divide(parties, self._teams, queue.team_min)
        return (
            None if division is None else (_seated(ordered, division[0], queue.teams), division[1])
        )

    def _judged(self, proposal: Proposal, members: Sequence[Candidate]) -> Found | None:
        if self._hook is not None:
            worth = self.asked(proposal)
            if worth is None:
                return None
            proposal = proposal._replace(quality=worth)
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


def _seated(ordered: list[Candidate], places: tuple[int, ...], count: int) -> Teams:
    teams: list[list[Ticket]] = [[] for _ in range(count)]
    for one, place in zip(ordered, places, strict=True):
        teams[place].append(one.ticket)
    return tuple(map(tuple, teams))
