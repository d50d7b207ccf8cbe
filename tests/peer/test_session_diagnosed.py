"""Sessions behind NATs that were diagnosed in the same world explain themselves by what was found there."""

import asyncio
import dataclasses
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

import nat
import relay
from nat.discovery import Plan, Report, StunServer, Wish, discover
from peer.explanation import Agreement, Cause, Certainty, Explanation, Side, Source, Verdict
from stunwire import Address
from tests.nat.discovery.homes import serve_at

FIRST, SECOND = Address("198.51.100.50", 3478), Address("198.51.100.51", 3479)
WISHES = frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN})
PLAIN = nat.PORT_RESTRICTED_CONE


@dataclass(frozen=True)
class Met:
    """What a session says of itself without a diagnosis, and with those of both sides."""

    plain: Explanation
    own: Explanation
    both: Explanation


def diagnosed(world: Any, *hosts: Any) -> list[Report]:
    """Diagnose from hosts of a world, before anything else happens in it."""
    return world.run(_reports(world, hosts))


async def _reports(world: Any, hosts: Any) -> list[Report]:
    far = world.simulation.host("far", FIRST.host, addresses=(SECOND.host,))
    ready = asyncio.Event()
    plan = Plan(servers=(StunServer(FIRST.host),), wishes=WISHES)
    async with asyncio.TaskGroup() as group:
        settings = relay.Settings(listen=(FIRST,), alternate=SECOND)
        serving = far.start(group, serve_at(settings, ready))
        await ready.wait()
        found = [await host.run(discover(plan)) for host in hosts]
        serving.cancel()
    return found


def meet(world: Any, *hosts: Any) -> Met:
    """Diagnose from two hosts, let alice and bob meet, and have alice explain it."""

    async def main() -> Met:
        mine, theirs = await _reports(world, hosts)
        session = (await world.pair())["alice"]
        return Met(
            session.explain(),
            session.explain(diagnosis=mine),
            session.explain(diagnosis=mine, remote_diagnosis=theirs),
        )

    return world.run(main())


@pytest.mark.parametrize("behavior", nat.ALL_NINE, ids=lambda each: each.short)
def test_with_a_diagnosis_the_true_mapping_and_filtering_are_named(
    make_world: Any, behavior: nat.Behavior
) -> None:
    world = make_world(nats=(behavior, PLAIN))
    met = meet(world, world.alice, world.bob)
    for found in (met.own, met.both):
        local = found.nats[0]
        assert local.mapping.words == behavior.mapping.value
        assert local.filtering.words == behavior.filtering.value
        assert local.filtering.certainty is Certainty.MEASURED
        assert local.filtering.source is Source.DIAGNOSIS
        assert Cause.DIAGNOSIS_SET_ASIDE not in {one.cause for one in found.findings}
    # with one STUN server a session alone knows neither
    assert met.plain.nats[0].filtering.certainty is not Certainty.MEASURED
    assert met.both.nats[1].filtering.words == PLAIN.filtering.value
    assert met.both.foretold is not None
    assert met.both.foretold.agreement is Agreement.AGREES
    direct = nat.direct_possible(behavior, PLAIN)
    assert (met.own.verdict is Verdict.DIRECT) is direct
    if not direct:
        blamed = [one for one in met.own.findings if one.cause is Cause.MAPPING_DEPENDENT]
        assert [(one.side, one.source) for one in blamed] == [(Side.LOCAL, Source.DIAGNOSIS)]


def test_who_has_moved_to_another_network_since_is_told_that_the_diagnosis_is_of_another(
    make_world: Any,
) -> None:
    world = make_world(nats=(nat.SYMMETRIC, PLAIN))
    cafe = world.cafe()

    async def main() -> Met:
        mine, theirs = await _reports(world, (world.alice, world.bob))
        world.alice.move(cafe)
        session = (await world.pair())["alice"]
        return Met(
            session.explain(),
            session.explain(diagnosis=mine),
            session.explain(diagnosis=mine, remote_diagnosis=theirs),
        )

    met = world.run(main())
    assert met.own.nats == met.plain.nats
    (aside,) = [one for one in met.own.findings if one.cause is Cause.DIAGNOSIS_SET_ASIDE]
    assert aside.side is Side.LOCAL
    assert "at 203.0.113.1, and ICE at 203.0.113.3" in aside.text
    assert aside.text in met.own.sentences
    assert met.both.foretold is not None
    assert met.both.foretold.agreement is Agreement.DIFFERS
    assert "what yours found does not hold here" in met.both.foretold.text


def test_a_nat_that_is_another_at_the_same_address_does_not_fit_what_comes(make_world: Any) -> None:
    """A full cone was diagnosed, which whoever asks would reach; now it keeps strangers out."""
    before = make_world(nats=(nat.FULL_CONE, nat.SYMMETRIC))
    stale = diagnosed(before, before.alice)[0]
    world = make_world(nats=(PLAIN, nat.SYMMETRIC))

    async def stay(session: Any, channel: Any) -> None:
        await asyncio.sleep(2)  # until the direct checks have had their time

    async def main() -> Explanation:
        session = (await world.pair(stay))["alice"]
        return session.explain(diagnosis=stale)

    found = world.run(main())
    assert found.verdict is Verdict.RELAYED
    (aside,) = [one for one in found.findings if one.cause is Cause.DIAGNOSIS_SET_ASIDE]
    assert "does not fit what it found" in aside.text
    assert found.nats[0].diagnosed is None
    assert found.nats[0].filtering.source is Source.ICE


KEEPING = dataclasses.replace(PLAIN, ports=nat.PortAssignment.PRESERVING)


@pytest.mark.parametrize(
    ("then", "now", "habit"),
    [
        (KEEPING, nat.RESTRICTED_CONE, "keeps ports"),
        (nat.RESTRICTED_CONE, KEEPING, "keeps no port"),
    ],
)
def test_a_nat_that_is_another_at_the_same_address_shows_by_its_ports_though_all_gets_through(
    make_world: Any, then: nat.Behavior, now: nat.Behavior, habit: str
) -> None:
    before = make_world(nats=(then, nat.FULL_CONE))
    stale = diagnosed(before, before.alice)[0]
    world = make_world(nats=(now, nat.FULL_CONE))

    async def main() -> Explanation:
        session = (await world.pair())["alice"]
        return session.explain(diagnosis=stale)

    found = world.run(main())
    assert found.verdict is Verdict.DIRECT
    (aside,) = [one for one in found.findings if one.cause is Cause.DIAGNOSIS_SET_ASIDE]
    assert habit in aside.text
    assert aside.certainty is Certainty.INFERRED


def test_what_was_diagnosed_days_before_is_likely_and_its_age_is_said(make_world: Any) -> None:
    world = make_world(nats=(PLAIN, nat.SYMMETRIC))

    async def main() -> Explanation:
        mine, _ = await _reports(world, (world.alice, world.bob))
        dated = msgspec.structs.replace(mine.evidence, started=mine.evidence.started - 3 * 86400)
        session = (await world.pair())["alice"]
        return session.explain(diagnosis=dataclasses.replace(mine, evidence=dated))

    found = world.run(main())
    local = found.nats[0]
    assert local.filtering.words == PLAIN.filtering.value
    assert local.filtering.certainty is Certainty.INFERRED
    assert local.diagnosed is not None
    assert "a diagnosis of 3 days ago" in local.diagnosed.words
