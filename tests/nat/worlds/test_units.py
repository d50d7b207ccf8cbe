"""Tests of `nat.worlds.units`: quantities as people write them."""

import pytest

from nat.worlds.units import BANDWIDTHS, SECONDS, SHARES, SIZES, parse_quantity


@pytest.mark.parametrize(
    ("value", "units", "number"),
    [
        (3, SECONDS, 3.0),
        (0.02, SECONDS, 0.02),
        ("20 ms", SECONDS, 0.02),
        ("1.5min", SECONDS, 90.0),
        ("7 %", SHARES, 0.07),
        ("10 Mbit/s", BANDWIDTHS, 1e7),
        ("64 KiB", SIZES, 65536.0),
    ],
)
def test_a_number_or_a_text_with_a_unit_is_read(value, units, number):
    assert parse_quantity(value, units, "x") == number


@pytest.mark.parametrize("value", ["20", "20 m", "-5 ms", "ms", "", True, None, [1], "1e3 s"])
def test_anything_else_is_refused_with_what_is_allowed(value):
    with pytest.raises(ValueError, match="allowed: seconds, a number or one with us or ms or s"):
        parse_quantity(value, SECONDS, "seconds")
