"""What the core says, as values."""

from peer.turn import Ended, Failed


def test_an_end_without_a_reason_was_ours_and_a_failure_need_not_have_a_code() -> None:
    assert Ended(None) != Ended("closed")
    assert Failed("no answer").code is None
