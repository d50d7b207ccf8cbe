"""The same peers in virtual time and behind the Linux kernel find the same, in all 81 pairings."""

import pytest

from hairpin.lab import cells, kernelgrid
from nat import Model

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

PAIRINGS = cells.cells(Model.CONNTRACK, with_relay=False, seed=1)


def test_all_81_pairings_end_in_the_kernel_as_in_virtual_time_and_as_the_rule_says() -> None:
    in_kernel = [one.direct for one in kernelgrid.play(PAIRINGS)]
    in_virtual_time = [cells.play(cell).direct for cell in PAIRINGS]
    ruled = [cell.pairing.expected.direct for cell in PAIRINGS]
    assert in_kernel == in_virtual_time == ruled
    assert sum(in_kernel) == 57
