"""The real servers and the real client with Redis between them, in virtual time, through faults that a seed chooses.

`tools/soak-signaling FIRST LAST` plays any number of seeds.
"""

from collections import Counter

import pytest

from tests.scenarios.stack import seeds

FEW = 5


@pytest.mark.parametrize("first", range(0, 200, FEW))
def test_each_signal_arrives_once_and_in_order_or_somebody_is_told(first: int) -> None:
    told: Counter[str] = Counter()
    for seed in range(first, first + FEW):
        told += seeds.play(seed)
    assert told["Reconnected"], "nothing has happened"
