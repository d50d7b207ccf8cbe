"""Tests of `nat.portmap.client`: what cannot be asked for."""

from typing import Any

import pytest

from nat.packets import Protocol
from nat.portmap.client import Wanted


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"protocol": Protocol.ICMP}, "not of ICMP"),
        ({"internal_port": 0}, "from 1 to 65535, not 0"),
        ({"internal_port": 65536}, "from 1 to 65535, not 65536"),
        ({"external_port": -1}, "or 0 for any, not -1"),
        ({"lifetime": 0}, "1 s or more, not 0 s"),
        ({"lifetime": 2**32}, "not 4294967296 s"),
    ],
)
def test_a_wish_out_of_range_is_told_with_what_is_allowed(
    values: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Wanted(**{"protocol": Protocol.UDP, "internal_port": 5000, **values})
