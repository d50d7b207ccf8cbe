"""Sessions in queues, with a desk that says what the test wants it to say."""

from signaling.gate import (
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    GateOrder,
    GateReport,
    Identity,
)
from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Widening, Within
from signaling.matchmaking.ledger.dealings import Found, Queued, Started
from signaling.matchmaking.matches import Match, Seat
from signaling.matchmaking.tickets import Player, Ticket
from signaling.settings import Limits, Settings
from tests.signaling.conftest import World

DUEL = Queue("duel")
FIVE = Queue("five", team_max=5, party_max=3, accept_within=10.0, expires_after=60.0)
RULED = Queue(
    "ruled",
    keys=("mode",),
    rules=(Within("level", Widening(5.0)), Overlap("maps"), Equal("clan")),
    trust_ratings=False,
    rating_default=1000.0,
)


class Named:
    """A gate where a token is `subject rating`, and allows the rooms of the lobby alone."""

    def carry(self, order: GateOrder) -> list[GateReport]:
        if isinstance(order, Admit):
            return [Admitted(order.sid, order.room)]
        assert isinstance(order, Authenticate)
        if order.token is None:
            return [Authenticated(order.connection, Identity())]
        subject, rating = order.token.split()
        identity = Identity(subject, rooms=("lobby",), rating=float(rating))
        return [Authenticated(order.connection, identity)]

    def listen(self, receive: object) -> None:
        pass


def make_world(*queues: Queue, **limits: float) -> World:
    world = World(Settings(limits=Limits(**limits), resume_key=b"key"), queues)
    world.gate = Named()
    return world


def enqueue(world: World, cid: str, queue: str = "duel", **fields: object) -> Ticket:
    """Enqueue, and let the desk take the ticket."""
    assert world.say(cid, "mm.enqueue", id=1, queue=queue, **fields) == []
    (order,) = world.ordered()
    ticket = order.ticket
    world.hear(queued(ticket, order.request))
    (answer,) = world.take(cid)
    assert (answer["t"], answer["id"], answer["ticket"]) == ("mm.queued", 1, ticket.id)
    return ticket


def queued(ticket: Ticket, request: int | None = None, **more: object) -> Queued:
    (player,) = ticket.players
    fields = {"generation": ticket.generation, "waiting": 7, "estimate": 3.5} | more
    return Queued(player.sid, ticket.queue, ticket.id, request=request, **fields)


def make_match(*tickets: Ticket, name: str = "m", **more: object) -> Match:
    """A match of tickets, each a team; the first hosts."""
    seats = tuple(
        Seat(player, ticket.id, ticket.generation, team)
        for team, ticket in enumerate(tickets)
        for player in ticket.players
    )
    queue, host = tickets[0].queue, tickets[0].players[0].peer
    return Match(name, queue, f"room of {name}", tickets, seats, host, made=1010.0, **more)


def stranger(peer: str = "zoe", queue: str = "duel") -> Ticket:
    """The ticket of somebody on another node."""
    player = Player(peer, f"s-{peer}", "elsewhere", subject=f"{peer}@example.org")
    return Ticket(f"t-{peer}", queue, (player,), enqueued=1000.0)


def find(world: World, cid: str, match: Match, *, asks: bool = False) -> None:
    """Let the desk find a match."""
    world.hear(Found(cid, match, 10.0, asks))


def start(world: World, cid: str, match: Match, *, newcomers: bool = False) -> None:
    """Let a match begin."""
    world.hear(Started(cid, match, newcomers))


def play(world: World, cid: str, match: Match) -> None:
    """Find a match, and begin it; forget what was said."""
    find(world, cid, match)
    start(world, cid, match)
    world.ordered()
    world.take(cid)
