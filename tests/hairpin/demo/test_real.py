"""The demo on real sockets."""

import pytest

from hairpin.demo import real
from nat.simulator import Simulation
from peer import CandidateType, IceTransportPolicy, PathKind

IN_ORDER = [CandidateType.HOST, CandidateType.SERVER_REFLEXIVE, CandidateType.RELAYED]


async def test_freely_the_path_is_direct_and_types_are_gathered_in_order() -> None:
    run = await real.run(IceTransportPolicy.ALL)
    assert run.path is PathKind.HOST
    assert run.ok
    for report in run.peers:
        # The path may be up before every server has answered: what has come came in order.
        found = [candidate.type for candidate in report.candidates]
        assert found
        assert found == IN_ORDER[: len(found)]
        assert report.timeline.setup is not None


def test_all_three_types_are_gathered_before_the_path_is_up_on_a_machine_that_is_not_busy() -> None:
    world = Simulation(seed=1)
    run = world.run(world.host("machine").run(real.run(IceTransportPolicy.ALL)))
    for peer in run.peers:
        assert [one.type for one in peer.candidates] == IN_ORDER


async def test_relay_only_the_path_is_relayed() -> None:
    run = await real.run(IceTransportPolicy.RELAY)
    assert run.path is PathKind.RELAYED
    assert run.ok


@pytest.mark.parametrize("policy", list(IceTransportPolicy))
async def test_nothing_but_loopback_is_told(policy: IceTransportPolicy) -> None:
    run = await real.run(policy)
    for report in run.peers:
        assert {candidate.address[0] for candidate in report.candidates} == {"127.0.0.1"}
