"""Bots among themselves on real sockets, and what is made of their tales."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hairpin.matching import arena
from hairpin.matching.arena import Evening, NoServerError, Plan, claim, play, run
from hairpin.matching.bot import Played
from hairpin.matching.duel import DUEL
from hairpin.matching.game import Ending, Outcome
from hairpin.services import Services, serve
from peer.openness import measure_openness
from signaling import IceServer, Openness

PLAN = Plan(queue="duel", players=2, server=None, seconds=1.0, wait=1.0, seed=1)


def played(name: str, match: str, team: int = 0, **more: object) -> Played:
    outcome = Outcome(Ending.TIME, **{"score": (1 - team, team), **more})  # type: ignore[arg-type]
    return Played(name, match, 0.1, outcome, connected=0.2, team=team)


def test_they_meet_on_a_server_of_their_own() -> None:
    evening = run(PLAN)
    assert evening.is_fine
    (match,) = evening.matches
    assert {one.bot for one in match.players} == {"bot 1", "bot 2"}


@pytest.mark.parametrize(
    ("openness", "told"),
    [(None, Openness.UNKNOWN), (Openness.STRICT, Openness.STRICT)],
    ids=["measured", "claimed"],
)
async def test_players_at_a_named_server_tell_how_well_others_reach_them(
    openness: Openness | None, told: Openness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server on this machine cannot tell how the internet sees it."""
    asked: list[str] = []

    async def measuring(servers: Sequence[IceServer]) -> Openness:
        asked.extend(url for each in servers for url in each.urls if url.startswith("stun:"))
        return await measure_openness(servers)

    monkeypatch.setattr(arena, "measure_openness", measuring)
    here = ("127.0.0.1", 0)
    services = Services(
        signaling_address=here, relay_address=here, second=here, secret="s", queues=(DUEL,)
    )
    async with serve(services) as running:
        plan = replace(PLAN, server=running.signaling_url, players=1, wait=0.1, openness=openness)
        evening = await play(plan)
    assert evening.unmatched == ("bot 1",)
    assert evening.openness is told
    assert (len(asked) > 1) is (openness is None)


def test_at_a_server_of_their_own_there_is_nothing_to_measure() -> None:
    assert not PLAN.measures
    assert replace(PLAN, server="ws://127.0.0.1/v1/ws").measures


def test_a_claim_is_a_word_of_the_queue_or_a_wish_to_measure() -> None:
    assert claim("open") is Openness.OPEN
    assert claim("measured") is None


def test_one_too_many_is_left_over() -> None:
    evening = run(Plan(queue="duel", players=1, server=None, seconds=1.0, wait=0.1, seed=1))
    assert (evening.matches, evening.unmatched) == ((), ("bot 1",))
    assert not evening.is_fine


@pytest.mark.parametrize(
    ("change", "words"),
    [({"server": "ws://127.0.0.1:1/v1/ws"}, "not reached"), ({"queue": "chess"}, "duel")],
)
def test_a_server_that_is_not_there_or_has_no_such_queue_is_told_in_a_sentence(
    change: dict[str, str], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    plan = Plan(
        **{"queue": "duel", "server": None, "players": 2, "seconds": 1.0, "wait": 1.0, "seed": 1}
        | change
    )  # type: ignore[arg-type]
    with pytest.raises(NoServerError, match=words) as raised:
        run(plan)
    assert "(404" not in str(raised.value)
    assert [each.name for each in caplog.records if each.name.startswith("signaling")] == []


def test_tales_of_one_match_are_put_together() -> None:
    evening = Evening(PLAN, (played("b", "m", 1), played("c", "n"), played("a", "m")), ())
    first, second = evening.matches
    assert [one.bot for one in first.players] == ["a", "b"]
    assert (first.is_connected, first.score) == (True, (1, 0))
    assert not second.is_connected
    assert not evening.is_fine
