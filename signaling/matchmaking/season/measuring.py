"""What a match is like: how far its ratings are apart, how even its teams are, how far its region is."""

from collections.abc import Sequence

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.season.records import Played
from signaling.matchmaking.tickets import Player


def measure(proposal: Proposal, queue: Queue, now: float) -> Played:
    """A match that begins now."""
    teams = [[player for ticket in team for player in ticket.players] for team in proposal.teams]
    players = [player for team in teams for player in team]
    ratings = [player.rating for player in players]
    means = [sum(player.rating for player in team) / len(team) for team in teams if team]
    bots = sum(player.bot for player in players)
    region, rtt = _region(proposal.region, players)
    return Played(
        at=now,
        tickets=tuple(tuple(ticket.id for ticket in team) for team in proposal.teams),
        players=len(players) - bots,
        bots=bots,
        spread=max(ratings) - min(ratings),
        imbalance=max(means) - min(means),
        rtt=rtt,
        region=region,
        quality=proposal.quality,
        full=len(players) == queue.teams * queue.team_max,
    )


def _region(chosen: str | None, players: Sequence[Player]) -> tuple[str | None, float | None]:
    told = [player.rtt for player in players if player.rtt and not player.bot]
    if not told:
        return chosen, None
    common = set(told[0]).intersection(*told[1:]) if chosen is None else {chosen}
    reached = [(max(rtt.get(one, 0.0) for rtt in told), one) for one in sorted(common)]
    if not reached:
        return None, None
    far, nearest = min(reached)
    return nearest, far
