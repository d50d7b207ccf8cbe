"""Serial numbers keep their order across the wrap."""

import pytest

from peer.sctp.serial import unwrap_ssn, unwrap_tsn, wrap_ssn, wrap_tsn


@pytest.mark.parametrize("near", [0, 5, 2**31, 2**32 - 1, 2**32, 7 * 2**32 + 3])
@pytest.mark.parametrize("step", [-1000, -1, 0, 1, 1000])
def test_the_nearest_number_is_meant(near: int, step: int) -> None:
    assert unwrap_tsn(wrap_tsn(near + step), near) == near + step
    assert unwrap_ssn(wrap_ssn(near + step), near) == near + step
