"""A diagnosis is done within its time whatever happens, and shows at any moment what it knows."""

import asyncio

import pytest

import nat
from nat.discovery.collecting import PARTS, Collecting, collect
from nat.discovery.evidence import Evidence, Wish, decode, encode
from nat.discovery.plan import Plan, StunServer
from nat.discovery.recorder import Progress
from nat.discovery.transactions import Purpose
from stunwire import Family

from .scripted import SERVER, ScriptedNetwork, plain, run, silent
from .simulated import SERVER as FAR
from .simulated import SIX1, STUN_WISHES, diagnose

PLAN = Plan(servers=(StunServer(SERVER.host),), wishes=STUN_WISHES)


def _network(answering=plain) -> ScriptedNetwork:  # type: ignore[no-untyped-def]
    return ScriptedNetwork(answering, names={SERVER.host: [SERVER]})


@pytest.mark.parametrize("loss", [0.0, 0.02, 0.1])
def test_it_is_done_in_eight_seconds_with_few_packets(loss: float) -> None:
    for behavior in (nat.FULL_CONE, nat.PORT_RESTRICTED_CONE, nat.SYMMETRIC):
        done = diagnose(behavior, loss=loss)
        assert done.seconds < 7
        assert done.packets < 120
        assert not any(each.abandoned for each in done.evidence.transactions)
        assert not done.evidence.interrupted


def test_no_server_hears_more_than_ten_new_transactions_a_second() -> None:
    for servers in ((FAR,), (StunServer("dual.example"),)):
        done = diagnose(nat.PORT_RESTRICTED_CONE, servers, six=True)
        begun = sorted(each.sent[0] for each in done.evidence.transactions if each.server)
        assert all(
            later - earlier >= 0.999 for earlier, later in zip(begun, begun[10:], strict=False)
        )


def test_both_families_are_asked_side_by_side_in_time() -> None:
    done = diagnose(nat.PORT_RESTRICTED_CONE, (StunServer("dual.example"),), six=True)
    six = [each for each in done.evidence.transactions if each.target.family is Family.IPV6]
    assert {each.target.host for each in six} > {SIX1.host}
    assert len([each for each in six if each.purpose is Purpose.FILTERING_II]) == 3
    assert not any(each.answers for each in six if each.purpose is Purpose.FILTERING_II)
    assert not any(each.abandoned for each in done.evidence.transactions)
    assert done.seconds < 8


def test_what_was_seen_can_be_written_and_read() -> None:
    evidence = diagnose(nat.SYMMETRIC).evidence
    assert decode(encode(evidence)) == evidence
    assert evidence.gateway == "192.168.1.1"
    assert evidence.interfaces[0].is_default
    assert evidence.program.startswith("hairpin")


def test_when_the_time_is_up_it_ends() -> None:
    done = diagnose(nat.PORT_RESTRICTED_CONE, deadline=2.0)
    assert done.seconds <= 2.0
    assert any(each.abandoned for each in done.evidence.transactions)
    assert any(each.answers for each in done.evidence.transactions)
    assert not done.evidence.interrupted


def test_who_interrupts_it_gets_what_is_known() -> None:
    async def main() -> Evidence:
        network = _network(silent)
        collecting = Collecting(PLAN, network)
        task = asyncio.create_task(collecting.run())
        await asyncio.sleep(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert all(each.is_closed for each in network.sockets)
        return collecting.evidence()

    evidence = run(main())
    assert evidence.interrupted
    assert evidence.transactions
    assert all(each.abandoned for each in evidence.transactions)


def test_evidence_can_be_looked_at_while_it_goes_on() -> None:
    async def main() -> list[int]:
        collecting = Collecting(PLAN, _network())
        task = asyncio.create_task(collecting.run())
        counts = [len(collecting.evidence().transactions)]
        await asyncio.sleep(0.5)
        assert collecting.evidence().interrupted
        counts.append(len(collecting.evidence().transactions))
        await task
        assert not collecting.evidence().interrupted
        return counts

    counts = run(main())
    assert 0 == counts[0] < counts[1]


@pytest.mark.parametrize(
    ("network", "failure"),
    [
        (ScriptedNetwork(), f"{SERVER.host} does not resolve"),
        (
            ScriptedNetwork(
                names={SERVER.host: [SERVER]}, refusal=OSError(101, "network is unreachable")
            ),
            "network is unreachable",
        ),
    ],
)
def test_without_a_network_it_ends_at_once_and_says_why(
    network: ScriptedNetwork, failure: str
) -> None:
    async def main() -> Evidence:
        evidence = await collect(PLAN, network)
        assert network.now() < 1
        return evidence

    evidence = run(main())
    assert not evidence.transactions
    assert evidence.servers[0].failure == failure


def test_a_network_that_fails_under_it_ends_no_more_than_must_be() -> None:
    network = _network()

    async def break_soon() -> None:
        await asyncio.sleep(0.1)
        network.refusal = OSError(24, "too many open files")

    heard: list[Progress] = []

    async def main() -> Evidence:
        _, evidence = await asyncio.gather(break_soon(), collect(PLAN, network, heard.append))
        return evidence

    evidence = run(main())
    assert any(each.answers for each in evidence.transactions)
    assert any("too many open files" in each.doing for each in heard)


def test_only_what_was_wished_for_is_asked() -> None:
    done = diagnose(nat.PORT_RESTRICTED_CONE, wishes=frozenset({Wish.FRAGMENTS}))
    assert {each.purpose for each in done.evidence.transactions} == {
        Purpose.MAPPING_I,
        Purpose.MAPPING_II,
        Purpose.MAPPING_III,
        Purpose.FRAGMENTS,
    }
    assert not diagnose(nat.PORT_RESTRICTED_CONE, wishes=frozenset()).evidence.transactions


def test_every_part_belongs_to_a_wish() -> None:
    assert set(PARTS) <= set(Wish)
