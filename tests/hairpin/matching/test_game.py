"""A game over a session, in virtual time: to its end, again, and with one who leaves or is of another kind."""

import asyncio
from random import Random

import pytest

import signaling
from hairpin.matching.brain import Skill
from hairpin.matching.game import Ending, Gamer, Outcome, play
from hairpin.matching.wire import MOVES, MOVES_OPTIONS, Again, Begin, Hello, Over, read_event, say
from peer import meet
from signaling import Queue
from tests.hairpin.matching import hall as h

QUEUE = Queue("duel")
NOBODY = Skill(speed=0.0)


async def bot(hosts: bool, skill: Skill, **more: object) -> Outcome:
    async with signaling.connect(h.URL) as client, meet(client, "r") as session:
        return await play(session, Gamer("Bot", skill, Random(1)), hosts=hosts, **more)


def test_a_game_is_played_to_its_end_and_both_know_who_has_won(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("hairpin.matching.rink.WIN", 1)

    async def scenario(hall: h.Hall) -> list[Outcome]:
        # A guest that never moves keeps hardly anything.
        turns = [hall.start(0, bot(True, Skill(error=0.02))), hall.start(1, bot(False, NOBODY))]
        return list(await asyncio.gather(*turns))

    host, guest = h.play(scenario, QUEUE)
    assert host.ending is guest.ending is Ending.FINISHED
    assert host.score == guest.score[::-1]
    assert max(host.score) == 1
    assert host.reason == guest.reason == ""


async def stranger(*said: object, hear: type | None = None) -> list[object]:
    """A player that says what it is told to, and leaves when it has heard something."""
    heard: list[object] = []
    async with signaling.connect(h.URL) as client, meet(client, "r") as session:
        channel = await session.connected()
        moves = await session.open_channel(MOVES, **MOVES_OPTIONS)
        for each in said:
            await (moves if isinstance(each, bytes) else channel).send(
                each if isinstance(each, str | bytes) else say(each)  # type: ignore[arg-type]
            )
        async for text in channel:
            heard.append(read_event(text))
            if hear is not None and isinstance(heard[-1], hear):
                break
    return heard


def test_who_leaves_is_noticed_and_what_cannot_be_read_does_no_harm() -> None:
    async def scenario(hall: h.Hall) -> Outcome:
        turn = hall.start(0, bot(True, Skill()))
        garbage = ("", "nonsense", b"", b"\1" * 68, b"\2" * 16, "[" * 99)
        said = (*garbage, Hello("Aoi", bot=False), *garbage)
        await hall.start(1, stranger(*said, hear=Begin))
        return await turn

    outcome = h.play(scenario, QUEUE)
    assert outcome.ending is Ending.LEFT
    assert (outcome.other, outcome.is_bot) == ("Aoi", False)


def test_one_of_another_version_is_not_played_with() -> None:
    async def scenario(hall: h.Hall) -> list[object]:
        turn = hall.start(0, bot(True, Skill()))
        heard = await hall.start(1, stranger(Hello("Aoi", bot=False, version=2)))
        assert (await turn).ending is Ending.LEFT
        return heard

    assert h.play(scenario, QUEUE) == [Hello("Bot", bot=True)]


def test_a_guest_that_stays_agrees_to_another_round() -> None:
    async def scenario(hall: h.Hall) -> list[object]:
        turn = hall.start(0, bot(False, Skill(), stays=True))
        said = (Hello("Aoi", bot=False), Begin(1, 0), Over(1, 0, (5, 0)), Again())
        heard = await hall.start(1, stranger(*said, hear=Again))
        await turn
        return heard

    assert h.play(scenario, QUEUE) == [Hello("Bot", bot=True), Again()]
