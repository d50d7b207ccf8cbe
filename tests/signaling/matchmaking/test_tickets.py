"""Who waits in a queue."""

from signaling.matchmaking.tickets import Openness, Player, Ticket


def test_openness_is_listed_with_the_best_host_first() -> None:
    assert [each.value for each in Openness] == ["open", "moderate", "unknown", "strict"]


def test_a_ticket_is_as_equal_as_what_is_in_it() -> None:
    player = Player("alice", "s1", rtt={"eu": 20.0})
    assert Ticket("t", "duel", (player,)) == Ticket(
        "t", "duel", (Player("alice", "s1", rtt={"eu": 20.0}),)
    )
    assert Ticket("t", "duel", (player,)) != Ticket("t", "duel", (player,), generation=2)
