"""What is not known of a diagnosis adds nothing."""

from peer.explanation.diagnosed import Diagnosed


def test_nothing_is_claimed_by_default() -> None:
    told = Diagnosed(4)
    assert told.udp is told.translated is told.carrier is told.pooling is None
    assert told.mapping == told.filtering == told.external == told.behaviors == ()
