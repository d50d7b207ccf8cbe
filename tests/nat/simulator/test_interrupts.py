"""Ctrl-C during a run closes everything and is told; a second one does not wait for that."""

import asyncio
import signal
import threading

import pytest

from nat.simulator import Simulation
from nat.simulator.interrupts import interrupting


def test_an_interrupt_lets_the_program_close_what_it_has_open():
    closed = []

    async def child():
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(1)
            closed.append("child")

    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(child())

    simulation = Simulation()
    with pytest.raises(KeyboardInterrupt):
        simulation.run(main())
    assert closed == ["child"]
    assert simulation.now == pytest.approx(1.0)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_interrupt_is_raised_at_once():
    async def main():
        try:
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(3600)
        finally:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        Simulation().run(main())


def test_a_program_that_cancels_itself_is_not_interrupted():
    async def main():
        asyncio.current_task().cancel()
        await asyncio.sleep(1)

    with pytest.raises(asyncio.CancelledError):
        Simulation().run(main())


def test_another_handler_of_the_signal_stays_in_place():
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append("SIGINT"))
    try:

        async def main():
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(1)
            return "done"

        assert Simulation().run(main()) == "done"
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == ["SIGINT"]


def test_in_another_thread_nothing_is_changed():
    handlers = []

    def elsewhere():
        with interrupting(None):
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]
