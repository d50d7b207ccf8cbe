"""The table in Python does what the table in JavaScript does, number for number, and keeps the rules."""

import json
import subprocess
from random import Random

import pytest

from hairpin.matching import rink as r
from hairpin.matching.wire import Snapshot, Target, encode_snapshot, encode_target
from tests.node.running import HERE, NODE


def moves(seed: int, steps: int) -> list[list[list[float]]]:
    """Two hands that chase around at random, so that much happens."""
    random = Random(seed)
    targets = []
    current = [[0.5, 1.35], [0.5, 0.25]]
    for at in range(steps):
        if at % 15 == 0:
            current = [[random.random(), random.random() * r.HEIGHT] for _ in range(2)]
        targets.append(current)
    return targets


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_the_same_as_in_javascript(seed: int) -> None:
    targets = moves(seed, 12_000)
    done = subprocess.run(
        [NODE, HERE / "game" / "same.mjs"],
        input=json.dumps({"server": seed % 2, "targets": targets}),
        capture_output=True,
        text=True,
        check=True,
        timeout=240,
    )
    told = json.loads(done.stdout)
    assert told["step"] == r.STEP
    rink = r.opened(seed % 2)
    kinds = set()
    for (a, b), theirs in zip(targets, told["out"], strict=True):
        happened = r.step(rink, (r.Point(*a), r.Point(*b)))
        bodies = [
            number
            for each in (rink.puck, *rink.mallets)
            for number in (each.x, each.y, each.vx, each.vy)
        ]
        ours = [bodies, rink.phase.value, rink.left, rink.held, list(rink.score)]
        ours.append([[each.kind.value, each.by] for each in happened])
        assert ours == theirs
        kinds |= {each.kind for each in happened}
    assert kinds >= {r.Kind.GOAL, r.Kind.HIT, r.Kind.WALL}
    ours = [
        encode_snapshot(Snapshot(7, 99, 98, rink)),
        encode_target(Target(7, 99, r.Point(0.25, 0.5))),
    ]
    assert [each.hex() for each in ours] == told["bytes"]


def test_a_mallet_stays_in_its_half() -> None:
    assert r.within(0, 9, -9) == (r.WIDTH - r.MALLET, r.HEIGHT / 2 + r.MALLET)
    assert r.within(1, -9, 9) == (r.MALLET, r.HEIGHT / 2 - r.MALLET)
