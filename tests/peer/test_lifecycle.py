"""The life of a session: its deadline, its one end, and what its readers hear."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from nat.simulator import Simulation
from peer.errors import SessionFailedError
from peer.happenings import End, EndKind, StateChanged
from peer.lifecycle import Lifecycle
from peer.states import SessionEvent, SessionState


def play(main: Callable[[Lifecycle], Awaitable[None]]) -> None:
    async def whole() -> None:
        await main(Lifecycle())

    Simulation(1).run(whole(), deadline=1000.0)


def test_what_is_not_open_in_time_fails_and_says_after_how_long() -> None:
    async def main(life: Lifecycle) -> None:
        life.met(60.0)
        await asyncio.sleep(59.9)
        assert life.state is SessionState.CONNECTING
        await asyncio.sleep(0.2)
        assert life.ended.result() == End(EndKind.FAILED, "no connection within 60 s")
        with pytest.raises(SessionFailedError, match="60 s"):
            await life.opened

    play(main)


def test_what_is_open_in_time_stays() -> None:
    async def main(life: Lifecycle) -> None:
        life.met(60.0)
        life.open(None)
        await asyncio.sleep(600)
        assert life.state is SessionState.CONNECTED
        life.lost_while_connecting("signaling is gone")
        assert not life.is_over

    play(main)


def test_readers_hear_of_each_state_and_then_the_end() -> None:
    async def main(life: Lifecycle) -> None:
        stream = life.happenings.open()
        life.met(None)
        life.open(None)
        life.move(SessionEvent.INTERRUPTED)
        life.move(SessionEvent.INTERRUPTED)
        life.move(SessionEvent.RESTORED)
        life.left("enough")
        assert [event async for event in stream] == [
            StateChanged(SessionState.CONNECTING),
            StateChanged(SessionState.CONNECTED),
            StateChanged(SessionState.RECONNECTING),
            StateChanged(SessionState.CONNECTED),
            StateChanged(SessionState.ENDED),
        ]
        assert [channel async for channel in life.channels] == []

    play(main)


def test_the_first_end_counts() -> None:
    async def main(life: Lifecycle) -> None:
        life.met(None)
        life.fail(End(EndKind.LOST, "first"))
        life.left("second")
        life.finish(SessionEvent.CLOSED, End(EndKind.CLOSED, "third"))
        assert life.ended.result().reason == "first"
        assert life.state is SessionState.CLOSED

    play(main)
