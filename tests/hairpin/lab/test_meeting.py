"""Two hosts of a world try to meet: directly, through the relay, in one LAN, or not at all."""

from typing import Any

import pytest

import nat
from hairpin.lab.meeting import Outcome, meet
from nat import CandidateType
from nat.simulator import Simulation


def play(*behaviors: nat.Behavior, with_relay: bool = False, stun: bool = True) -> Outcome:
    """One behaviour for both hosts, or one for each."""
    simulation = Simulation(1)
    server = simulation.host("server")
    homes = [simulation.nat(f"home-{i}", behavior) for i, behavior in enumerate(behaviors)]
    alice, bob = homes[0].host("alice"), homes[-1].host("bob")
    return meet(simulation, alice, bob, with_relay=with_relay, server=server if stun else None)


def test_two_port_restricted_nats_let_a_direct_path_through() -> None:
    outcome = play(nat.PORT_RESTRICTED_CONE, nat.PORT_RESTRICTED_CONE)
    assert outcome.types == (CandidateType.SERVER_REFLEXIVE,) * 2
    assert not outcome.relayed
    assert 0.05 < outcome.elapsed < 1.0


def test_both_sides_report_the_same_pair() -> None:
    one, other = play(nat.SYMMETRIC, nat.RESTRICTED_CONE).paths
    assert one is not None
    assert other is not None
    assert (one.local, one.remote) == (other.remote, other.local)
    assert (one.local_type, one.remote_type) == (other.remote_type, other.local_type)


def test_two_symmetric_nats_need_the_relay() -> None:
    assert play(nat.SYMMETRIC, nat.SYMMETRIC).types is None
    outcome = play(nat.SYMMETRIC, nat.SYMMETRIC, with_relay=True)
    assert outcome.connected
    assert outcome.relayed


@pytest.mark.parametrize("stun", [True, False])
def test_neighbours_meet_in_their_lan(stun: bool) -> None:
    outcome = play(nat.SYMMETRIC, stun=stun)
    assert outcome.types == (CandidateType.HOST,) * 2


def test_the_same_seed_gives_the_same_outcome() -> None:
    outcomes: list[Any] = [play(nat.FULL_CONE, nat.SYMMETRIC) for _ in range(2)]
    assert outcomes[0] == outcomes[1]
