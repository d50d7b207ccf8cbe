"""What an explanation says of two NATs is compared with what they really are, in virtual time."""

import asyncio
import contextlib
import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

import nat
import relay
import signaling
import stunwire
from nat import Blocking, Dependence, Hairpinning, Model, reflector
from nat.discovery import Report, judge
from nat.matrix import NatPair, Pairing, pairings
from nat.simulator import Host, Simulation
from peer import Configuration, SessionFailedError, parse_servers
from peer.explanation import (
    Agreement,
    Cause,
    Certainty,
    Explanation,
    Finding,
    Side,
    Verdict,
    explain,
)
from peer.ice import IceAgent, line
from peer.report import IceReport
from tests.nat.discovery.simulated import diagnose

EI, AD, APD = Dependence
RELAY = "198.51.100.30"
PUBLIC = ("203.0.113.0/24", "198.51.100.0/24")
PLAIN = nat.PORT_RESTRICTED_CONE
PAIRINGS = {pairing.name: pairing for pairing in pairings(Model.PURE)}
SIGNALING_DELAY, LATER, SETTLING = 0.03, 0.07, 1.5


@dataclass(frozen=True)
class Play:
    """What came of two agents: their reports."""

    alice: IceReport
    bob: IceReport

    def explained(self, *, with_remote: bool) -> Explanation:
        return explain(self.alice, self.bob if with_remote else None)


def play(
    simulation: Simulation,
    alice: Host,
    bob: Host,
    *,
    stun: Sequence[Host] = (),
    more: tuple[str, ...] = (),
    alices: tuple[str, ...] = (),
    settling: float = 0.0,
    peers: tuple[str, ...] = PUBLIC,
    families: tuple[tuple[int, ...], tuple[int, ...]] = ((4, 6), (4, 6)),
) -> Play:
    """Let two hosts try, the first one controlling.

    Args:
        stun: hosts that serve STUN.
        more: URLs of other servers; those of TURN are for the relay of `serve`.
        alices: URLs of servers that the first one asks alone.
        settling: seconds for which both go on when they are connected, or are not.
        peers: whom the relay sends to.
    """
    urls = (*(f"stun:{host.address}" for host in stun), *more)
    ends = line(SIGNALING_DELAY)
    done = [asyncio.Event(), asyncio.Event()]

    async def side(index: int) -> IceReport:
        servers = parse_servers(map(_entry, urls if index else urls + alices))
        configuration = Configuration(
            servers=servers, connect_deadline=3.0, ip_versions=families[index]
        )
        await asyncio.sleep(LATER * index)
        async with IceAgent(configuration, controlling=index == 0) as agent:
            with contextlib.suppress(SessionFailedError):
                await agent.connect(ends[index])
            await asyncio.sleep(settling)
            report = agent.report()
            done[index].set()
            await done[not index].wait()
            return report

    async def main() -> Play:
        stop = asyncio.Event()
        for host in stun:
            await host.run(reflector.serve())
        async with asyncio.TaskGroup() as servers:
            if any(url.startswith("turn") for url in urls + alices):
                server = simulation.host("relay", RELAY)
                ready = asyncio.Event()
                server.start(servers, serve(ready, stop, peers))
                await ready.wait()
            async with asyncio.TaskGroup() as group:
                tasks = [host.start(group, side(i)) for i, host in enumerate((alice, bob))]
            stop.set()
        return Play(*(task.result() for task in tasks))

    return simulation.run(main())


def _entry(url: str) -> signaling.IceServer:
    return signaling.IceServer((url,), *(("lab", "lab") if url.startswith("turn") else ()))


async def serve(ready: asyncio.Event, stop: asyncio.Event, peers: tuple[str, ...]) -> None:
    settings = relay.Settings(
        listen=(stunwire.Address(RELAY, 3478),),
        users={"lab": "lab"},
        peers=relay.PeerPolicy(allow=peers),
    )
    async with relay.serve(settings):
        ready.set()
        await stop.wait()


@functools.cache
def played(name: str, servers: int, *, relayed: bool = False) -> Play:
    """One of the 81 pairings, with one STUN server or two."""
    simulation = Simulation(5, start_spread=0.0)
    pair = NatPair(simulation, PAIRINGS[name])
    stun = [pair.server, simulation.host("second")][:servers]
    more, settling = ((f"turn:{RELAY}",), SETTLING) if relayed else ((), 0.3)
    return play(simulation, pair.alice, pair.bob, stun=stun, more=more, settling=settling)


def named(explanation: Explanation) -> set[tuple[Cause, Side | None]]:
    return {(one.cause, one.side) for one in explanation.findings if one.matters}


def only(explanation: Explanation, cause: Cause) -> Finding:
    (found,) = [one for one in explanation.findings if one.cause is cause]
    return found


# --- the 81 pairings --------------------------------------------------------------------------


#: The pairings that fail and of which one report cannot tell whose NAT it was, and of which both cannot: with one
#: STUN server few, and none with a second one that either side asks.
@pytest.mark.parametrize(("servers", "unknown"), [(1, (30, 24)), (2, (0, 0))])
def test_nothing_that_is_said_of_81_pairings_is_wrong(
    servers: int, unknown: tuple[int, int]
) -> None:
    for with_remote, expected in zip((False, True), unknown, strict=True):
        failing, cannot_know = 0, 0
        for name, pairing in PAIRINGS.items():
            found = played(name, servers).explained(with_remote=with_remote)
            for story, truth in zip(found.nats, (pairing.a, pairing.b), strict=True):
                assert truth.mapping in story.mapping.values, name
                assert truth.filtering in story.filtering.values, name
            assert (found.verdict is Verdict.DIRECT) is pairing.expected.direct, name
            if not pairing.expected.direct:
                failing += 1
                cannot_know += not blames_who_is_to_blame(found, pairing)
        assert failing == 39
        assert cannot_know == expected


@functools.cache
def diagnosed(behavior: nat.Behavior, external: str) -> Report:
    """What `nat.discovery` finds behind such a NAT at such an address."""
    return judge(diagnose(behavior, externals=(external,)).evidence)


@pytest.mark.parametrize("whose", [(True, False), (False, True), (True, True)])
def test_with_a_diagnosis_of_either_side_the_nat_to_blame_is_always_named(
    whose: tuple[bool, bool],
) -> None:
    agreements: Counter[Agreement] = Counter()
    for name, pairing in PAIRINGS.items():
        reports = [
            diagnosed(truth, f"203.0.113.{number}") if given else None
            for number, (truth, given) in enumerate(
                zip((pairing.a, pairing.b), whose, strict=True), 1
            )
        ]
        found = explain(played(name, 1).alice, diagnosis=reports[0], remote_diagnosis=reports[1])
        assert Cause.DIAGNOSIS_SET_ASIDE not in {one.cause for one in found.findings}, name
        assert pairing.expected.direct or blames_who_is_to_blame(found, pairing), name
        for story, truth, given in zip(found.nats, (pairing.a, pairing.b), whose, strict=True):
            assert truth.mapping in story.mapping.values, name
            assert truth.filtering in story.filtering.values, name
            if given:
                measured = {one.certainty for one in (story.mapping, story.filtering)}
                assert measured == {Certainty.MEASURED}, name
                assert (story.mapping.words, story.filtering.words) == (
                    truth.mapping.value,
                    truth.filtering.value,
                )
        if found.foretold is not None:
            agreements[found.foretold.agreement] += 1
    assert agreements[Agreement.DIFFERS] == 0
    assert agreements[Agreement.AGREES] >= (75 if all(whose) else 0)


def blames_who_is_to_blame(found: Explanation, pairing: Pairing) -> bool:
    """Whether a NAT is blamed, which must be one that is to blame; else it must be said to be unknown."""
    causes = named(found)
    blamed = [
        truth
        for side, truth in ((Side.LOCAL, pairing.a), (Side.REMOTE, pairing.b))
        if (Cause.MAPPING_DEPENDENT, side) in causes
    ]
    assert all(truth.mapping is not EI for truth in blamed), pairing.name
    if not blamed:
        assert only(found, Cause.NAT_UNKNOWN).certainty is Certainty.UNKNOWN
    assert any("relay" in advice for advice in found.advice)
    return bool(blamed)


def test_what_is_called_measured_is_right_with_sessions_as_linux_has_them_too() -> None:
    for pairing in pairings(Model.CONNTRACK):
        if pairing.a.mapping is pairing.b.mapping and pairing.a != pairing.b:
            continue  # a part of the table is enough for a rule that servers alone decide
        simulation = Simulation(5, start_spread=0.0)
        pair = NatPair(simulation, pairing)
        found = play(simulation, pair.alice, pair.bob, stun=[pair.server])
        for with_remote in (False, True):
            explanation = found.explained(with_remote=with_remote)
            for story, truth in zip(explanation.nats, (pairing.a, pairing.b), strict=True):
                if story.mapping.certainty is Certainty.MEASURED:
                    assert truth.mapping in story.mapping.values, pairing.name


@pytest.mark.parametrize(
    "name", ["EI/APD-APD/APD", "APD/APD-APD/APD", "APD/APD-EI/APD", "AD/AD-APD/AD"]
)
def test_a_relayed_connection_says_why_it_is_not_direct(name: str) -> None:
    found = played(name, 2, relayed=True).explained(with_remote=False)
    assert found.verdict is Verdict.RELAYED
    assert found.summary.startswith("Relayed, ")
    truths = PAIRINGS[name]
    for story, truth in zip(found.nats, (truths.a, truths.b), strict=True):
        if story.mapping.certainty is Certainty.MEASURED:
            assert truth.mapping in story.mapping.values
    assert {cause for cause, _ in named(found)} >= {Cause.MAPPING_DEPENDENT}


# --- other troubles ---------------------------------------------------------------------------


def homes(one: nat.Behavior = PLAIN, other: nat.Behavior = PLAIN) -> NatPair:
    """Two homes and a server."""
    return NatPair(Simulation(5, start_spread=0.0), Pairing(one, other))


def test_a_network_that_lets_no_udp_out_is_found_on_either_side() -> None:
    pair = homes(nat.Behavior(EI, APD, blocking=Blocking.UDP))
    found = play(pair.simulation, pair.alice, pair.bob, stun=[pair.server])
    here = only(found.explained(with_remote=True), Cause.UDP_BLOCKED)
    assert here.side is Side.LOCAL
    assert "answered the other side" in here.text
    there = explain(found.bob, found.alice)
    assert only(there, Cause.UDP_BLOCKED).side is Side.REMOTE


def test_dead_servers_are_told_and_did_not_matter_to_a_direct_connection() -> None:
    pair = homes()
    found = play(
        pair.simulation,
        pair.alice,
        pair.bob,
        stun=[pair.server],
        more=("stun:203.0.113.99",),
        settling=2.5,
    )
    explanation = found.explained(with_remote=False)
    assert explanation.verdict is Verdict.DIRECT
    dead = next(one.finding for one in explanation.servers if one.url == "stun:203.0.113.99")
    assert dead is not None
    assert not dead.matters
    assert "did not answer" in dead.text


def test_a_nat_without_hairpinning_is_found_where_both_are_behind_it() -> None:
    found = behind_one_nat(Hairpinning.NONE)
    finding = only(found.explained(with_remote=False), Cause.HAIRPINNING_MISSING)
    assert finding.matters
    assert (
        behind_one_nat(Hairpinning.EXTERNAL_SOURCE).explained(with_remote=False).verdict
        is Verdict.DIRECT
    )


def behind_one_nat(hairpinning: Hairpinning) -> Play:
    """Two homes behind one carrier's NAT."""
    simulation = Simulation(5, start_spread=0.0)
    server = simulation.host("server")
    carrier = simulation.nat(
        "carrier", nat.Behavior(EI, EI, hairpinning=hairpinning), lan="100.64.0.0/10"
    )
    hosts = [
        simulation.nat(f"home-{name}", nat.FULL_CONE, lan=lan, inside=carrier).host(name)
        for name, lan in (("alice", "192.168.1.0/24"), ("bob", "192.168.2.0/24"))
    ]
    return play(simulation, hosts[0], hosts[1], stun=[server])


def test_a_customer_of_a_carrier_is_known_by_its_address() -> None:
    simulation = Simulation(5, start_spread=0.0)
    server = simulation.host("server")
    carrier = simulation.nat("carrier", nat.SYMMETRIC, lan="100.64.0.0/10")
    home = simulation.nat("home", PLAIN)
    found = play(simulation, carrier.host("alice"), home.host("bob"), stun=[server])
    explanation = found.explained(with_remote=False)
    assert only(explanation, Cause.CARRIER_NAT).certainty is Certainty.MEASURED
    assert explanation.nats[1].carrier is None


def test_a_relay_whose_policy_refuses_the_remote_is_named() -> None:
    pair = homes(nat.SYMMETRIC, nat.SYMMETRIC)
    found = play(
        pair.simulation,
        pair.alice,
        pair.bob,
        stun=[pair.server],
        alices=(f"turn:{RELAY}",),
        peers=("192.0.2.0/24",),
    )
    explanation = found.explained(with_remote=False)
    refused = [one for one in explanation.pairs if one.finding.cause is Cause.RELAY_REFUSED]
    assert all(one.finding.certainty is Certainty.MEASURED for one in refused)
    if not refused:  # aioice's client of TURN does not say that it was refused
        assert "policy" in only(explanation, Cause.NETWORK_SILENT).text


def test_two_ip_versions_do_not_meet() -> None:
    simulation = Simulation(5, start_spread=0.0)
    hosts = [simulation.host(name) for name in ("alice", "bob")]
    found = play(simulation, hosts[0], hosts[1], families=((4,), (6,)))
    causes = {one.cause for one in found.explained(with_remote=False).findings}
    assert causes & {Cause.FAMILIES_DIFFER, Cause.NO_REMOTE_CANDIDATES}
