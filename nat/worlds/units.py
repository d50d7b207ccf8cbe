"""Quantities as people write them: "20 ms", "2 %", "10 Mbit/s", "64 KiB"."""

import re
from collections.abc import Mapping
from typing import Final

_QUANTITY: Final = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z%/]+)\s*")

SECONDS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
SHARES: Final = {"%": 0.01}
BANDWIDTHS: Final = {"bit/s": 1.0, "kbit/s": 1e3, "Mbit/s": 1e6, "Gbit/s": 1e9}
SIZES: Final = {"B": 1.0, "kB": 1e3, "KiB": 1024.0, "MB": 1e6, "MiB": 1024.0**2}


def parse_quantity(value: object, units: Mapping[str, float], what: str) -> float:
    """A number, which is in the basic unit, or a text with a unit.

    Args:
        value: what came.
        units: each unit, and how many basic units it is.
        what: the quantity in words, for the error.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        match = _QUANTITY.fullmatch(value)
        if match and match[2] in units:
            return float(f"{float(match[1]) * units[match[2]]:.12g}")
    raise ValueError(f"got {value!r}; allowed: {what}, a number or one with {' or '.join(units)}")
