"""What a match is like."""

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.season.measuring import measure
from signaling.matchmaking.tickets import Player, Ticket

DUO = Queue("duo", team_max=2)


def ticket(name: str, *ratings: float, bot: bool = False, **rtt: float) -> Ticket:
    players = tuple(
        Player(f"{name}{n}", name, rating=rating, rtt=rtt, bot=bot)
        for n, rating in enumerate(ratings)
    )
    return Ticket(name, "duo", players)


def test_spread_imbalance_and_seats_are_those_of_players() -> None:
    teams = ((ticket("a", 1000, 1200),), (ticket("b", 1300), ticket("c", 1500, bot=True)))
    played = measure(Proposal("duo", teams, quality=0.5), DUO, 7.0)
    assert (played.at, played.spread, played.imbalance, played.quality) == (7.0, 500, 300, 0.5)
    assert (played.players, played.bots, played.full) == (3, 1, True)
    assert played.tickets == (("a",), ("b", "c"))


def test_a_match_that_lacks_players_is_not_full() -> None:
    teams = ((ticket("a", 1000),), (ticket("b", 1300),))
    assert not measure(Proposal("duo", teams), DUO, 0).full


def test_the_region_that_was_chosen_counts() -> None:
    teams = ((ticket("a", 1, east=10, west=90),), (ticket("b", 1, east=30, west=40),))
    played = measure(Proposal("duo", teams, region="west"), DUO, 0)
    assert (played.region, played.rtt) == ("west", 90)


def test_where_none_was_chosen_the_one_that_is_nearest_to_all_counts() -> None:
    teams = ((ticket("a", 1, east=10, west=90),), (ticket("b", 1, east=30, west=40, north=1),))
    played = measure(Proposal("duo", teams), DUO, 0)
    assert (played.region, played.rtt) == ("east", 30)


def test_without_a_common_region_there_is_no_round_trip() -> None:
    apart = ((ticket("a", 1, east=10),), (ticket("b", 1, west=40),))
    silent = ((ticket("a", 1),), (ticket("b", 1),))
    for teams in (apart, silent):
        assert measure(Proposal("duo", teams), DUO, 0).rtt is None
