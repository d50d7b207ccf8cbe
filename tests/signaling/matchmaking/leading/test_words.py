"""What a leader may want."""

import typing

from signaling.matchmaking.leading import words
from signaling.matchmaking.ledger.claims import Claim


def test_all_that_keeps_house_may_be_wished_and_so_may_a_claim() -> None:
    wishes = set(typing.get_args(words.Wish))
    assert set(typing.get_args(words.Housekeeping)) < wishes
    assert Claim in wishes
