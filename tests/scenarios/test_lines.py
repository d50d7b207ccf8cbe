"""What is predicted of lines with IPv4, IPv6 or both, blocked or not, is what ICE then does, with relays and without."""

import random
from collections import Counter
from typing import Final

from hairpin.lab.meeting import Outcome
from nat.discovery.prediction import Certainty, Path, predict
from tests.scenarios.lines import Relays, diagnosed, line, met

PAIRS: Final = 66
LINES: Final = 12
KINDS: Final = {
    Path.IPV6: "directly",
    Path.DIRECT: "directly",
    Path.RELAY: "through a relay",
    Path.NONE: "not at all",
}


def came_to(outcome: Outcome) -> str:
    if not outcome.connected:
        return "not at all"
    return "through a relay" if outcome.relayed else "directly"


def test_lines_of_both_families_meet_as_it_was_said() -> None:
    said: Counter[tuple[Path, Certainty]] = Counter()
    wrong = []
    for number in range(PAIRS):
        relays = tuple(Relays)[number % 3]
        one, other = random.Random(number).sample(range(LINES), 2)
        found = predict(diagnosed(one, relays), diagnosed(other, relays))
        came = came_to(met(one, other, relays, number))
        said[found.path, found.certainty] += 1
        # what is likely then rests on a relay that there is not here
        lacking = found.certainty is Certainty.LIKELY and "has to be there" in found.reason
        if came != ("not at all" if lacking else KINDS[found.path]):
            wrong.append(
                f"{number}: {found.sentence} {came}; {line(one).words} / {line(other).words}"
            )
    assert not wrong
    assert {path for path, _ in said} == set(KINDS)
    assert said[Path.RELAY, Certainty.CERTAIN] > 0
