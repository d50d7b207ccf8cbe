"""Bots wait, are matched, connect, play and tell, in virtual time."""

import asyncio
from random import Random

import pytest

import signaling
from hairpin.matching.bot import Played, Stage, take_turn
from hairpin.matching.game import Ending
from signaling import Queue
from tests.hairpin.matching.hall import URL, Hall, bot, play

DUEL = Queue("duel", bots_after=8.0)


def test_two_meet_play_and_tell_each_the_same() -> None:
    async def scenario(hall: Hall) -> list[Played]:
        turns = [
            hall.start(at, take_turn(bot(f"bot {at}", seconds=4.5), Random(at))) for at in (0, 1)
        ]
        return list(await asyncio.gather(*turns))

    first, second = play(scenario, DUEL)
    assert first.match == second.match
    assert {first.team, second.team} == {0, 1}
    assert (first.outcome.other, second.outcome.other) == ("bot 1", "bot 0")
    assert first.outcome.is_bot
    assert first.outcome.ending is Ending.TIME
    assert first.outcome.score == second.outcome.score[::-1]
    assert first.outcome.path is not None
    assert first.waited < 2.0
    assert first.connected is not None
    assert first.connected < 2.0


def test_one_that_fills_comes_after_the_configured_wait_hosts_not_and_leaves_no_queue_behind() -> (
    None
):
    async def scenario(hall: Hall) -> tuple[Played, list[Stage]]:
        stages: list[Stage] = []
        filling = hall.start(0, take_turn(bot("Bot", fills=True, seconds=4.0), Random(1)))
        await asyncio.sleep(5.0)  # it waits for longer than whom it will play with
        visitor = hall.start(1, take_turn(bot("Aoi", seconds=2.0), Random(2), stages.append))
        played = await visitor
        theirs = await filling
        assert theirs.outcome.ending in {Ending.LEFT, Ending.TIME}
        return played, stages

    played, stages = play(scenario, DUEL)
    assert 8.0 <= played.waited < 10.0
    assert played.outcome.other == "Bot"
    assert stages == [Stage.WAITING, Stage.CONNECTING, Stage.PLAYING, Stage.OVER]


@pytest.mark.parametrize("filling", [False, True])
def test_the_more_open_one_hosts_unless_it_fills(filling: bool) -> None:
    async def scenario(hall: Hall) -> list[Played]:
        older = hall.start(0, take_turn(bot("old", seconds=1.0), Random(1)))
        await asyncio.sleep(0.5)
        open_ = bot("open", openness=signaling.Openness.OPEN, fills=filling, seconds=1.0)
        return list(await asyncio.gather(older, hall.start(1, take_turn(open_, Random(2)))))

    older, newer = play(scenario, DUEL)
    assert (older.hosts, newer.hosts) == (filling, not filling)


def test_a_strict_person_hosts_before_a_bot_that_has_waited_for_longer() -> None:
    async def scenario(hall: Hall) -> Played:
        filling = hall.start(0, take_turn(bot("Bot", fills=True, seconds=1.0), Random(1)))
        await asyncio.sleep(1.0)
        strict = bot("Aoi", openness=signaling.Openness.STRICT, seconds=1.0)
        played = await hall.start(1, take_turn(strict, Random(2)))
        await filling
        return played

    assert play(scenario, DUEL).hosts


def test_bots_that_fill_never_play_alone() -> None:
    async def scenario(hall: Hall) -> None:
        turns = [
            hall.start(at, take_turn(bot("Bot", fills=True), Random(at), wait=60.0))
            for at in (0, 1)
        ]
        for result in await asyncio.gather(*turns, return_exceptions=True):
            assert isinstance(result, TimeoutError)

    play(scenario, DUEL)


def test_a_queue_that_there_is_not_is_an_error_that_names_those_that_there_are() -> None:
    async def scenario(hall: Hall) -> None:
        await hall.start(0, take_turn(bot("Bot", queue="chess"), Random(1)))

    with pytest.raises(signaling.RefusedError, match="duel"):
        play(scenario, DUEL)


def test_who_never_comes_to_the_room_is_not_waited_for_for_long() -> None:
    async def scenario(hall: Hall) -> Played:
        async def vanish() -> None:
            async with signaling.connect(URL) as client:
                await (await client.enqueue("duel")).match()
                await asyncio.sleep(60.0)

        absent = hall.start(0, vanish())
        played = await hall.start(1, take_turn(bot("Bot"), Random(1)))
        absent.cancel()
        return played

    outcome = play(scenario, DUEL).outcome
    assert outcome.ending in {Ending.FAILED, Ending.LEFT}
    assert outcome.reason
