"""Finds the match of one ticket: the nearest that fit one after the other, and if that fails whatever can be tried.

What is looked at is bounded for a ticket and for a tick. While the bounds last the search is complete: who finds no
match has none.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from signaling.matchmaking.matcher.candidates import Candidate
from signaling.matchmaking.matcher.concluding import Conclusion, Found
from signaling.matchmaking.matcher.gathering import Ended, gather
from signaling.matchmaking.matcher.groups import Group, alone, share_a_name
from signaling.matchmaking.matcher.lines import Line
from signaling.matchmaking.matcher.rules import Rules, attainable, complete, tallied
from signaling.matchmaking.matcher.tallies import DEPTH, EFFORT, REFUSED, SHALLOW, Tally

_SIZE = attrgetter("size")


@dataclass(frozen=True, slots=True)
class Attempt:
    """Whom to look at for a match.

    Attributes:
        bots: Bots too, and then only people who have waited for them.
        small: Only who has waited for a match that is not full.
    """

    bots: bool = False
    small: bool = False


PEOPLE = Attempt()


@dataclass(frozen=True, slots=True)
class Crowd:
    """Whether a pool has any bots, players of the same name, tickets that avoid somebody."""

    bots: bool = False
    namesakes: bool = False
    touchy: bool = False


class Search:
    """Searches matches in one tick of a queue.

    Args:
        rules: The queue's.
        tally: Of the tick.
        conclusion: What makes matches of groups.
        crowd: Who waits.
    """

    def __init__(self, rules: Rules, tally: Tally, conclusion: Conclusion, crowd: Crowd):
        queue = rules.queue
        self._rules = rules
        self._tally = tally
        self._conclusion = conclusion
        self._bots = crowd.bots
        self._namesakes = crowd.namesakes
        unusual = rules.picky or crowd.bots or crowd.touchy
        self._plain = conclusion.takes_any and not unusual
        self._small = queue.team_min < queue.team_max
        self._refused = 1 if rules.duel else REFUSED
        self._lows = ((queue.team_max,) * queue.teams, (queue.team_min,) * queue.teams)

    @property
    def is_plain(self) -> bool:
        """Whether nothing counts but ratings and sizes, and every group becomes a match that has no two of one name."""
        return self._plain

    @property
    def has_namesakes(self) -> bool:
        """Whether there are players of the same name."""
        return self._namesakes

    def match(self, seed: Candidate, line: Line) -> Found | None:
        """The match of a seed; its tickets are still in line, and the seed is not if it is in no match at all."""
        is_hopeless = (seed.size, False) in line.hopeless
        easy = Ended.CUT
        if self._plain and not is_hopeless:
            gathered = gather(seed, self._rules, self._tally)
            if isinstance(gathered, Ended):
                easy = gathered
            elif not (self._namesakes and share_a_name(gathered[0])):
                return self._conclusion.conclude(*gathered)
        if is_hopeless and self._is_over(seed.size, line):
            line.take(seed)
            return None
        group = alone(seed, self._rules, touchy=self._namesakes)
        cut = False
        if group is not None:
            for attempt in self._attempts(seed):
                if not self._has_hope(seed, line, small=attempt.small):
                    continue
                walk = _Walk(self, self._rules, self._tally, attempt, seed, group)
                found = walk.run(line, all_seen=easy is Ended.ALL_SEEN and not attempt.small)
                if found is not None:
                    return found
                cut = cut or walk.cut
        if cut:
            self._tally.cut += 1
        else:
            line.take(seed)
        return None

    def _attempts(self, seed: Candidate) -> Iterator[Attempt]:
        """People before bots, full before small."""
        queue = self._rules.queue
        bots = self._bots and queue.bots_after is not None and seed.waited >= queue.bots_after
        yield PEOPLE
        if bots:
            yield Attempt(bots=True)
        if self._small and seed.waited >= queue.undersized_after:
            yield Attempt(small=True)
            if bots:
                yield Attempt(bots=True, small=True)

    def _has_hope(self, seed: Candidate, line: Line, *, small: bool) -> bool:
        """Whether there are others of the right sizes; if not it is remembered, as there will be less and less."""
        key = (seed.size, small)
        if key in line.hopeless:
            return False
        if self.attainable(seed.code, line.sizes, small=small):
            return True
        line.hopeless.add(key)
        if all(self._is_over(size, line) for size, count in line.sizes.items() if count):
            line.end()
        return False

    def _is_over(self, size: int, line: Line) -> bool:
        """Whether there is no match any more for tickets of a size."""
        hopeless = line.hopeless
        return (size, False) in hopeless and (not self._small or (size, True) in hopeless)

    def attainable(self, code: int, sizes: Mapping[int, int], *, small: bool) -> bool:
        """Whether a group can become a match with others of such sizes."""
        rules = self._rules
        counts = tallied(sizes, rules.queue.full)
        return attainable(code, counts, self._lows[small], rules.seats)

    def suits(self, one: Candidate, attempt: Attempt) -> bool:
        """Whether to look at one in an attempt."""
        queue = self._rules.queue
        if one.bot:
            return attempt.bots
        if attempt.bots and queue.bots_after is not None and one.waited < queue.bots_after:
            return False
        return not attempt.small or one.waited >= queue.undersized_after

    def ended(self, group: Group, attempt: Attempt) -> bool:
        """Whether a group has the size of a match."""
        if not attempt.small:
            return group.size == self._rules.queue.full
        return complete(group.code, self._lows[True], self._rules.seats)

    def conclude(self, group: Group) -> Found | None:
        """The match of a group, if it is good enough."""
        regions = None if group.extras is None else group.extras.regions
        spread = group.highest - group.lowest
        return self._conclusion.conclude(group.members, group.code, spread, regions)

    @property
    def refused(self) -> int:
        """What a match costs that is not good enough."""
        return self._refused

    @property
    def nearest_decides(self) -> bool:
        """Whether whoever is farther away makes a match of less worth."""
        return self._rules.duel and not self._conclusion.has_hook

    @property
    def all_suit(self) -> bool:
        """Whether there is nobody whom an attempt leaves out."""
        return not self._bots


class _Walk:
    """One attempt of a seed."""

    def __init__(
        self,
        search: Search,
        rules: Rules,
        tally: Tally,
        attempt: Attempt,
        seed: Candidate,
        group: Group,
    ):
        self._search = search
        self._rules = rules
        self._tally = tally
        self._attempt = attempt
        self._seed = seed
        self._group = group
        self._met: list[Candidate] = []
        self._looks = SHALLOW
        self._effort = 0
        self.cut = False

    def run(self, line: Line, *, all_seen: bool = False) -> Found | None:
        """The first match found.

        Args:
            line: Where the seed stands.
            all_seen: It is known that the nearest that fit, one after the other, are no match.
        """
        if self._group.size == self._rules.queue.full:
            return self._search.conclude(self._group)
        if all_seen:
            return self._try_all(self._all_reached(line))
        found = self._join_nearest(line)
        if found is not None or self._rules.duel:
            return found  # each that a duel could be with was tried
        return self._try_all(self._met)

    def _all_reached(self, line: Line) -> list[Candidate]:
        """Those in reach that suit and may join, the nearest first: for a seed whose nearest are no match."""
        seed, tally = self._seed, self._tally
        reached = line.within(seed, seed.window, tally.most())
        tally.spend(len(reached))
        self.cut = tally.looks < 0
        rating, those = seed.rating, self._group.select(reached, self._rules)
        those.sort(key=lambda one: abs(one.rating - rating))
        return those

    def _reached(self, line: Line) -> Iterator[Candidate]:
        """Those in reach that suit, as many as may be looked at."""
        search, attempt = self._search, self._attempt
        every = search.all_suit and not attempt.small
        for one in line.nearest(self._seed, self._seed.window):
            self._looks -= 1
            if self._looks < 0 and not self._look():
                return
            if every or search.suits(one, attempt):
                yield one

    def _join_nearest(self, line: Line) -> Found | None:
        """What is made of the nearest that fit, one after the other."""
        search, full, group = self._search, self._rules.queue.full, self._group
        for one in self._reached(line):
            self._met.append(one)
            larger = group.join(one, self._rules)
            if larger is None:
                continue
            if larger.size < full:
                group = larger
                continue
            found = search.conclude(larger)
            if found is not None or search.nearest_decides:
                return found
            self._looks -= search.refused
        if self._attempt.small and search.ended(group, self._attempt):
            return search.conclude(group)
        return None

    def _look(self) -> bool:
        self._tally.looks -= 1
        self.cut = self._tally.looks < 0
        return not self.cut

    def _try_all(self, met: list[Candidate]) -> Found | None:
        """A match of any of those that were met, if there is one."""
        self._effort = effort = min(EFFORT, max(0, self._tally.effort))
        found = self._grow(self._group, met[:DEPTH])
        self._tally.effort -= effort - max(0, self._effort)
        self.cut = self.cut or self._effort < 0 or len(met) > DEPTH
        return found

    def _grow(self, group: Group, others: list[Candidate]) -> Found | None:
        """The first good match of this group and some of the others."""
        search, small = self._search, self._attempt.small
        those = group.select(others, self._rules)
        sizes = Counter(map(_SIZE, those))
        if search.attainable(group.code, sizes, small=small):
            self._effort -= len(others) + 1
        for at, one in enumerate(those):
            if self._effort < 0 or not search.attainable(group.code, sizes, small=small):
                break
            larger = group.join(one, self._rules)
            found = None if larger is None else self._grow(larger, those[at + 1 :])
            if found is not None:
                return found
            sizes[one.size] -= 1
        if self._effort >= 0 and search.ended(group, self._attempt):
            self._effort -= search.refused
            return search.conclude(group)
        return None
