"""The real servers and the real client with Redis between them, in virtual time, through faults that a seed chooses.

`tools/soak-signaling FIRST LAST` plays any number of seeds.
"""

from collections import Counter

import pytest

from tests.scenarios.stack import seeds
from tests.scenarios.stack.troubles import GENTLE, KINDS, Trouble, one_kind
from tests.scenarios.stack.world import World

FEW = 5
SEVERAL_NODES = 1
"""A seed with more than one node, so that there is Redis to be cut off from."""


@pytest.mark.parametrize(
    "kind", dict.fromkeys([*KINDS, *GENTLE]), ids=lambda kind: str(kind.__name__)
)
def test_every_kind_of_trouble_is_made_and_outlived(kind: Trouble) -> None:
    world = World(SEVERAL_NODES)
    assert world.plan.nodes > 1
    world.play(one_kind(kind))
    told = [what for _, what in world.story]
    assert told.count(kind.__name__) == told.count(f"{kind.__name__} is over") == 2


@pytest.mark.parametrize("first", range(0, 100, FEW))
def test_each_signal_arrives_once_and_in_order_or_somebody_is_told(first: int) -> None:
    told: Counter[str] = Counter()
    for seed in range(first, first + FEW):
        told += seeds.play(seed)
    assert told["Reconnected"], "nothing has happened"
