"""What an operator sees of a queue."""

from signaling.matchmaking.ledger.changes import Asked, Began, Gathers, Opened, Waits
from signaling.matchmaking.ledger.overview import QueueSeen, see_queue
from signaling.matchmaking.tickets import Opening, Player, Ticket


def waits(name: str, enqueued: float) -> Waits:
    player = Player(f"peer-{name}", name, "n1")
    return Waits(Ticket(name, "duel", (player,), enqueued=enqueued), 1)


def test_a_queue_without_anybody_has_no_longest_wait() -> None:
    assert see_queue("duel", (), 100.0) == QueueSeen("duel", 0, 0, 0, 0, 0, 0, None)


def test_what_waits_and_is_played_is_added_up_and_the_oldest_ticket_counts() -> None:
    opening = Opening("m", "duel", "m", "mm-r", (0, 1), ((), ()))
    whole = (
        waits("a", 60.0),
        waits("b", 40.0),
        waits("c", 99.0),
        Gathers("party", 120.0),
        Asked("c1", 103.0),
        Began("m", (("s1", "n1"), ("s2", "n2"), ("s3", "n1")), 3),
        Opened(opening, 4),
    )
    seen = see_queue("duel", whole, 100.0)
    assert seen == QueueSeen("duel", 3, 1, 1, 1, 3, 1, longest=60.0)
