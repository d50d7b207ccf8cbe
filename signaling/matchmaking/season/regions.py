"""A small table of regions: how far they are from each other, and how many players live there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Region:
    """Where players live.

    Attributes:
        share: Its weight among the regions.
        rtt: Milliseconds from its exchange points to each region in which matches are played.
    """

    name: str
    share: float
    rtt: Mapping[str, float]


_HERE: Final = 4.0
_NAMES: Final = (
    "europe-central",
    "europe-west",
    "us-east",
    "us-west",
    "brazil",
    "japan",
    "singapore",
    "australia",
)
_SHARES: Final = (26.0, 16.0, 22.0, 12.0, 8.0, 6.0, 6.0, 4.0)
# Between large data centres, rounded, one row less with each region: what any cloud's own tables show.
_BETWEEN: Final = (
    (25, 90, 147, 203, 225, 160, 245),
    (68, 130, 177, 200, 175, 255),
    (62, 113, 150, 217, 200),
    (173, 108, 170, 140),
    (256, 322, 310),
    (70, 105),
    (93,),
)


def _rtt(one: int, other: int) -> float:
    if one == other:
        return _HERE
    low, high = sorted((one, other))
    return float(_BETWEEN[low][high - low - 1])


REGIONS: Final = tuple(
    Region(name, share, {there: _rtt(one, other) for other, there in enumerate(_NAMES)})
    for one, (name, share) in enumerate(zip(_NAMES, _SHARES, strict=True))
)
"""Eight regions; the shares are an assumption."""
