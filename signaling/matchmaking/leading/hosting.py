"""Who hosts a match: whom others reach best, then a person, then who is nearest, then who has waited for longest."""

from collections.abc import Iterable

from signaling.matchmaking.tickets import Openness, Player, Ticket

_RANK = {openness: rank for rank, openness in enumerate(Openness)}


def host_order(tickets: Iterable[Ticket], region: str | None = None) -> list[Player]:
    """All players, the best host first.

    Args:
        tickets: Of the match.
        region: Where it is played; the round trip to there counts, or the mean of all that a player told.
    """
    players = [(ticket, player) for ticket in tickets for player in ticket.players]
    players.sort(
        key=lambda pair: (
            _RANK[pair[1].openness],
            # The host sees what happens without delay, which is worth something to a person.
            pair[1].bot,
            _round_trip(pair[1], region),
            pair[0].enqueued,
            pair[0].id,
            pair[1].peer,
        )
    )
    return [player for _, player in players]


def choose_host(tickets: Iterable[Ticket], region: str | None = None) -> Player:
    """The best host of a match; there is somebody in it."""
    return host_order(tickets, region)[0]


def _round_trip(player: Player, region: str | None) -> float:
    if region is not None and region in player.rtt:
        return player.rtt[region]
    if not player.rtt:
        return float("inf")
    return sum(player.rtt.values()) / len(player.rtt)
