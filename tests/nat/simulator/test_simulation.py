"""Tests of `nat.simulator.simulation`: a world of hosts, LANs and NATs, and the runs of programs in it."""

import asyncio
import contextlib
import os
import random
import signal
import socket
import threading
import time

import pytest

from nat import FULL_CONE, DropReason
from nat.simulator import (
    AlreadyRunningError,
    CallbackError,
    DeadlineError,
    DeadlockError,
    LivelockError,
    Simulation,
    WorldError,
)


@pytest.fixture
def sim():
    return Simulation()


async def forever():
    await asyncio.Event().wait()


async def fail():
    raise ZeroDivisionError("on purpose")


# time


def test_an_hour_takes_no_time(sim):
    before = time.perf_counter()

    async def main():
        await asyncio.sleep(3599)
        return "done"

    assert sim.run(main()) == "done"
    assert sim.now == 3599
    assert time.perf_counter() - before < 60  # the machine may be busy, but not with an hour


def test_a_second_run_goes_on_where_the_first_has_ended(sim, open_udp):
    a = sim.host("a")

    async def main():
        await open_udp(a, 5)
        await asyncio.sleep(1)
        return random.random(), os.urandom(8)

    assert sim.run(main()) != sim.run(main())
    assert sim.now == 2


# failures


def test_silence_fails_the_run_and_names_who_waits(sim):
    alice = sim.host("alice")
    with pytest.raises(DeadlockError, match=r"main on alice waits(.|\n)*Event.wait"), alice:
        sim.run(forever())


def test_a_deadline_that_passes_fails_the_run(sim):
    async def main():
        while True:
            await asyncio.sleep(1)

    with pytest.raises(DeadlineError, match=r"at 10.000000 s .*the deadline"):
        sim.run(main(), deadline=10)
    assert sim.now == 10


def test_a_loop_without_a_step_in_time_fails_the_run(sim, monkeypatch):
    monkeypatch.setattr("nat.simulator.selector.PATIENCE", 1000)

    async def main():
        while True:
            await asyncio.sleep(0)

    with pytest.raises(LivelockError):
        sim.run(main())


def test_an_exception_in_a_callback_fails_the_run_at_once(sim):
    async def main():
        asyncio.get_running_loop().call_later(1, lambda: 1 / 0)
        await asyncio.sleep(100)

    with pytest.raises(CallbackError, match="ZeroDivisionError") as caught:
        sim.run(main())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert sim.now == 1


def test_an_exception_in_a_protocol_fails_the_run(sim, open_udp):
    a = sim.host("a")

    async def main():
        await open_udp(a, 5, answer=lambda _: 1 / 0)
        here = await open_udp(a)
        here.transport.sendto(b"x", ("127.0.0.1", 5))
        await asyncio.sleep(1)

    with pytest.raises(CallbackError, match="ZeroDivisionError"):
        sim.run(main())


@pytest.mark.parametrize("kept", [True, False])
def test_a_task_that_fails_unheard_fails_the_run(sim, kept):
    tasks = []

    async def main():
        task = asyncio.create_task(fail(), name="helper")
        if kept:
            tasks.append(task)
        await asyncio.sleep(1)

    with pytest.raises(CallbackError, match="ZeroDivisionError: on purpose"):
        sim.run(main())


def test_a_task_that_fails_when_it_is_cancelled_fails_the_run(sim):
    async def stubborn():
        try:
            await forever()
        finally:
            await fail()

    async def main():
        asyncio.get_running_loop().set_debug(False)
        sim.helper = asyncio.create_task(stubborn(), name="helper")
        await asyncio.sleep(1)

    with pytest.raises(CallbackError, match="helper failed and nobody asked"):
        sim.run(main())


def test_the_error_of_main_is_raised_as_it_is_with_the_failures_beside_it(sim):
    async def main():
        sim.helper = asyncio.create_task(fail(), name="helper")
        await asyncio.sleep(1)
        raise KeyError("main")

    with pytest.raises(KeyError) as caught:
        sim.run(main())
    (note,) = caught.value.__notes__
    assert note.startswith("Besides, task helper failed and nobody asked for its exception:")
    assert note.endswith("ZeroDivisionError: on purpose")


def test_a_deadlock_tells_of_the_task_whose_death_caused_it(sim):
    async def main():
        sim.helper = asyncio.create_task(fail(), name="helper")
        await forever()

    with pytest.raises(DeadlockError) as caught:
        sim.run(main())
    assert "helper failed" in caught.value.__notes__[0]


def test_a_function_in_place_of_a_coroutine_is_refused(sim):
    with pytest.raises(TypeError, match=r"such as main\(\), got <function forever"):
        sim.run(forever)


# the end of a run


def test_what_is_left_is_cancelled_and_its_cleaning_up_is_waited_for(sim):
    steps = []

    async def server():
        try:
            await forever()
        finally:
            await asyncio.sleep(5)
            steps.append("clean")

    async def main():
        sim.helper = asyncio.create_task(server())
        await asyncio.sleep(1)

    sim.run(main())
    assert steps == ["clean"]
    assert sim.now == 6


def test_a_task_that_refuses_to_end_fails_the_run_rather_than_hang_it(sim):
    async def stubborn():
        while True:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(1)

    async def main():
        sim.helper = asyncio.create_task(stubborn(), name="stubborn")
        await asyncio.sleep(1)

    with pytest.raises(DeadlineError, match="stubborn waits at"):
        sim.run(main())


@pytest.mark.parametrize("main", [asyncio.sleep, fail, forever])
def test_the_process_is_as_before_after_every_kind_of_end(sim, main):
    def state():
        return (
            time.time, time.monotonic, time.perf_counter, os.urandom, socket.socket,
            socket.getaddrinfo, random.getstate(),
        )  # fmt: skip

    before = state()
    with contextlib.suppress(ZeroDivisionError, DeadlockError):
        sim.run(main(0) if main is asyncio.sleep else main())
    assert state() == before
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


def test_an_interrupt_stops_the_run_promptly_and_leaves_nothing(sim):
    real = time.time

    async def main():
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        while True:
            await asyncio.sleep(0.001)

    def interrupt(*_):
        raise KeyboardInterrupt

    old = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            sim.run(main(), deadline=1e9)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
    assert time.time is real
    assert sim.run(asyncio.sleep(1, "again")) == "again"


# one at a time


def test_a_second_run_while_one_lasts_is_refused(sim):
    async def main():
        Simulation().run(forever())

    with pytest.raises(AlreadyRunningError, match="only one"):
        sim.run(main())


def test_a_run_in_another_thread_is_refused_too(sim):
    errors = []

    def other():
        try:
            Simulation().run(forever())
        except AlreadyRunningError as error:
            errors.append(error)

    async def main():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    sim.run(main())
    assert len(errors) == 1


async def test_a_run_inside_a_real_event_loop_is_refused(sim):
    with pytest.raises(AlreadyRunningError, match="inside a running event loop"):
        sim.run(forever())


# building


def test_addresses_are_given_out_where_none_is_named(sim):
    hosts = [sim.host(name) for name in "abc"]
    nats = [sim.nat(name, FULL_CONE) for name in "de"]
    assert [host.address for host in hosts] == ["198.51.100.1", "198.51.100.2", "198.51.100.3"]
    assert [nat.external for nat in nats] == [("203.0.113.1",), ("203.0.113.2",)]


def test_an_impossible_world_is_refused(sim):
    sim.host("a", "198.51.100.1")
    with pytest.raises(WorldError, match="'a'"):
        sim.host("a")
    with pytest.raises(WorldError, match=r"198.51.100.1 of b is already a's"):
        sim.host("b", "198.51.100.1")
    with pytest.raises(WorldError, match="the LAN of c is not an IPv4 network"):
        sim.nat("c", FULL_CONE, lan="home")
    with pytest.raises(WorldError, match="no room"):
        sim.nat("d", FULL_CONE, lan="10.0.0.0/31")
    with pytest.raises(WorldError, match=r"198.51.100.1 of e is already a's"):
        sim.nat("e", FULL_CONE, external="198.51.100.1")


def test_a_host_can_have_several_names(sim):
    host = sim.host("server")
    sim.name("stun.example.com", *host.addresses)

    async def main():
        return socket.gethostbyname("stun.example.com"), socket.gethostbyname("server")

    assert sim.run(main()) == (host.address, host.address)


def test_a_link_keeps_what_is_not_changed(sim, open_udp):
    a, b = sim.host("a"), sim.host("b")
    sim.link(a, latency=0.05)
    sim.link(a, loss=1.0)
    sim.link(a, loss=0.0)

    async def main():
        there, here = await open_udp(b, 5), await open_udp(a)
        here.transport.sendto(b"x", ("b", 5))
        await there.next()

    sim.run(main())
    assert sim.now == pytest.approx(0.06)


# what happened


def test_drops_can_be_asked_for_by_place_and_reason(sim, open_udp):
    a, b = sim.host("a"), sim.host("b")

    async def main():
        here = await open_udp(a)
        here.transport.sendto(b"x", ("b", 9))
        here.transport.sendto(b"x", ("10.1.2.3", 9))
        await asyncio.sleep(1)

    sim.run(main())
    assert len(sim.dropped()) == 2
    assert [event.reason for event in sim.dropped(b)] == [DropReason.CLOSED_PORT]
    assert [event.where for event in sim.dropped(reason=DropReason.NO_ROUTE)] == ["the internet"]
    assert sim.dropped(a) == []
    assert sim.explain().count("\n") == 1


def test_a_simulation_knows_its_places_and_answers_why(sim, open_udp):
    home = sim.nat("home", FULL_CONE)
    alice, bob = sim.host("alice"), home.host("bob")

    async def main():
        sender = await open_udp(alice, 5000)
        sender.transport.sendto(b"hello", (home.external[0], 9))
        await asyncio.sleep(1)

    sim.run(main())
    assert sim.why(alice, bob).startswith(
        "alice sent 1 packet to bob at 203.0.113.1:9; home dropped"
    )
    assert sim.explain(bob) == "No packet was dropped."
    assert sim.explain("home") == sim.explain(alice) == sim.explain() == str(sim.trace.explain())


def test_the_trace_of_a_world_can_be_off(open_udp):
    sim = Simulation(trace_limit=0)

    async def main():
        sender = await open_udp(sim.host("alice"), 5000)
        sender.transport.sendto(b"hello", ("198.51.100.9", 9))

    sim.run(main())
    assert sim.trace == []
