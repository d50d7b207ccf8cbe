"""Bots that stand by: one always waits, and several games go on at once."""

import asyncio
from random import Random

from hairpin.matching.bot import Played, take_turn
from hairpin.matching.standing import stand_by
from signaling import Queue
from tests.hairpin.matching.hall import Hall, bot, play

DUEL = Queue("duel", bots_after=2.0, rating=None)


def test_each_lonely_visitor_gets_one_and_it_ends_when_nobody_comes_any_more() -> None:
    async def scenario(hall: Hall) -> tuple[list[Played], list[Played]]:
        told: list[Played] = []
        standing = hall.start(
            0,
            stand_by(
                bot("Bot", fills=True, stays=True), idle=30.0, random=Random(1), played=told.append
            ),
        )
        visitors = []
        for machine in (1, 2):
            visitors.append(hall.start(machine, take_turn(bot("Aoi", seconds=5.0), Random(2))))
            await asyncio.sleep(2.5)  # by now the first plays with a bot
        played = list(await asyncio.gather(*visitors))
        await standing
        return played, told

    played, told = play(scenario, DUEL, machines=3)
    assert [one.outcome.other for one in played] == ["Bot", "Bot"]
    assert len({one.match for one in played}) == 2
    assert [one.outcome.other for one in told] == ["Aoi", "Aoi"]


def test_a_ticket_that_expires_is_no_reason_to_end() -> None:
    async def scenario(hall: Hall) -> Played:
        queue_time = 20.0
        standing = hall.start(0, stand_by(bot("Bot", fills=True), random=Random(1)))
        await asyncio.sleep(2.5 * queue_time)
        assert not standing.done()
        played = await hall.start(1, take_turn(bot("Aoi", seconds=2.0), Random(2)))
        standing.cancel()
        await asyncio.wait({standing})
        return played

    played = play(scenario, Queue("duel", bots_after=2.0, expires_after=20.0))
    assert played.outcome.other == "Bot"
