"""Divides parties among teams: equal in number as far as parties allow, then equal in rating.

Up to 12 parties in two teams, and as many assignments in more, are tried one and all; beyond that the strongest
go to the weakest team one after the other, and pairs change places as long as that helps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from signaling.matchmaking.matcher.packing import even_range, splits

EXACT = 1 << 11
"""Assignments that are tried one and all."""


@dataclass(frozen=True, slots=True)
class Party:
    """What counts of a ticket: players, and the sum of their ratings."""

    size: int
    strength: float


@dataclass(frozen=True, slots=True)
class Team:
    """A team before the newcomers are seated: players, the sum of their ratings, open seats."""

    seats: int
    players: int = 0
    strength: float = 0.0


def gap(sums: Sequence[float], counts: Sequence[int]) -> float:
    """How far the strongest team is above the weakest, by the mean of ratings; teams of nobody do not count."""
    means = [total / count for total, count in zip(sums, counts, strict=True) if count]
    return max(means) - min(means) if means else 0.0


def divide(
    parties: Sequence[Party], teams: Sequence[Team], least: int
) -> tuple[tuple[int, ...], float] | None:
    """Give each party a team.

    Args:
        parties: In an order that decides between divisions that are as good.
        teams: Who plays there already, and the seats.
        least: Players of a team in the end, at least.

    Returns:
        The team of each party, and the gap between teams; None if the parties do not fit.
    """
    order = sorted(range(len(parties)), key=lambda at: (-parties[at].size, -parties[at].strength))
    sizes = tuple(parties[at].size for at in order)
    taken, seats = tuple(team.players for team in teams), tuple(team.seats for team in teams)
    bounds = even_range(sizes, taken, least, seats)
    if bounds is None:
        return None
    division = _Division([parties[at] for at in order], teams, bounds)
    if len(teams) ** max(0, len(parties) - 1) <= EXACT:
        division.try_all()
    else:
        division.try_well()
    found = [0] * len(parties)
    for at, team in zip(order, division.best, strict=True):
        found[at] = team
    return tuple(found), division.least_gap


class _Division:
    """The search for one division."""

    def __init__(self, parties: list[Party], teams: Sequence[Team], bounds: tuple[int, int]):
        low, high = bounds
        self._parties = parties
        self._sizes = tuple(party.size for party in parties)
        self._teams = range(len(teams))
        self._alike = len(set(teams)) == 1  # so that empty teams are
        self._counts = [team.players for team in teams]
        self._sums = [team.strength for team in teams]
        self._most = [min(team.players + team.seats, high) for team in teams]
        self._low = low
        self._at: list[int] = []
        self.best: list[int] = []
        self.least_gap = float("inf")

    def try_all(self) -> None:
        """Try every division."""
        number = len(self._at)
        if number == len(self._parties):
            self._judge()
            return
        party = self._parties[number]
        for team in self._teams:
            if self._counts[team] + party.size <= self._most[team]:
                self._seat(party, team)
                self.try_all()
                self._unseat(party, team)
            if self._alike and team not in self._at:
                break

    def try_well(self) -> None:
        """The strongest to the weakest team, and then pairs that change places."""
        seated = self._fill()
        assert seated, "there is a division within these bounds"
        self._judge()
        while self._swap():
            self._judge()

    def _fill(self) -> bool:
        number = len(self._at)
        if number == len(self._parties):
            return min(self._counts) >= self._low
        party = self._parties[number]
        for team in sorted(self._teams, key=lambda one: (self._sums[one], one)):
            if self._counts[team] + party.size > self._most[team]:
                continue
            self._seat(party, team)
            if self._can_end() and self._fill():
                return True
            self._unseat(party, team)
        return False

    def _can_end(self) -> bool:
        lows = tuple(max(0, self._low - count) for count in self._counts)
        highs = tuple(most - count for most, count in zip(self._most, self._counts, strict=True))
        return splits(self._sizes[len(self._at) :], lows, highs)

    def _swap(self) -> bool:
        """Exchange the two parties of equal size that helps most."""
        before = gap(self._sums, self._counts)
        best: tuple[float, int, int] | None = None
        for one, party in enumerate(self._parties):
            for other in range(one + 1, len(self._parties)):
                if self._at[one] == self._at[other] or self._parties[other].size != party.size:
                    continue
                after = self._gap_after(one, other)
                if after < before - 1e-9 and (best is None or after < best[0]):
                    best = (after, one, other)
        if best is None:
            return False
        self._exchange(best[1], best[2])
        return True

    def _gap_after(self, one: int, other: int) -> float:
        self._exchange(one, other)
        after = gap(self._sums, self._counts)
        self._exchange(one, other)
        return after

    def _exchange(self, one: int, other: int) -> None:
        here, there = self._at[one], self._at[other]
        more = self._parties[other].strength - self._parties[one].strength
        self._sums[here] += more
        self._sums[there] -= more
        self._at[one], self._at[other] = there, here

    def _judge(self) -> None:
        if min(self._counts) < self._low:
            return
        now = gap(self._sums, self._counts)
        if now < self.least_gap:
            self.least_gap, self.best = now, list(self._at)

    def _seat(self, party: Party, team: int) -> None:
        self._at.append(team)
        self._counts[team] += party.size
        self._sums[team] += party.strength

    def _unseat(self, party: Party, team: int) -> None:
        self._at.pop()
        self._counts[team] -= party.size
        self._sums[team] -= party.strength
