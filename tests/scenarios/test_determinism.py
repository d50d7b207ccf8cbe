"""The same seed tells the same story: packet for packet, also in another process."""

import os
import subprocess
import sys

import nat
from hairpin.demo.world import PAIRINGS, Pairing, play

PLAY = """
from hairpin.demo.world import PAIRINGS, play
print(*(play(pairing, seed=7).trace for pairing in PAIRINGS))
"""


def test_the_same_seed_gives_the_same_trace_in_other_processes() -> None:
    def traces(hash_seed: str) -> str:
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        done = subprocess.run(
            [sys.executable, "-c", PLAY],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    first, second = traces("1"), traces("2")
    assert len(first.split()) == len(PAIRINGS)
    assert first == second


def test_playing_twice_in_one_process_gives_the_same_trace() -> None:
    pairing = Pairing.between(nat.SYMMETRIC, nat.PORT_RESTRICTED_CONE)
    first, second = (play(pairing, seed=3) for _ in range(2))
    assert first.trace == second.trace
    assert first.virtual == second.virtual
    assert [c.line for c in first.peers[0].candidates] == [
        c.line for c in second.peers[0].candidates
    ]


def test_another_seed_gives_another_trace() -> None:
    pairing = Pairing.between(nat.PORT_RESTRICTED_CONE, nat.PORT_RESTRICTED_CONE)
    assert play(pairing, seed=1).trace != play(pairing, seed=2).trace
