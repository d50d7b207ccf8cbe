"""The built-in regions are a table that makes sense."""

import itertools

from signaling.matchmaking.season.regions import REGIONS


def test_every_region_is_told_how_far_each_other_is_and_both_say_the_same() -> None:
    names = {one.name for one in REGIONS}
    assert len(names) == 8
    for one, other in itertools.product(REGIONS, REGIONS):
        assert set(one.rtt) == names
        assert one.rtt[other.name] == other.rtt[one.name]


def test_home_is_nearest() -> None:
    for one in REGIONS:
        assert min(one.rtt, key=lambda there: one.rtt[there]) == one.name
    assert sum(one.share for one in REGIONS) == 100
