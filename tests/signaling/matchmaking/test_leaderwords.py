"""What a leader may want."""

import typing

from signaling.matchmaking import leaderwords
from signaling.matchmaking.claims import Claim


def test_all_that_keeps_house_may_be_wished_and_so_may_a_claim() -> None:
    wishes = set(typing.get_args(leaderwords.Wish))
    assert set(typing.get_args(leaderwords.Housekeeping)) < wishes
    assert Claim in wishes
