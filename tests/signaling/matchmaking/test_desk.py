"""What every desk has."""

from signaling.matchmaking.desk import Desk


def test_a_desk_has_queues_takes_orders_and_is_listened_to() -> None:
    assert {name for name in vars(Desk) if not name.startswith("_")} == {
        "queues",
        "carry",
        "listen",
        "overview",
    }
