"""The queue that `hairpin up` has."""

import signaling
from hairpin.matching.duel import BOTS_AFTER, DUEL
from hairpin.services import Services, serve


async def test_two_who_wait_there_are_matched_at_once() -> None:
    assert (DUEL.teams, DUEL.team_max, DUEL.bots_after) == (2, 1, BOTS_AFTER)
    loopback = ("127.0.0.1", 0)
    services = Services(
        signaling_address=loopback, relay_address=loopback, secret="s", queues=(DUEL,)
    )
    async with (
        serve(services) as running,
        signaling.connect(running.local_url) as alice,
        signaling.connect(running.local_url) as bob,
    ):
        tickets = [await each.enqueue("duel") for each in (alice, bob)]
        matches = [await each.match() for each in tickets]
        assert matches[0].id == matches[1].id
        assert {match.team for match in matches} == {0, 1}
