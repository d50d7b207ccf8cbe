"""A direct pair that falls silent gives way to the spare relay, and nobody needs signaling for it."""

import asyncio
from typing import Any

import pytest

import nat
from peer import CandidateType, PathKind
from peer.report import Outcome

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"


def play_reboot(
    world: Any, plan: Any, servers: Any, play: Any, *, spare: bool, renomination: bool = True
) -> Any:
    """Let bob's NAT forget its mappings: the way between the two is dead then.

    Returns:
        The two ends, and when that happened.
    """

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(6)
        assert {end.connection.path.kind for end in (a, b)} == {PathKind.REFLEXIVE}
        a.silent = b.silent = True
        at.append(world.simulation.now)
        world.bob_home.reboot()
        await asyncio.sleep(20)

    at: list[float] = []
    username, credential = world.turn_credential()
    both = plan(
        servers(STUN, TURN, username=username, credential=credential),
        spare_relay=spare,
        renomination=renomination,
    )
    return play(world, (both, both), act), at[0]


def test_a_silent_pair_gives_way_to_the_spare_relay(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    ends, at = play_reboot(make_world(), plan, servers, play, spare=True)
    for end in ends:
        assert end.paths()[-1].kind is PathKind.RELAYED
        assert end.states()[-3:] == ["disconnected", "completed", "closed"]
        back = next(time for time, _ in end.got if time > at + 0.2)
        assert back - at < 6.0
        (generation,) = end.connection.report().generations
        assert generation.outcome is Outcome.COMPLETED
        assert "nominated" in generation.selections[-1].reason
    reasons = [end.connection.report().generations[0].selections[-1].reason for end in ends]
    assert reasons[0] == "the pair before fell silent, nominated here"


@pytest.mark.parametrize(
    ("spare", "renomination"), [(False, True), (True, False)], ids=["no spare", "no renomination"]
)
def test_without_a_spare_or_a_remote_that_takes_another_nomination_it_stays_disconnected(
    make_world: Any, plan: Any, servers: Any, play: Any, spare: bool, renomination: bool
) -> None:
    world = make_world()
    ends, _ = play_reboot(world, plan, servers, play, spare=spare, renomination=renomination)
    for end in ends:
        assert end.states()[-2:] == ["disconnected", "closed"]


@pytest.mark.parametrize("filtering", ["address", "endpoint"])
def test_a_nat_that_maps_anew_interrupts_a_call_for_seconds_where_the_other_lets_it_in(
    make_world: Any, plan: Any, servers: Any, play: Any, filtering: str
) -> None:
    """No relay, no signaling: bob's next check shows alice where he is now."""
    nats = {"address": nat.RESTRICTED_CONE, "endpoint": nat.FULL_CONE}
    world = make_world(nats=(nats[filtering], nat.PORT_RESTRICTED_CONE))

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(6)
        a.silent = b.silent = True
        at.append(world.simulation.now)
        world.bob_home.reboot()
        await asyncio.sleep(14)

    at: list[float] = []
    both = plan(servers(STUN))
    a, b = play(world, (both, both), act)
    for end in (a, b):
        back = next(time for time, _ in end.got if time > at[0] + 0.2)
        assert back - at[0] < 6.5
    assert a.paths()[-1].remote != a.paths()[0].remote
    assert a.paths()[-1].remote_type is CandidateType.PEER_REFLEXIVE
    assert a.connection.report().generations[0].selected.packets_received > 100
