"""What is predicted of two behind one NAT is what ICE then finds: in a home, in two, turned back or not."""

from collections import Counter
from typing import Final

from nat.candidates import CandidateType
from nat.discovery.prediction import Certainty, Path, predict
from tests.scenarios.neighbours import PAIRS, Told, neighbourhood, played

WORLDS: Final = 20
LIKELY: Final = 0.8
"""The share of what is called likely that comes true, at least."""
SAID: Final = 0.3
"""The share of pairs of which something is said, at least: the rest rests on what routers do not tell."""


def met_inside(told: Told) -> bool:
    """Whether the path that was found leads to the address that one of them has itself."""
    return any(
        path is not None and path.remote_type is CandidateType.HOST for path in told.outcome.paths
    )


def test_what_is_sure_of_neighbours_comes_true_and_what_is_likely_mostly_does() -> None:
    came: Counter[tuple[Certainty, bool]] = Counter()
    wrong, misled = [], []
    for world in map(neighbourhood, range(WORLDS)):
        for each in played(world):
            found = predict(*each.reports)
            true = found.is_direct == each.outcome.connected
            came[found.certainty, true] += 1
            words = f"{[spot.value for spot in each.spots]}: {found.sentence} {world.words}"
            if found.certainty is Certainty.CERTAIN and not true:
                wrong.append(words)
            same = found.path is Path.SAME_NETWORK and found.certainty is Certainty.LIKELY
            if same and each.outcome.connected and not (world.apart or met_inside(each)):
                misled.append(words)
    likely = came[Certainty.LIKELY, True]
    print(dict(came))
    assert not wrong
    assert not misled
    assert likely >= LIKELY * (likely + came[Certainty.LIKELY, False])
    assert likely >= SAID * WORLDS * len(PAIRS)
