"""Finds the match of one ticket: the nearest that fit, and if these are not enough whatever can be tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from signaling.matchmaking.balancing import Party, Team, divide
from signaling.matchmaking.candidates import Candidate
from signaling.matchmaking.groups import Group, Terms, terms
from signaling.matchmaking.hooks import Group as HookGroup
from signaling.matchmaking.hooks import Hook, ask
from signaling.matchmaking.lines import Line
from signaling.matchmaking.packing import splits
from signaling.matchmaking.proposals import HookFault, Proposal
from signaling.matchmaking.queues import Queue
from signaling.matchmaking.tickets import Opening
from signaling.matchmaking.worth import best_region, quality, wanted

EFFORT = 2_000
"""Groups that are looked at for one seed, at most."""
EFFORT_OF_A_TICK = 200_000
FAULTS = 10


@dataclass(slots=True)
class Tally:
    """What a tick has spent and noticed."""

    effort: int = EFFORT_OF_A_TICK
    cut: int = 0
    faults: list[HookFault] = field(default_factory=list)


class Search:
    """Searches matches in one tick of a queue."""

    def __init__(self, queue: Queue, now: float, hook: Hook | None, tally: Tally):
        self._queue = queue
        self._now = now
        self._hook = hook
        self._tally = tally
        self._effort = 0

    def match(self, seed: Candidate, line: Line) -> Proposal | None:
        """The match of a seed; its tickets are still in line."""
        queue = self._queue
        conditions = terms(queue, seed, (queue.team_max,) * queue.teams)
        alone = Group().join(seed, conditions)
        if alone is None:
            return None
        self._effort = effort = min(EFFORT, self._tally.effort)
        found = None
        for allowed, undersized in self._attempts(seed):
            chosen = [one for one in line.nearest(seed) if allowed(one)]
            hunt = _Hunt(self, queue, conditions, chosen, undersized=undersized)
            found = hunt.grow(alone, 0)
            if found is not None:
                break
        self._tally.effort -= effort - max(0, self._effort)
        if found is None and self._effort < 0:
            self._tally.cut += 1
        return found

    def _attempts(self, seed: Candidate) -> Iterator[tuple[Callable[[Candidate], bool], bool]]:
        """Whom to look at, and whether the match may be smaller: people before bots, full before small."""
        queue = self._queue
        patience = queue.bots_after
        botted = patience is not None and seed.waited >= patience

        def with_bots(one: Candidate) -> bool:
            return patience is not None and (one.bot or one.waited >= patience)

        def late(one: Candidate) -> bool:
            return one.bot or one.waited >= queue.undersized_after

        yield (lambda one: not one.bot), False
        if botted:
            yield with_bots, False
        if queue.team_min < queue.team_max and seed.waited >= queue.undersized_after:
            yield (lambda one: not one.bot and late(one)), True
            if botted:
                yield (lambda one: with_bots(one) and late(one)), True

    def spend(self) -> bool:
        """Whether one more group may be looked at."""
        self._effort -= 1
        return self._effort >= 0

    def conclude(self, group: Group) -> Proposal | None:
        """The match of a group that has the right size, if it is good enough."""
        queue = self._queue
        members = group.members
        parties = [Party(one.size, one.size * one.rating) for one in members]
        seats = [Team(queue.team_max)] * queue.teams
        division = divide(parties, seats, queue.team_min)
        if division is None:
            return None
        teams: list[list[Candidate]] = [[] for _ in seats]
        for one, team in zip(members, division[0], strict=True):
            teams[team].append(one)
        worth = quality(division[1], group.ratings[1] - group.ratings[0], queue)
        proposal = Proposal(
            queue.name,
            tuple(tuple(one.ticket for one in team) for team in teams),
            best_region(members, group.regions),
            worth,
        )
        return self._good(proposal, max(one.waited for one in members if not one.bot))

    def _good(self, proposal: Proposal, waited: float) -> Proposal | None:
        worth = self.asked(proposal)
        if worth is None or worth < wanted(waited, self._queue):
            return None
        return replace(proposal, quality=worth)

    def asked(self, proposal: Proposal, opening: Opening | None = None) -> float | None:
        """The quality of a match, or None where the operator's own rule says no."""
        if self._hook is None:
            return proposal.quality
        queue, teams, region = proposal.queue, proposal.teams, proposal.region
        group = HookGroup(queue, teams, region, proposal.quality, self._now, opening)
        answer = ask(self._hook, group)
        if isinstance(answer, str):
            if len(self._tally.faults) < FAULTS:
                names = tuple(ticket.id for ticket in proposal.tickets)
                self._tally.faults.append(HookFault(names, answer))
            return None
        return answer


class _Hunt:
    """All groups of a seed and some others, the nearest first."""

    def __init__(
        self,
        search: Search,
        queue: Queue,
        conditions: Terms,
        chosen: list[Candidate],
        *,
        undersized: bool,
    ):
        self._search = search
        self._terms = conditions
        self._chosen = chosen
        self._least = queue.least if undersized else queue.full
        self._lows = (queue.team_min if undersized else queue.team_max,) * queue.teams
        self._left = [0]
        for one in reversed(chosen):
            self._left.append(self._left[-1] + one.size)
        self._left.reverse()

    def grow(self, group: Group, first: int) -> Proposal | None:
        """The first good match of this group and those from `first` on."""
        for at in range(first, len(self._chosen)):
            if group.size + self._left[at] < self._least:
                break
            if not self._search.spend():
                return None
            larger = group.join(self._chosen[at], self._terms)
            if larger is not None:
                found = self.grow(larger, at + 1)
                if found is not None:
                    return found
        if splits(group.sizes, self._lows, self._terms.seats):
            return self._search.conclude(group)
        return None
