"""What the desk reports, told to the right session or answered for one that is gone."""

from dataclasses import replace

import pytest

from signaling.journal import Happening
from signaling.matchmaking.ledger.dealings import (
    Accepted,
    Found,
    Outcome,
    Over,
    Pause,
    Progress,
    Quit,
    Reply,
    Requeued,
    Withdraw,
)
from signaling.matchmaking.proposals import Blocked
from signaling.resumption import Claimant
from tests.signaling.conftest import ICE
from tests.signaling.queueing import (
    DUEL,
    FIVE,
    enqueue,
    find,
    make_match,
    make_world,
    play,
    queued,
    start,
    stranger,
)


@pytest.fixture
def hall():
    """Alice, who comes back when her connection is lost."""
    world = make_world(DUEL, FIVE)
    world.member("alice", caps=["resume"])
    return world


@pytest.fixture
def ticket(hall):
    """Hers, in the duel."""
    return enqueue(hall, "alice")


@pytest.fixture
def match(ticket):
    return make_match(ticket, stranger(), region="eu")


def resume(world, cid):
    """Let Alice come back over another connection."""
    session = world.hub._state.sessions["alice"]
    claimant = Claimant("local", session.sid, session.generation)
    token = world.hub._state.tokens.write(claimant)
    world.connect(cid)
    return world.say(cid, "hello", caps=["resume"], resume={"token": token, "seq": session.sent})


def absent(match, ticket):
    return Reply(
        match.queue, match.id, ticket.id, ticket.generation, "alice", accepted=False, absent=True
    )


def noted(world, *happenings):
    found = [each for each in world.noted if each.happening in happenings]
    world.noted.clear()
    return [each.fields for each in found]


# --- tickets --------------------------------------------------------------------------------------


def test_a_ticket_hears_how_it_stands(hall, ticket):
    hall.hear(Progress("alice", "duel", ticket.id, 1, 12.04, 38, 170.0, 4.0, Blocked.RATING))
    assert hall.take("alice") == [
        {
            "t": "mm.update", "ticket": ticket.id, "queue": "duel", "waited_s": 12.0, "waiting": 38,
            "window": 170.0, "eta_s": 4.0, "blocked_by": "rating",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "generation"), [("alice.1", 2), ("alice.0", 1)])
def test_what_is_said_of_another_ticket_or_generation_is_not_told(hall, ticket, name, generation):
    hall.hear(Progress("alice", "duel", name, generation, 12.0, 38))
    hall.hear(Progress("nobody", "duel", name, generation, 12.0, 38))
    assert hall.take("alice") == []


def test_who_is_away_is_paused_and_hears_later_only_what_matters(hall, ticket):
    hall.disconnect("alice")
    assert hall.ordered() == [Pause("duel", ticket.id, "alice", paused=True)]
    hall.hear(Progress("alice", "duel", ticket.id, 1, 12.0, 38))
    assert [each["t"] for each in resume(hall, "again")] == ["welcome"]
    assert hall.ordered() == [Pause("duel", ticket.id, "alice", paused=False)]


def test_who_does_not_come_back_is_withdrawn_as_lost(hall, ticket):
    hall.disconnect("alice")
    hall.pass_time(30.0)
    assert hall.ordered()[1:] == [Withdraw("duel", ticket.id, "alice", Outcome.LOST)]


def test_who_says_goodbye_has_cancelled(hall, ticket):
    hall.say("alice", "bye")
    assert hall.ordered() == [Withdraw("duel", ticket.id, "alice", Outcome.CANCELLED)]


def test_a_ticket_that_is_over_is_told_and_its_place_is_free(hall, ticket):
    hall.hear(Over("alice", "duel", ticket.id, Outcome.EXPIRED))
    assert hall.take("alice") == [
        {"t": "mm.ended", "ticket": ticket.id, "queue": "duel", "reason": "expired"}
    ]
    assert enqueue(hall, "alice").id == "alice.2"
    hall.hear(Over("alice", "duel", ticket.id, Outcome.EXPIRED))  # once more, too late
    assert hall.take("alice") == []


# --- found ----------------------------------------------------------------------------------------


def test_where_nobody_is_asked_the_node_says_yes(hall, ticket, match):
    find(hall, "alice", match)
    assert hall.take("alice") == [
        {
            "t": "mm.found", "match": "m", "ticket": ticket.id, "queue": "duel", "players": 2,
            "accept_by_ms": 10000, "asks": False,
        }
    ]  # fmt: skip
    assert hall.ordered() == [Reply("duel", "m", ticket.id, 1, "alice", accepted=True)]


def test_where_players_are_asked_the_node_waits_for_their_word(hall, ticket, match):
    find(hall, "alice", match, asks=True)
    assert hall.take("alice")[0]["asks"] is True
    assert hall.ordered() == []
    hall.hear(Accepted("alice", "m", 1, 2))
    assert hall.take("alice") == [{"t": "mm.accepted", "match": "m", "accepted": 1, "players": 2}]


def test_a_match_that_is_found_twice_is_told_once_and_answered_again(hall, ticket, match):
    find(hall, "alice", match)
    find(hall, "alice", match)
    assert len(hall.take("alice")) == 1
    assert len(hall.ordered()) == 2


def test_a_match_for_an_older_generation_finds_nobody(hall, ticket, match):
    hall.hear(Requeued("alice", "duel", "before", ticket.id, 2, Outcome.DECLINED))
    hall.take("alice")
    find(hall, "alice", match)
    assert hall.take("alice") == []
    assert hall.ordered() == [absent(match, ticket)]


def test_a_match_for_a_ticket_that_was_cancelled_finds_nobody(hall, ticket, match):
    hall.hear(Over("alice", "duel", ticket.id, Outcome.CANCELLED))
    find(hall, "alice", match)
    assert hall.ordered() == [absent(match, ticket)]


def test_a_match_for_a_session_that_is_gone_finds_nobody(hall, ticket, match):
    hall.disconnect("alice", 1000)
    hall.ordered()
    find(hall, "alice", match)
    start(hall, "alice", match)
    assert hall.ordered() == [absent(match, ticket), Quit("duel", "m", "alice", "gone")]


def test_who_is_away_has_until_the_end_of_the_time_to_be_back(hall, ticket, match):
    hall.disconnect("alice")
    find(hall, "alice", match)
    assert hall.ordered() == [Pause("duel", ticket.id, "alice", paused=True)]
    told = resume(hall, "again")
    assert [each["t"] for each in told] == ["welcome"]
    assert hall.ordered() == [
        Pause("duel", ticket.id, "alice", paused=False),
        Reply("duel", "m", ticket.id, 1, "alice", accepted=True),
    ]


def test_a_match_that_comes_to_nothing_lets_the_ticket_wait_again(hall, ticket, match):
    find(hall, "alice", match)
    hall.take("alice")
    hall.hear(Requeued("alice", "duel", "m", ticket.id, 2, Outcome.DECLINED))
    assert hall.take("alice") == [
        {
            "t": "mm.requeued", "match": "m", "ticket": ticket.id, "queue": "duel",
            "reason": "declined",
        }
    ]  # fmt: skip
    hall.hear(Progress("alice", "duel", ticket.id, 2, 13.0, 3))
    assert hall.take("alice")[0]["t"] == "mm.update"
    assert noted(hall, Happening.MATCH_FAILED) == [
        {"match": "m", "queue": "duel", "outcome": "declined"}
    ]


def test_who_is_away_when_it_waits_again_is_paused_again(hall, ticket, match):
    find(hall, "alice", match)
    hall.disconnect("alice")
    hall.ordered()
    hall.hear(Requeued("alice", "duel", "m", ticket.id, 2, Outcome.LOST))
    assert hall.ordered() == [Pause("duel", ticket.id, "alice", paused=True)]


def test_a_generation_that_it_has_missed_is_told_as_waiting_again(hall, ticket, match):
    find(hall, "alice", match)
    hall.take("alice")
    hall.hear(replace(queued(ticket), generation=2))
    assert [each["t"] for each in hall.take("alice")] == ["mm.requeued"]
    find(hall, "alice", replace(match, id="n"))
    assert hall.take("alice") == []


# --- started --------------------------------------------------------------------------------------


def test_a_match_that_begins_is_told_with_all_it_takes_to_play(hall, ticket, match):
    find(hall, "alice", match)
    hall.take("alice")
    start(hall, "alice", match)
    (told,) = hall.take("alice")
    assert told == {
        "t": "mm.start", "match": "m", "ticket": ticket.id, "queue": "duel", "room": "room of m",
        "you": "alice", "team": 0, "host": "alice", "region": "eu",
        "peers": [{"peer": "zoe", "team": 1}],
        "ice": [{"urls": list(ICE[0].urls)}], "ice_ttl_s": 14400,
    }  # fmt: skip
    start(hall, "alice", match)
    assert hall.take("alice") == []  # it knows that


def test_a_match_that_is_filled_up_is_told_anew_with_all_who_play_it(hall, ticket, match):
    play(hall, "alice", match)
    bot = stranger("bot")
    bot = replace(bot, players=(replace(bot.players[0], bot=True),))
    filled = make_match(ticket, stranger(), bot)
    start(hall, "alice", filled, newcomers=True)
    (told,) = hall.take("alice")
    assert told["filled"] is True
    assert told["peers"] == [{"peer": "zoe", "team": 1}, {"peer": "bot", "team": 2, "bot": True}]


def test_a_match_that_begins_for_one_who_does_not_want_it_is_quit(hall, ticket, match):
    hall.hear(Over("alice", "duel", ticket.id, Outcome.CANCELLED))
    hall.take("alice")
    start(hall, "alice", match)
    assert hall.take("alice") == []
    assert hall.ordered() == [Quit("duel", "m", "alice", "gone")]


def test_the_room_of_a_match_is_open_to_who_plays_it_whatever_its_token_says(hall):
    hall.connect("carol")
    hall.say("carol", "hello", peer="carol", token="carol@example.org 1800")
    match = make_match(enqueue(hall, "carol"), stranger())
    (error,) = hall.say("carol", "join", room=match.room)
    assert error["code"] == 403
    play(hall, "carol", match)
    (joined,) = hall.say("carol", "join", room=match.room)
    assert joined["t"] == "joined"
    hall.say("carol", "leave", room=match.room)
    hall.hear(Over("carol", "duel", "carol.1", Outcome.FINISHED, "m"))
    hall.take("carol")
    (error,) = hall.say("carol", "join", room=match.room)
    assert error["code"] == 403


def test_the_room_of_a_large_match_has_room_for_it(hall):
    ticket = enqueue(hall, "alice")
    match = make_match(ticket, *(stranger(f"p{number}") for number in range(30)))
    play(hall, "alice", match)
    (joined,) = hall.say("alice", "join", room=match.room)
    assert joined["max"] == 31


def test_a_match_that_is_over_is_told_with_result_and_leavers(hall, ticket, match):
    play(hall, "alice", match)
    over = Over(
        "alice", "duel", ticket.id, Outcome.FINISHED, "m", b'{"score":[7,5]}', {"zoe": "dinner"}
    )
    hall.hear(over)
    assert hall.take("alice") == [
        {
            "t": "mm.ended", "ticket": ticket.id, "queue": "duel", "match": "m",
            "reason": "finished", "result": {"score": [7, 5]}, "leavers": {"zoe": "dinner"},
        }
    ]  # fmt: skip
    assert enqueue(hall, "alice").id == "alice.2"


def test_a_match_that_the_desk_has_lost_is_over(hall, ticket, match):
    play(hall, "alice", match)
    hall.hear(Over("alice", "duel", ticket.id, Outcome.LOST))
    (told,) = hall.take("alice")
    assert (told["match"], told["reason"]) == ("m", "lost")


def test_who_plays_and_is_lost_has_quit(hall, ticket, match):
    play(hall, "alice", match)
    hall.disconnect("alice")
    hall.pass_time(30.0)
    assert hall.ordered()[-1] == Quit("duel", "m", "alice", "lost")


# --- what operators are told ----------------------------------------------------------------------


def test_one_node_tells_of_a_match_and_it_is_that_of_its_first_player(hall, ticket, match):
    play(hall, "alice", match)
    (made,) = noted(hall, Happening.MATCH_MADE)
    assert made == {
        "match": "m", "queue": "duel", "room": "room of m", "host": "alice", "region": "eu",
        "quality": 1.0,
        "teams": [
            [{"peer": "alice", "subject": ""}], [{"peer": "zoe", "subject": "zoe@example.org"}]
        ],
    }  # fmt: skip
    hall.hear(Over("alice", "duel", ticket.id, Outcome.FINISHED, "m", b"[1]"))
    assert [each["outcome"] for each in noted(hall, Happening.MATCH_ENDED)] == ["finished"]


def test_of_a_match_whose_first_player_is_elsewhere_nothing_is_told_here(hall, ticket):
    play(hall, "alice", make_match(stranger(), ticket))
    hall.hear(Over("alice", "duel", ticket.id, Outcome.FINISHED, "m"))
    assert noted(hall, Happening.MATCH_MADE, Happening.MATCH_ENDED) == []


def test_when_the_first_has_left_the_next_tells_of_the_end(hall, ticket):
    play(hall, "alice", make_match(stranger(), ticket))
    over = Over("alice", "duel", ticket.id, Outcome.FINISHED, "m", leavers={"zoe": ""})
    hall.hear(over)
    assert len(noted(hall, Happening.MATCH_ENDED)) == 1


def test_a_match_that_all_have_left_is_told_of_though_nobody_is_there(hall, ticket, match):
    play(hall, "alice", match)
    hall.say("alice", "mm.quit", match="m")
    over = Over("alice", "duel", ticket.id, Outcome.ABANDONED, "m", leavers={"alice": ""})
    hall.hear(over)
    assert [each["outcome"] for each in noted(hall, Happening.MATCH_ENDED)] == ["abandoned"]
    assert hall.take("alice") == []


def test_how_long_a_ticket_has_waited_is_noted(hall):
    ticket = replace(enqueue(hall, "alice"), enqueued=1003.0)
    play(hall, "alice", make_match(ticket, stranger()))  # made at 1010
    assert [each["waited"] for each in noted(hall, Happening.TICKET_MATCHED)] == [7.0]


def test_what_is_found_for_nobody_that_has_a_seat_is_passed_over(hall, ticket, match):
    hall.hear(Found("alice", replace(match, seats=()), 10.0, asks=False))
    assert hall.ordered() == []
