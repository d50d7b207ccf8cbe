"""The real server and clients on several nodes, in virtual time, through faults of every kind.

`tools/soak-signaling FIRST LAST` plays any number of seeds.
"""

import pytest

from tests.scenarios.manynodes import World


@pytest.mark.parametrize("seed", range(4))
def test_whoever_talks_is_heard_once_and_in_order_or_starts_again(seed: int) -> None:
    World(seed).play()
