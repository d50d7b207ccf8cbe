"""The demo from first to last: two real connections, the simulated pairings, and a diagnosis of their NATs."""

import asyncio
from dataclasses import dataclass

import nat
from hairpin import __version__
from hairpin.demo import real
from hairpin.demo.diagnosing import diagnose
from hairpin.demo.results import DemoReport
from hairpin.demo.world import PAIRINGS, Pairing, play
from peer import IceTransportPolicy, PeerError


class DemoFailedError(Exception):
    """The demo could not be played to its end; the message says where and why."""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """What to play.

    Attributes:
        seed: Of the simulated world.
        pairing: The one pairing of NATs to simulate, or `None` for the usual four.
    """

    seed: int
    pairing: tuple[nat.Behavior, nat.Behavior] | None = None


def run_demo(plan: DemoPlan) -> DemoReport:
    """Play everything.

    Raises:
        DemoFailedError: The peers on real sockets did not find to each other.
    """
    runs = []
    for policy in (IceTransportPolicy.ALL, IceTransportPolicy.RELAY):
        failure: BaseException | None = None
        try:
            runs.append(asyncio.run(real.run(policy)))
        except* (PeerError, OSError) as group:
            failure = _first(group)
        if failure is not None:  # not raised above: Python 3.11.2 would wrap it in a group
            text = f"on real sockets, policy {policy.value}: {failure}"
            raise DemoFailedError(text) from failure
    pairings = PAIRINGS if plan.pairing is None else (Pairing.between(*plan.pairing),)
    simulated = tuple(play(pairing, seed=plan.seed) for pairing in pairings)
    nats = dict.fromkeys(one for pairing in pairings for one in pairing.nats)
    diagnosed = tuple(diagnose(one, plan.seed) for one in nats)
    return DemoReport(__version__, plan.seed, tuple(runs), simulated, diagnosed)


def _first(group: BaseExceptionGroup) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
