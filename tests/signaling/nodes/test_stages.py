"""The times of a node fit each other."""

from signaling.nodes.stages import Times


def test_a_death_is_noticed_within_five_seconds() -> None:
    times = Times()
    assert times.lease + times.renewal <= 5.0


def test_a_lease_outlives_several_renewals() -> None:
    times = Times()
    assert times.lease >= 3 * times.renewal
