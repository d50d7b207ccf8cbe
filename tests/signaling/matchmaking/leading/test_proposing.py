"""From a proposal to a claim."""

from dataclasses import replace
from itertools import count

from signaling.matchmaking.leading.proposing import ANSWER_WITHIN, claim_of
from signaling.matchmaking.ledger.changes import Opened, Waits
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.proposals import Proposal
from signaling.matchmaking.tickets import Openness
from tests.signaling.matchmaking.ledgers import ASKING, DUEL, opening, player, ticket

_ALICE, _BOB = ticket("t1"), ticket("t2")


def _claim(proposal: Proposal, opened: Opened | None = None, queue=DUEL) -> Claim:  # type: ignore[no-untyped-def]
    numbers = count(1)
    known = [Waits(each, 7 + place) for place, each in enumerate(proposal.tickets)]
    return claim_of(queue, proposal, known, opened, lambda: f"name{next(numbers)}", 50.0)


def test_a_new_match_has_a_name_a_room_and_a_host() -> None:
    bob = replace(_BOB, players=(replace(player("s2"), openness=Openness.OPEN),))
    claim = _claim(Proposal("duel", ((_ALICE,), (bob,)), "eu", 0.9))
    assert (claim.id, claim.match.id, claim.match.room) == ("name1", "name1", "mm-name2")
    assert (claim.match.host, claim.match.region, claim.match.quality) == ("peer-s2", "eu", 0.9)
    assert claim.tickets == (("t1", 7), ("t2", 8))
    assert claim.teams == (0, 1)


def test_there_is_as_much_time_as_the_queue_gives() -> None:
    proposal = Proposal("duel", ((_ALICE,), (_BOB,)))
    assert _claim(proposal).match.accept_by == 50.0 + ANSWER_WITHIN
    assert _claim(proposal, queue=ASKING).match.accept_by == 60.0


def test_what_fills_an_opening_is_of_the_match_that_runs_and_leaves_the_rest_open() -> None:
    opened = Opened(opening("m", (0, 2)), 5)
    claim = _claim(Proposal("duel", ((), (_BOB,)), opening="o"), opened)
    assert (claim.id, claim.match.id, claim.match.room, claim.match.host) == (
        "name1",
        "m",
        "room-m",
        "",
    )
    assert (claim.teams, claim.opening) == ((1,), 5)
    assert claim.remainder is not None
    assert claim.remainder.seats == (0, 1)
    assert [[each.sid for each in team] for team in claim.remainder.teams] == [["s1"], ["s2"]]


def test_an_opening_that_is_filled_leaves_nothing() -> None:
    claim = _claim(Proposal("duel", ((), (_BOB,)), opening="o"), Opened(opening("m"), 5))
    assert claim.remainder is None
