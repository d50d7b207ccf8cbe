"""How long mappings live, measured through simulated NATs whose timers are known."""

import asyncio
import itertools
from collections.abc import Sequence

import pytest

import nat
import relay
from nat import Dependence, PortAssignment, Refresh
from nat.discovery.asking import Asking
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.evidence import Evidence, Wish
from nat.discovery.judging import judge
from nat.discovery.lifetime import (
    HEADROOM,
    Ladder,
    Seen,
    beyond,
    bracket,
    finer,
    measure_lifetimes,
)
from nat.discovery.plan import Plan
from nat.discovery.recorder import Recorder
from nat.discovery.report import Span
from nat.discovery.transactions import Purpose, Timer
from tests.nat.discovery.homes import OTHER, SERVER, Home, diagnosed

WAITS = (15.0, 25.0, 35.0, 65.0, 125.0)
EI, AD, APD = Dependence
LINUX = nat.Behavior(
    EI,
    APD,
    ports=PortAssignment.OVERLOADING,
    one_shot_lifetime=30.0,
    mapping_lifetime=120.0,
    stream_after=2.0,
    refresh=Refresh.BOTH,
)


def lives(evidence: Evidence, timer: Timer) -> dict[float, set[bool]]:
    """Which waits each rung outlived, read from what X heard."""
    found: dict[float, set[bool]] = {}
    for rung in evidence.rungs:
        told = [one for one in evidence.transactions if one.trial == rung.trial]
        opened = {
            one.socket for one in told if one.purpose is Purpose.LIFETIME_OPEN and one.answers
        }
        asked = [one for one in told if one.purpose is Purpose.LIFETIME_ASK and one.response_port]
        if rung.timer is timer and rung.wait and asked:
            heard = any(answer.socket in opened for one in asked for answer in one.answers)
            found.setdefault(rung.wait, set()).add(heard)
    return found


def measured(
    home: Home,
    *,
    waits: Sequence[float] = WAITS,
    precise: bool = False,
    until: float | None = None,
    servers: Sequence[tuple[str, object]] = (("s", SERVER),),
    settings: relay.Settings | None = None,
    others: Sequence[object] = (),
) -> Evidence:
    async def work() -> Evidence:
        network = AsyncioNetwork()
        recorder = Recorder(network)
        try:
            async with asyncio.timeout(until), Asking(network, recorder) as asking:
                await measure_lifetimes(
                    servers, asking, recorder, network, waits=waits, precise=precise
                )
        except TimeoutError:
            pass
        return recorder.evidence(interrupted=until is not None)

    return home.run(work(), settings, *others)


def test_linux_lets_one_exchange_live_30_s_and_a_stream_120_s() -> None:
    evidence = measured(Home(LINUX))
    assert lives(evidence, Timer.ONE_SHOT) == {
        15.0: {True}, 25.0: {True}, 35.0: {False}, 65.0: {False}, 125.0: {False},
    }  # fmt: skip
    assert lives(evidence, Timer.STREAM) == {
        15.0: {True}, 25.0: {True}, 35.0: {True}, 65.0: {True}, 125.0: {False},
    }  # fmt: skip


@pytest.mark.parametrize("refresh", Refresh)
def test_what_keeps_a_mapping_alive_is_seen_for_each_direction(refresh: Refresh) -> None:
    behavior = nat.Behavior(EI, APD, mapping_lifetime=30.0, refresh=refresh)
    evidence = measured(Home(behavior), waits=(25.0, 35.0, 50.0))
    assert lives(evidence, Timer.ONE_SHOT) == {25.0: {True}, 35.0: {False}, 50.0: {False}}
    assert lives(evidence, Timer.INBOUND_REFRESH)[42.5] == {refresh.inbound}
    assert lives(evidence, Timer.OUTBOUND_REFRESH)[42.5] == {refresh.outbound}


@pytest.mark.parametrize("filtering", Dependence)
@pytest.mark.parametrize("ports", PortAssignment)
def test_filters_and_ports_make_no_difference(filtering, ports) -> None:
    behavior = nat.Behavior(EI, filtering, ports=ports, mapping_lifetime=60.0)
    evidence = measured(Home(behavior), waits=(50.0, 65.0))
    assert lives(evidence, Timer.ONE_SHOT) == {50.0: {True}, 65.0: {False}}


@pytest.mark.parametrize("seed", range(4))
def test_where_a_tenth_is_lost_no_rung_tells_anything_wrong(seed: int) -> None:
    evidence = measured(Home(LINUX, seed=seed, loss=0.1))
    for timer, end in ((Timer.ONE_SHOT, 30.0), (Timer.STREAM, 120.0)):
        for wait, told in lives(evidence, timer).items():
            assert told == {wait < end}, (timer, wait)


def test_a_server_without_response_port_leaves_x_to_ask_for_its_own_port() -> None:
    behavior = nat.Behavior(EI, APD, mapping_lifetime=30.0)
    evidence = measured(
        Home(behavior), waits=(25.0, 35.0), settings=relay.Settings(listen=(SERVER,))
    )
    refused = [one for one in evidence.transactions if one.response_port]
    assert {answer.error for one in refused for answer in one.answers} == {420}
    assert {rung.timer for rung in evidence.rungs} == {Timer.ONE_SHOT, Timer.STREAM}
    kept: dict[float, set[bool]] = {}
    for rung in evidence.rungs[2:]:
        opened, *_, asked = [one for one in evidence.transactions if one.trial == rung.trial]
        assert (asked.socket, asked.purpose) == (opened.socket, Purpose.LIFETIME_AGAIN)
        same = asked.answers[0].xor_mapped == opened.answers[0].xor_mapped
        kept.setdefault(rung.wait, set()).add(same)
    assert kept == {25.0: {True}, 35.0: {False}}


def test_the_first_server_that_can_help_is_taken() -> None:
    third = SERVER._replace(port=5000)
    settings = relay.Settings(listen=(SERVER, third), alternate=OTHER)
    servers = (("silent", SERVER._replace(port=9)), ("plain", third), ("able", SERVER))
    evidence = measured(Home(LINUX), waits=(15.0,), servers=servers, settings=settings)
    last = max(rung.trial for rung in evidence.rungs)
    assert {one.server for one in evidence.transactions if one.trial == last} == {"able"}


def test_where_no_server_answers_no_ladder_is_climbed() -> None:
    evidence = measured(Home(LINUX), servers=(("silent", SERVER._replace(port=9)),))
    assert {rung.wait for rung in evidence.rungs} == {0.0}
    assert measured(Home(LINUX), servers=()).rungs == ()


def test_two_external_addresses_are_noticed_before_anything_is_asked() -> None:
    behavior = nat.Behavior(EI, APD, pooling=nat.Pooling.ARBITRARY)
    home = Home(behavior, external=tuple(f"203.0.113.{number}" for number in range(1, 60)))
    evidence = measured(home, waits=(15.0,))
    for one in evidence.transactions:
        if one.response_port:
            hosts = {
                answer.xor_mapped.host
                for other in evidence.transactions
                if other.trial == one.trial and other.purpose is not Purpose.LIFETIME_ASK
                for answer in other.answers
            }
            assert len(hosts) == 1


def test_a_second_ladder_is_climbed_between_the_rungs_around_a_lifetime() -> None:
    evidence = measured(Home(LINUX), precise=True)
    told = lives(evidence, Timer.STREAM)
    alive = max(wait for wait, lived in told.items() if lived == {True})
    gone = min(wait for wait, lived in told.items() if lived == {False})
    assert 118 < alive < 120 < gone <= 125
    assert lives(evidence, Timer.ONE_SHOT)[29.444] == {True}


def test_who_stops_waiting_has_the_rungs_so_far() -> None:
    evidence = measured(Home(LINUX), until=80.0)
    assert set(lives(evidence, Timer.STREAM)) == {15.0, 25.0, 35.0, 65.0}


def test_no_more_than_ten_new_questions_go_to_a_server_in_a_second() -> None:
    evidence = measured(Home(LINUX), waits=(15.0,))
    begun = sorted(one.sent[0] for one in evidence.transactions if one.sent)
    assert all(late - early > 0.99 for early, late in zip(begun, begun[10:], strict=False))


def test_what_a_host_cannot_send_is_told_and_ends_nothing() -> None:
    home = Home(LINUX)
    home.simulation.at(40.0, home.alice.detach)
    evidence = measured(home, waits=(15.0, 65.0))
    assert lives(evidence, Timer.ONE_SHOT)[15.0] == {True}


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([(15, True), (25, True), (35, False)], (25, 35)),
        ([(15, True), (25, None), (35, False), (65, False)], (15, 35)),
        ([(15, False)], (0, 15)),
        ([(15, True)], None),
        ([(15, True), (25, False), (35, True)], None),
        ([], None),
    ],
)
def test_the_rungs_around_a_lifetime(told, found) -> None:
    seen = [Seen(Timer.STREAM, float(wait), lived) for wait, lived in told]
    seen.append(Seen(Timer.ONE_SHOT, 1.0, False))
    assert bracket(seen, Timer.STREAM) == found


@pytest.mark.parametrize(
    ("low", "high", "waits"),
    [(25, 35, 8), (30, 33, 2), (30, 31, 0), (30, 30.5, 0), (0, 15, 8)],
)
def test_a_finer_ladder_is_no_finer_than_a_second(low: float, high: float, waits: int) -> None:
    found = finer(low, high)
    assert len(found) == waits
    assert all(low < wait < high for wait in found)


def test_a_packet_halfway_comes_in_time_wherever_a_lifetime_ends() -> None:
    waits = Plan().lifetimes
    found = beyond(waits)
    for low, high in itertools.pairwise(waits[:-1]):
        assert any(high + HEADROOM <= wait and wait / 2 < low for wait in found), (low, high)
    assert max(found) <= max(waits)
    assert beyond((25.0, 35.0)) == beyond((10.0, 60.0)) == ()


def test_a_rung_is_not_told_where_somebody_else_heard_the_answer() -> None:
    home = Home(LINUX)

    async def work() -> list[Seen]:
        network = AsyncioNetwork()
        recorder = Recorder(network)
        async with Asking(network, recorder) as asking:
            ladder = Ladder(asking, recorder, network, "s", SERVER)
            assert not await ladder.calibrate()
            return ladder.seen

    # without a second address the server refuses RESPONSE-PORT, and Y hears that
    seen = home.run(work(), relay.Settings(listen=(SERVER,)))
    assert [one.lives for one in seen] == [None, None]


def test_in_a_whole_diagnosis_the_plans_waits_are_tried_and_no_deadline_counts() -> None:
    evidence = diagnosed(Wish.LIFETIME, home=Home(LINUX), lifetimes=(15.0, 35.0), precise=True)
    assert lives(evidence, Timer.STREAM) == {15.0: {True}, 35.0: {True}}
    assert set(lives(evidence, Timer.ONE_SHOT)) > {15.0, 35.0}
    assert not evidence.interrupted


@pytest.mark.parametrize(
    ("ports", "mapping", "entry", "words"),
    [
        (PortAssignment.RANDOM, 300.0, 20.0, "it may be the filter alone"),
        (PortAssignment.RANDOM, 20.0, None, "seconds later the mapping had ended"),
        (PortAssignment.PRESERVING, 300.0, 20.0, "15 s of silence"),  # a kept port says nothing
    ],
)
def test_a_new_packet_after_the_silence_tells_whether_the_mapping_ended_or_the_filter_alone(
    ports: PortAssignment, mapping: float, entry: float | None, words: str
) -> None:
    behavior = nat.Behavior(EI, APD, ports=ports, mapping_lifetime=mapping, filter_lifetime=entry)
    found = judge(measured(Home(behavior), waits=(15.0, 35.0))).families[0].one_shot_lifetime
    assert found.value is not None
    assert found.value.alive == 15.0
    assert words in found.why
    assert ("mapping had ended" in found.why) is (mapping < 35)
    assert ("filter alone" in found.why) is ("filter alone" in words)


class Dozing(AsyncioNetwork):
    """A machine that sleeps for minutes: the world goes on meanwhile, and its own clock does not."""

    falls_asleep, wakes_up = 40.0, 540.0

    def now(self) -> float:
        time = super().now()
        if time < self.falls_asleep:
            return time
        return max(self.falls_asleep, time - (self.wakes_up - self.falls_asleep))

    async def sleep(self, seconds: float) -> None:
        until = self.now() + seconds
        if until > self.falls_asleep:
            until += self.wakes_up - self.falls_asleep
        await asyncio.sleep(until - super().now())


def test_a_machine_that_slept_during_a_wait_has_not_measured_it() -> None:
    async def work() -> Evidence:
        network = Dozing()
        recorder = Recorder(network)
        async with Asking(network, recorder) as asking:
            servers = (("s", SERVER),)
            await measure_lifetimes(servers, asking, recorder, network, waits=(15.0, 60.0))
        return recorder.evidence()

    found = judge(Home(LINUX).run(work())).families[0].stream_lifetime
    assert found.value == Span(15.0, None)
