"""A diagnosis never makes an explanation say what is not so: pairs of homes with all moods that NATs have."""

import asyncio
import contextlib
import functools
from collections import Counter
from dataclasses import dataclass

import pytest

import relay
import signaling
from hairpin.lab.couples import build
from hairpin.lab.mix import Place
from nat.discovery import Plan, Report, StunServer, Wish, discover
from nat.simulator import Simulation
from peer import Configuration, SessionFailedError, parse_servers
from peer.explanation import Agreement, Cause, Certainty, Explanation, NatStory, Source, explain
from peer.ice import IceAgent, line
from peer.report import IceReport
from tests.nat.discovery.homes import serve_at
from tests.nat.discovery.worlds import ALTERNATE, PRIMARY, Case, case, checks

WORLDS = range(16)
FIRST = 9000
PLAN = Plan(
    servers=(StunServer(PRIMARY.host),),
    wishes=frozenset({Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS}),
)


@dataclass(frozen=True)
class Told:
    """Two homes, what was diagnosed in each, and what ICE did between them."""

    homes: tuple[Case, Case]
    diagnoses: tuple[Report, Report]
    reports: tuple[IceReport, IceReport]

    def explained(self, *whose: bool, with_remote: bool = False) -> Explanation:
        mine, theirs = (
            each if given else None for each, given in zip(self.diagnoses, whose, strict=True)
        )
        return explain(
            self.reports[0],
            self.reports[1] if with_remote else None,
            diagnosis=mine,
            remote_diagnosis=theirs,
        )


@functools.cache
def told(number: int) -> Told:
    """Diagnose at both homes, and then let them meet, in one world with one STUN server."""
    homes = case(FIRST + 2 * number), case(FIRST + 2 * number + 1)
    simulation = Simulation(number, start_spread=0.0, trace_limit=0)
    far = simulation.host("far", PRIMARY.host, addresses=(ALTERNATE.host,))
    hosts = [
        build(simulation, Place("home", home.nats, home.latency), name)
        for home, name in zip(homes, ("alice", "bob"), strict=True)
    ]
    stun = parse_servers([signaling.IceServer((f"stun:{PRIMARY.host}",))])
    configuration = Configuration(servers=stun, connect_deadline=3.0)
    ends = line(0.03)

    async def side(index: int) -> IceReport:
        async with IceAgent(configuration, controlling=index == 0) as agent:
            with contextlib.suppress(SessionFailedError):
                await agent.connect(ends[index])
            await asyncio.sleep(0.3)
            return agent.report()

    async def main() -> Told:
        ready = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            settings = relay.Settings(listen=(PRIMARY,), alternate=ALTERNATE)
            serving = far.start(group, serve_at(settings, ready))
            await ready.wait()
            mine, theirs = [await host.run(discover(PLAN)) for host in hosts]
            calls = [host.start(group, side(index)) for index, host in enumerate(hosts)]
            await asyncio.wait(calls)
            serving.cancel()
        return Told(homes, (mine, theirs), (calls[0].result(), calls[1].result()))

    return simulation.run(main())


def is_wrong(story: NatStory, home: Case, diagnosis: Report) -> bool:
    """Whether what is said of a home's NATs is not so; to say nothing is never wrong."""
    allowed = {each.name: each.allowed for each in checks(home, diagnosis)}
    if not allowed["mapping"]:
        return story.diagnosed is not None and story.diagnosed.udp is not False
    pairs = ((story.mapping, "mapping"), (story.filtering, "filtering"))
    return any(allowed[name].isdisjoint(found.values) for found, name in pairs)


WHOSE = ((True, False), (False, True), (True, True))


@pytest.mark.parametrize("with_remote", [False, True])
def test_what_is_wrong_with_a_diagnosis_was_so_without_one_and_what_it_told_is_right(
    with_remote: bool,
) -> None:
    used: Counter[bool] = Counter()
    for number in WORLDS:
        world = told(number)
        plain = world.explained(False, False, with_remote=with_remote)
        for whose in WHOSE:
            found = world.explained(*whose, with_remote=with_remote)
            for side in (0, 1):
                home, diagnosis = world.homes[side], world.diagnoses[side]
                story = found.nats[side]
                words = f"{number}, {whose}: {home.words}"
                wrong = is_wrong(story, home, diagnosis)
                assert not wrong or is_wrong(plain.nats[side], home, diagnosis), words
                assert not wrong or story.diagnosed is None, words
                if story.diagnosed is not None:  # both were made moments before
                    assert 0 < (story.diagnosed.age or 0) < 600, words
                if whose[side]:
                    used[story.diagnosed is not None] += 1
                else:
                    assert Source.DIAGNOSIS not in {story.mapping.source, story.filtering.source}
    assert used[True] > 0.85 * used.total()


def test_what_was_foretold_as_certain_comes_so_and_each_diagnosis_that_does_not_count_is_told() -> (
    None
):
    agreements: Counter[Agreement] = Counter()
    for number in WORLDS:
        found = told(number).explained(True, True)
        aside = [one for one in found.findings if one.cause is Cause.DIAGNOSIS_SET_ASIDE]
        assert len(aside) == sum(story.diagnosed is None for story in found.nats)
        unseen = [one for one in aside if one.certainty is Certainty.UNKNOWN]
        assert all("no public address of this side" in one.text for one in unseen)
        assert found.foretold is not None
        agreements[found.foretold.agreement] += 1
        if found.foretold.agreement is Agreement.DIFFERS:
            assert found.foretold.certainty == "likely", found.foretold.text
    assert agreements[Agreement.AGREES] > agreements[Agreement.OPEN]
