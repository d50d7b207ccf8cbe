"""What an association tells is plain data."""

from peer.sctp import Established, MessageReceived, StreamsReset


def test_events_are_values_that_can_be_compared() -> None:
    assert Established(5) == Established(5)
    assert StreamsReset((1,), incoming=True) != StreamsReset((1,), incoming=False)
    assert MessageReceived(1, 53, b"x", 49).cost == 49
