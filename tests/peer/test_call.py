"""A call from within: what happens to it that a room would tell."""

import asyncio
from typing import Any

import signaling
from peer.call import Call
from peer.configuration import Configuration
from peer.happenings import EndKind
from peer.states import SessionState

LeaveReason = signaling.LeaveReason


def play(make_world: Any, main: Any) -> None:
    world = make_world()

    async def whole() -> None:
        async def on_host() -> None:
            call = Call(Configuration(), Configuration)
            await main(call)
            await call.close()

        await world.alice.run(on_host())

    world.run(whole())


def test_what_was_prepared_for_nobody_leaves_nothing(make_world: Any) -> None:
    async def main(call: Call) -> None:
        tasks = asyncio.all_tasks()
        call.prepare()
        await asyncio.sleep(0.01)
        assert call.attempt is not None
        call.discard()
        await asyncio.sleep(3)
        assert asyncio.all_tasks() <= tasks
        assert call.attempt is None
        assert call.life.state is SessionState.WAITING

    play(make_world, main)


def test_an_offer_made_ahead_of_time_is_sent_as_soon_as_somebody_is_there(make_world: Any) -> None:
    async def main(call: Call) -> None:
        sent: list[Any] = []
        call.prepare()
        await asyncio.sleep(0.01)
        call.meet("bob", lambda kind, data, attempt: sent.append(kind.value), newcomer=False)
        assert sent[:2] == ["offer", "candidates"]

    play(make_world, main)


def test_a_member_that_was_lost_may_come_back_and_one_that_left_may_not(make_world: Any) -> None:
    async def main(call: Call) -> None:
        call.meet("bob", lambda *_: None, newcomer=False)
        call.member_left(LeaveReason.LOST)
        assert call.life.state is SessionState.CONNECTING
        call.signaling_back()
        call.member_left(LeaveReason.BYE)
        assert call.life.state is SessionState.FAILED
        assert call.life.ended.result().kind is EndKind.FAILED
        call.signaling_back()
        call.network_changed()

    play(make_world, main)
