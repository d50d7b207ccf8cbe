"""The words of the log."""

import typing

from signaling.matchmaking.ledger import changes


def test_changes_can_be_told_apart_and_compared() -> None:
    kinds = typing.get_args(changes.Change)
    assert len(set(kinds)) == len(kinds) == 9
    assert changes.Left(("t1",)) == changes.Left(("t1",)) != changes.Left(("t2",))
