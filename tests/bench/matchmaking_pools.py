"""Pools for the benches of matchmaking: players whose ratings are normal, as they come over a minute."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from signaling.matchmaking.configuration.queues import Overlap, Queue, Widening
from signaling.matchmaking.tickets import Player, Ticket

MINUTE = 60.0
PARTIES = (1, 1, 1, 1, 1, 1, 2, 2, 3, 5)
REGIONS = ("af", "ap", "eu", "me", "na", "sa")
MAPS = ("dust", "forest", "ice", "lava", "town")


@dataclass(frozen=True)
class Workload:
    """A queue and who waits in it.

    Attributes:
        targets: Seconds that a tick over so many tickets may take.
    """

    name: str
    queue: Queue
    make: Callable[[int], list[Ticket]]
    targets: Mapping[int, float] = field(default_factory=dict)

    def most(self, count: int) -> float | None:
        """What a tick over so many may take, where that was said."""
        return self.targets.get(count)


def solos(count: int) -> list[Ticket]:
    """One player each."""
    dice = random.Random(1)
    return [ticket(at, count, (dice.gauss(1500.0, 300.0),)) for at in range(count)]


def strangers(count: int) -> list[Ticket]:
    """Players of whom each is too far from the next."""
    ratings = [1000.0 * at for at in range(count)]
    random.Random(2).shuffle(ratings)
    return [ticket(at, count, (rating,)) for at, rating in enumerate(ratings)]


def parties(count: int) -> list[Ticket]:
    """Parties of one to five, a sixth of them together with friends."""
    dice = random.Random(3)
    made = []
    for at in range(count):
        mean = dice.gauss(1500.0, 300.0)
        size = dice.choice(PARTIES)
        made.append(ticket(at, count, tuple(mean + dice.gauss(0.0, 50.0) for _ in range(size))))
    return made


def triples(count: int) -> list[Ticket]:
    """Parties of three, which fill no team of five."""
    dice = random.Random(4)
    return [ticket(at, count, (dice.gauss(1500.0, 300.0),) * 3) for at in range(count)]


def worldwide(make: Callable[[int], list[Ticket]]) -> Callable[[int], list[Ticket]]:
    """The same with round trips to six regions, and the maps they like."""

    def made(count: int) -> list[Ticket]:
        dice = random.Random(5)
        return [_somewhere(one, dice) for one in make(count)]

    return made


def ticket(number: int, count: int, ratings: tuple[float, ...]) -> Ticket:
    """A ticket of some that came one after the other within the last minute."""
    players = tuple(
        Player(f"p{number}-{at}", f"s{number}-{at}", rating=rating)
        for at, rating in enumerate(ratings)
    )
    return Ticket(f"t{number:06}", "bench", players, enqueued=MINUTE * (number / count - 1.0))


def _somewhere(one: Ticket, dice: random.Random) -> Ticket:
    home = dice.randrange(len(REGIONS))
    trips = {
        region: 20.0 + 30.0 * abs(home - at) + 20.0 * dice.random()
        for at, region in enumerate(REGIONS)
    }
    players = tuple(
        Player(each.peer, each.sid, rating=each.rating, rtt=trips) for each in one.players
    )
    liked = {"maps": tuple(dice.sample(MAPS, 2))}
    return Ticket(one.id, one.queue, players, enqueued=one.enqueued, properties=liked)


_WINDOW = Widening(100.0, 10.0, 5.0, 600.0)
_TRIPS = Widening(60.0, 5.0, 10.0, 150.0)
DUEL = Queue("bench", rating=_WINDOW)
TEAMS = Queue("bench", rating=_WINDOW, team_min=5, team_max=5, party_max=5)
WORLD = Queue("bench", rating=_WINDOW, rtt=_TRIPS, rules=(Overlap("maps"),))
WORLD_TEAMS = Queue(
    "bench",
    rating=_WINDOW,
    team_min=5,
    team_max=5,
    party_max=5,
    rtt=_TRIPS,
    rules=(Overlap("maps"),),
)

WORKLOADS = (
    Workload("1v1", DUEL, solos, {10_000: 0.03, 100_000: 0.6}),
    Workload("5v5 with parties", TEAMS, parties, {100_000: 0.8}),
    Workload("1v1, none matchable", DUEL, strangers, {100_000: 0.2}),
    Workload("5v5, none matchable: too far apart", TEAMS, strangers),
    Workload("5v5, none matchable: parties of three", TEAMS, triples),
    Workload("1v1, six regions and maps", WORLD, worldwide(solos)),
    Workload("5v5 with parties, six regions and maps", WORLD_TEAMS, worldwide(parties)),
)
