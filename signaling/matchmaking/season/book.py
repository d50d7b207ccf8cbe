"""The book of a season: fates, matches, moments and reasons, as they come."""

from collections import Counter
from collections.abc import Iterable

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.season.arrivals import Arrival
from signaling.matchmaking.season.records import Ending, Fate, Moment, Played, Season


class Book:
    """What is written down while a season is played."""

    def __init__(self) -> None:
        self.ticks = 0
        self.cut = 0
        self.aborted = 0
        self._fates: dict[str, Fate | None] = {}
        self._matches: list[Played] = []
        self._moments: list[Moment] = []
        self._reasons: Counter[Blocked] = Counter()

    def come(self, arrival: Arrival) -> None:
        """A ticket has come."""
        self._fates[arrival.name] = None

    def end(self, arrival: Arrival, ending: Ending, now: float) -> None:
        """A ticket's time in the queue is over."""
        assert self._fates[arrival.name] is None, f"{arrival.name} ends twice"
        self._fates[arrival.name] = Fate(
            ticket=arrival.name,
            at=arrival.at,
            rating=arrival.rating,
            home=arrival.home,
            players=len(arrival.players),
            waited=now - arrival.at,
            ending=ending,
        )

    def match(self, played: Played) -> None:
        """A match begins."""
        self._matches.append(played)

    def note(self, now: float, waiting: int, oldest: float) -> None:
        """So many wait at a moment, the oldest of them since a time."""
        arrived, matches = len(self._fates), len(self._matches)
        self._moments.append(Moment(now, waiting, max(0.0, now - oldest), arrived, matches))

    def give_reasons(self, reasons: Iterable[Blocked]) -> None:
        """Why tickets that have waited for long still wait."""
        self._reasons.update(reasons)

    def close(self, queue: Queue, seconds: float) -> Season:
        """The season, over."""
        fates = tuple(fate for fate in self._fates.values() if fate is not None)
        assert len(fates) == len(self._fates), "a ticket has no end"
        return Season(
            queue=queue,
            seconds=seconds,
            fates=fates,
            matches=tuple(self._matches),
            moments=tuple(self._moments),
            aborted=self.aborted,
            reasons=dict(self._reasons),
            ticks=self.ticks,
            cut=self.cut,
        )
