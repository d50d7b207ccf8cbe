"""How far a server's clock is from ours, told by which time-limited credentials it takes.

A credential is taken as long as its end is later than the server's time, so two credentials with ends a little before
and after now say whether the clocks agree. The server says its time nowhere else: the result is a pair of bounds.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from relay.doctor.findings import Finding, Outcome, Step

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
OFFSETS = (
    -30 * _DAY, -_DAY, -_HOUR, -10 * _MINUTE, -30.0, 30.0, 10 * _MINUTE, _HOUR, _DAY, 30 * _DAY, 3650 * _DAY,
)  # fmt: skip
"""Ends of the credentials that are tried, in seconds from now."""
AGREEMENT = 30.0
MUCH = 10 * _MINUTE
"""So far ahead, a server refuses credentials that are good for ten minutes."""


@dataclass(frozen=True, slots=True)
class Skew:
    """How far the server is ahead; None where not even the last credential that was tried says.

    Args:
        least: it is ahead by at least this, since a credential that ends then was refused.
        most: it is ahead by less than this, since a credential that ends then was taken.
    """

    least: float | None
    most: float | None

    @property
    def agrees(self) -> bool:
        """Whether the clocks agree as far as could be told."""
        return self.least == -AGREEMENT and self.most == AGREEMENT


async def measure(is_taken: Callable[[float], Awaitable[bool]]) -> Skew:
    """Find the bounds, with four or five credentials.

    Args:
        is_taken: tries a credential that ends so many seconds from now.
    """
    refused, taken = -1, len(OFFSETS)
    while taken - refused > 1:
        middle = (refused + taken) // 2
        if await is_taken(OFFSETS[middle]):
            taken = middle
        else:
            refused = middle
    return Skew(
        OFFSETS[refused] if refused >= 0 else None,
        OFFSETS[taken] if taken < len(OFFSETS) else None,
    )


def judge(skew: Skew) -> Finding:
    """Say what bounds mean."""
    if skew.most is None:
        return Finding(
            Step.CLOCK,
            Outcome.FAILED,
            "it takes no credential made with this secret, whenever it ends: the secret is another one",
            "Give both sides the same secret, or the same hash of it (rest-hashes).",
        )
    if skew.least is None:
        return Finding(
            Step.CLOCK,
            Outcome.NOTED,
            f"it takes credentials that ended {_span(-skew.most)} ago: it does not heed their end, or "
            "its clock is far behind",
            "Correct its clock: credentials that leak stay good.",
        )
    if skew.agrees:
        return Finding(Step.CLOCK, Outcome.OK, f"within {AGREEMENT:.0f} s of this machine's")
    ahead = skew.least >= 0
    near, far = (skew.least, skew.most) if ahead else (-skew.most, -skew.least)
    way = "ahead of" if ahead else "behind"
    return Finding(
        Step.CLOCK,
        Outcome.FAILED if skew.least >= MUCH else Outcome.NOTED,
        f"its clock is {_span(near)} to {_span(far)} {way} this machine's, told by which credentials it takes",
        "Correct the clock that is wrong (NTP); until then credentials end "
        + ("too early there." if ahead else "too late there."),
    )


def _span(seconds: float) -> str:
    if seconds >= _DAY:
        days = round(seconds / _DAY)
        return f"{days} day" if days == 1 else f"{days} days"
    for unit, size in (("h", _HOUR), ("min", _MINUTE)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
