"""How far a server's clock is away, told by the credentials it takes."""

import pytest

from relay.doctor.clock import OFFSETS, Skew, judge, measure
from relay.doctor.findings import Outcome


async def found(skew: float) -> tuple[Skew, int]:
    """Measure a server that is ahead by `skew`."""
    tried: list[float] = []

    async def is_taken(ttl: float) -> bool:
        tried.append(ttl)
        return ttl > skew

    return await measure(is_taken), len(tried)


@pytest.mark.parametrize("skew", [-1e9, -4000.0, -31.0, -29.0, 0.0, 29.0, 31.0, 4000.0, 1e7, 1e12])
async def test_the_bounds_hold_the_truth_and_cost_four_or_five_questions(skew: float) -> None:
    bounds, questions = await found(skew)
    assert bounds.least is None or bounds.least <= skew
    assert bounds.most is None or skew < bounds.most
    assert questions <= len(OFFSETS).bit_length()


@pytest.mark.parametrize(
    ("skew", "outcome", "words"),
    [
        (0, Outcome.OK, "within 30 s"),
        (60, Outcome.NOTED, "30 s to 10 min ahead of"),
        (5000, Outcome.FAILED, "1 h to 1 day ahead of"),
        (-5000, Outcome.NOTED, "1 h to 1 day behind"),
        (-1e9, Outcome.NOTED, "ended 30 days ago"),
        (1e12, Outcome.FAILED, "the secret is another one"),
    ],
)
async def test_what_the_bounds_mean(skew: float, outcome: Outcome, words: str) -> None:
    finding = judge((await found(skew))[0])
    assert finding.outcome is outcome
    assert words in finding.what
