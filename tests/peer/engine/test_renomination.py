"""Relayed first, direct later: where both sides renominate, and nowhere else."""

import asyncio
from typing import Any

import pytest

import nat
from peer import PathKind
from peer.configuration import Nomination
from peer.engine.nominationattribute import NOMINATION

STUN = "stun:198.51.100.10"
TURN = "turn:198.51.100.10"
LATE = {"srflx": 2.0, "host": 2.0}


def plans(world: Any, plan: Any, servers: Any, **changes: Any) -> Any:
    username, credential = world.turn_credential()
    return plan(servers(STUN, TURN, username=username, credential=credential), **changes)


async def wait(*_: Any) -> None:
    await asyncio.sleep(8.0)


@pytest.mark.parametrize("aggressive", [False, True])
def test_a_relayed_pair_gives_way_to_a_direct_one_and_no_datagram_is_lost(
    make_world: Any, plan: Any, servers: Any, play: Any, aggressive: bool
) -> None:
    world = make_world()
    nomination = Nomination.AGGRESSIVE if aggressive else Nomination.REGULAR
    both = plans(world, plan, servers, nomination=nomination)
    ends = play(world, (both, both), wait, late=LATE)
    for end in ends:
        kinds = [path.kind for path in end.paths()]
        assert kinds[0] is PathKind.RELAYED
        assert kinds[-1] is PathKind.REFLEXIVE
        assert sorted(number for _, number in end.got) == list(range(len(end.got)))
        (generation,) = end.connection.report().generations
        assert generation.selections[-1].reason.startswith("better pair, nominated")
        # Told after 2 s; then its checks, one of them lost to a filter, and a nomination.
        assert generation.selections[-1].at - generation.selections[0].at < 2.6
        assert end.states() == ["checking", "connected", "completed", "closed"]
    a, b = (end.paths()[-1] for end in ends)
    assert (a.local, a.remote) == (b.remote, b.local)


@pytest.mark.parametrize("refuser", [0, 1])
def test_where_one_side_does_not_renominate_the_first_nomination_stays(
    make_world: Any, plan: Any, servers: Any, play: Any, refuser: int
) -> None:
    world = make_world()
    both = [plans(world, plan, servers, renomination=index != refuser) for index in range(2)]
    for end in play(world, tuple(both), wait, late=LATE):
        assert {path.kind for path in end.paths()} == {PathKind.RELAYED}
        (generation,) = end.connection.report().generations
        assert len(generation.selections) == 1


def test_where_only_a_relay_works_the_search_ends_with_the_deadline(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(20.0)
        requests[0] = sum(p.requests_sent - p.consent_requests_sent for p in pairs(a))
        await asyncio.sleep(20.0)
        requests[1] = sum(p.requests_sent - p.consent_requests_sent for p in pairs(a))

    def pairs(end: Any) -> Any:
        return end.connection.report().generations[0].pairs

    requests = [0, 0]
    world = make_world(nats=(nat.SYMMETRIC, nat.SYMMETRIC))
    both = plans(world, plan, servers)
    for end in play(world, (both, both), act, every=0):
        assert end.paths()[-1].kind is PathKind.RELAYED
        completed = next(
            t for t, e in end.events if getattr(e, "state", None) and e.state.value == "completed"
        )
        checking = next(
            t for t, e in end.events if getattr(e, "state", None) and e.state.value == "checking"
        )
        assert completed - checking == pytest.approx(15.0, abs=0.1)
    assert requests[0] == requests[1] < 100


def test_a_late_resend_of_an_earlier_nomination_changes_nothing(
    make_world: Any, plan: Any, servers: Any, play: Any
) -> None:
    """The relay is the longer way: a nomination that was sent again there may come last."""

    async def act(a: Any, b: Any) -> None:
        await asyncio.sleep(2.4)
        agent = b.connection._current.connection
        direct = agent.active
        (relayed, *_) = [p for p in agent._check_list if p.remote_nominated and p is not direct]
        with b.host:
            late = a.connection._current.connection.build_request(direct, nominate=False)
            late.attributes["USE-CANDIDATE"] = None
            late.attributes[NOMINATION] = 1
            agent.check_incoming(late, relayed.remote_addr, relayed.protocol)
            assert agent.active is direct
            late.attributes[NOMINATION] = 99
            agent.check_incoming(late, relayed.remote_addr, relayed.protocol)
            assert agent.active is relayed
        await asyncio.sleep(0.1)

    world = make_world()
    both = plans(world, plan, servers)
    play(world, (both, both), act, late=LATE)
