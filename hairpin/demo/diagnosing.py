"""The NATs of the demo as `hairpin nat` sees them, which is told nothing of them."""

import time

import nat
from hairpin.demo.results import DiagnosedNat
from hairpin.diagnosis.simulate import WISHES
from hairpin.diagnosis.simulated import Scene
from hairpin.diagnosis.simulated import diagnose as collect
from nat.discovery import Plan
from nat.discovery.judging import judge


def diagnose(behavior: nat.Behavior, seed: int) -> DiagnosedNat:
    """Diagnose a home behind such a NAT, over a simulated internet."""
    started = time.perf_counter()
    evidence = collect(Scene(home=behavior, seed=seed), Plan(wishes=WISHES))
    sentence = judge(evidence).verdict.sentence
    return DiagnosedNat(behavior.name, sentence, evidence.elapsed, time.perf_counter() - started)
