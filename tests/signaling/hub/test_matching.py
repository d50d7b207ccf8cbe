"""What sessions ask of queues and matches, rule by rule."""

from dataclasses import replace

import pytest

from signaling.codes import ErrorCode
from signaling.hub.matching import ANSWER_WITHIN, MOST_RESULT, Request
from signaling.matchmaking.ledger.dealings import (
    Done,
    Finish,
    Open,
    Outcome,
    Quit,
    Reachable,
    Refused,
    Reply,
    Withdraw,
)
from signaling.schema.jsonschema import tag_of
from tests.signaling.queueing import (
    DUEL,
    FIVE,
    RULED,
    enqueue,
    find,
    make_match,
    make_world,
    play,
    queued,
    stranger,
)

EXAMPLES = {
    "mm.enqueue": {"queue": "duel"},
    "mm.cancel": {"ticket": "t"},
    "mm.open": {"match": "m", "seats": [1]},
}
TAGS = [tag_of(kind) for kind in Request.__args__]


@pytest.fixture
def hall():
    """Alice and Bob, who may wait in several queues."""
    world = make_world(DUEL, FIVE, RULED, tickets=2)
    world.member("alice")
    world.member("bob")
    return world


def ask(world, tag, **fields):
    return world.say("alice", tag, id=3, **(EXAMPLES.get(tag, {"match": "m"}) | fields))


@pytest.mark.parametrize("tag", TAGS)
def test_a_server_without_queues_says_so(world, tag):
    world.member("alice", "r")
    (error,) = ask(world, tag)
    assert (error["code"], error["id"], error["msg"]) == (404, 3, "this server has no queues")


@pytest.mark.parametrize("tag", TAGS)
def test_while_the_desk_cannot_be_reached_it_is_to_be_tried_later(hall, tag):
    hall.hear(Reachable(up=False))
    (error,) = ask(hall, tag)
    assert (error["code"], error["retry_ms"]) == (503, 1000)
    hall.hear(Reachable(up=True))
    assert "reached" not in str(ask(hall, tag))


@pytest.mark.parametrize("tag", TAGS[1:])
def test_a_ticket_or_a_match_that_is_not_ones_own_is_not_found(hall, tag):
    ticket = enqueue(hall, "bob")
    play(hall, "bob", make_match(ticket, stranger()))
    for name in ({}, {"ticket": ticket.id}, {"match": "room of m"}):
        (error,) = ask(hall, tag, **name)
        assert error["code"] == 404
    assert hall.ordered() == []


# --- to wait --------------------------------------------------------------------------------------


def test_a_ticket_is_made_of_what_is_said_and_of_what_is_known(hall):
    hall.connect("carol")
    hall.say("carol", "hello", peer="carol", token="carol@example.org 1800")
    ticket = enqueue(
        hall, "carol", rating=3000, rtt={"eu": 20}, props={"a": ["x"]}, avoid=["bob"], bot=True
    )
    (player,) = ticket.players
    assert (ticket.id, ticket.queue, ticket.avoid) == ("carol.1", "duel", frozenset({"bob"}))
    assert (player.peer, player.sid, player.node) == ("carol", "carol", "local")
    assert (player.subject, player.rating) == ("carol@example.org", 1800.0)  # of the token
    assert (player.rtt, player.bot) == ({"eu": 20.0}, True)
    assert ticket.properties == {"a": ("x",)}


def test_the_answer_tells_how_many_wait_and_how_long_it_may_take(hall):
    hall.say("alice", "mm.enqueue", id=9, queue="duel")
    (order,) = hall.ordered()
    hall.hear(queued(order.ticket, order.request, waiting=40, estimate=8.5))
    (answer,) = hall.take("alice")
    assert answer == {
        "t": "mm.queued", "id": 9, "ticket": "alice.1", "queue": "duel", "waiting": 40, "eta_s": 8.5
    }  # fmt: skip


def test_a_ticket_expires_when_the_queue_says_or_sooner(hall):
    hall.say("alice", "mm.enqueue", queue="five", expires_s=600)
    hall.say("bob", "mm.enqueue", queue="five", expires_s=5)
    assert [order.expires_in for order in hall.ordered()] == [60.0, 5.0]


@pytest.mark.parametrize(
    ("fields", "code", "part"),
    [
        ({"queue": "chess"}, 404, "no queue is called 'chess'; there are duel, five, ruled"),
        ({"queue": "ruled"}, 400, "a word in props.mode, nothing came"),
        ({"queue": "ruled", "props": {"mode": 7}}, 400, "a word in props.mode, 7.0 came"),
        (
            {"queue": "five", "party": {"id": "p", "size": 4}},
            403,
            "party.size is 4, 'five' takes at most 3",
        ),
        ({"queue": "duel", "party": {"id": "p", "size": 2}}, 403, "at most 1"),
        ({"queue": "duel", "rating": 1e9}, 400, "$.rating"),
        ({"queue": "duel", "rtt": {"eu": -1}}, 400, "$.rtt"),
        ({"queue": "duel", "props": {"x": {"y": 1}}}, 400, "$.props"),
    ],
)
def test_what_a_queue_cannot_use_is_refused_with_the_place(hall, fields, code, part):
    (error,) = hall.say("alice", "mm.enqueue", id=3, **fields)
    assert (error["code"], error["id"]) == (code, 3)
    assert part in error["msg"]
    assert hall.ordered() == []


def test_a_session_has_one_ticket_in_a_queue_and_a_few_in_all(hall):
    enqueue(hall, "alice")
    (error,) = hall.say("alice", "mm.enqueue", queue="duel")
    assert (error["code"], error["msg"]) == (409, "you wait in 'duel' already: 'alice.1'")
    enqueue(hall, "alice", "five")
    (error,) = hall.say("alice", "mm.enqueue", queue="ruled", props={"mode": "x"})
    assert (error["code"], error["msg"]) == (403, "a session may have 2 tickets and matches")


def test_whoever_plays_quits_before_it_queues_again(hall):
    play(hall, "alice", make_match(enqueue(hall, "alice"), stranger()))
    (error,) = hall.say("alice", "mm.enqueue", queue="duel")
    assert (error["code"], error["msg"]) == (409, "you play match 'm' of 'duel': quit it first")
    hall.say("alice", "mm.quit", match="m")
    assert hall.ordered() == [Quit("duel", "m", "alice", "")]
    assert enqueue(hall, "alice").id == "alice.2"


def test_joins_and_tickets_share_a_rate():
    world = make_world(DUEL, joins=1.0, joins_burst=2)
    world.member("alice", "r")
    enqueue(world, "alice")
    (error,) = world.say("alice", "mm.enqueue", queue="duel")
    assert (error["code"], error["retry_ms"]) == (429, 1000)


def test_a_server_that_closes_takes_no_tickets(hall):
    hall.carry_out(hall.hub.drain(5.0))
    hall.take("alice")
    (error,) = hall.say("alice", "mm.enqueue", queue="duel")
    assert error["code"] == 503


def test_each_of_a_party_sends_its_part(hall):
    hall.say("alice", "mm.enqueue", queue="five", party={"id": "blue", "size": 2})
    (order,) = hall.ordered()
    assert (order.party, order.size) == ("blue", 2)
    hall.hear(queued(order.ticket, order.request, missing=1))
    (answer,) = hall.take("alice")
    assert answer["missing"] == 1
    hall.hear(queued(order.ticket))
    (event,) = hall.take("alice")
    assert "missing" not in event
    hall.hear(queued(order.ticket))
    assert hall.take("alice") == []  # it knows that


def test_the_ticket_of_a_party_is_that_of_its_first(hall):
    hall.say("alice", "mm.enqueue", id=2, queue="five", party={"id": "blue", "size": 2})
    (order,) = hall.ordered()
    hall.hear(replace(queued(order.ticket, order.request), ticket="t-zoe"))
    (answer,) = hall.take("alice")
    assert answer["ticket"] == "t-zoe"
    hall.say("alice", "mm.cancel", id=3, ticket="t-zoe")
    (order,) = hall.ordered()
    assert order.ticket == "t-zoe"


# --- what the desk does not do --------------------------------------------------------------------


def test_what_the_desk_refuses_is_refused_and_may_be_tried_again(hall):
    hall.say("alice", "mm.enqueue", id=5, queue="duel")
    (order,) = hall.ordered()
    full = "the queue is full"
    hall.hear(Refused("alice", ErrorCode.UNAVAILABLE, full, order.request, 5.0))
    (error,) = hall.take("alice")
    assert (error["id"], error["code"], error["retry_ms"], error["msg"]) == (5, 503, 5000, full)
    assert enqueue(hall, "alice").id == "alice.2"


def test_a_desk_that_does_not_answer_has_not_got_the_ticket(hall):
    hall.say("alice", "mm.enqueue", id=5, queue="duel")
    (order,) = hall.ordered()
    hall.pass_time(ANSWER_WITHIN)
    (error,) = hall.take("alice")
    assert (error["id"], error["code"]) == (5, 504)
    assert hall.ordered() == [Withdraw("duel", "alice.1", "alice")]
    hall.hear(queued(order.ticket, order.request))  # too late
    assert hall.take("alice") == []
    assert enqueue(hall, "alice").id == "alice.2"


def test_a_desk_that_is_lost_answers_nobody_any_more(hall):
    hall.say("alice", "mm.enqueue", id=5, queue="duel")
    hall.ordered()
    hall.hear(Reachable(up=False))
    (error,) = hall.take("alice")
    assert (error["id"], error["code"]) == (5, 503)
    hall.pass_time(ANSWER_WITHIN)
    assert hall.take("alice") == []


# --- to wait no more ------------------------------------------------------------------------------


def test_a_ticket_is_withdrawn_and_that_is_answered_when_it_is_done(hall):
    ticket = enqueue(hall, "alice")
    assert hall.say("alice", "mm.cancel", id=4, ticket=ticket.id) == []
    (order,) = hall.ordered()
    assert (order.ticket, order.outcome) == (ticket.id, Outcome.CANCELLED)
    hall.hear(Done("alice", order.request))
    assert hall.take("alice") == [{"t": "ok", "id": 4}]


def test_a_match_that_has_begun_is_quit_and_not_cancelled(hall):
    ticket = enqueue(hall, "alice")
    play(hall, "alice", make_match(ticket, stranger()))
    (error,) = hall.say("alice", "mm.cancel", ticket=ticket.id)
    assert (error["code"], error["msg"]) == (409, "match 'm' has begun: quit it")


# --- matches --------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["accept", "decline"])
def test_the_word_of_a_player_goes_to_the_desk_and_is_answered_when_it_is_there(hall, word):
    ticket = enqueue(hall, "alice", "five")
    find(hall, "alice", make_match(ticket, stranger(queue="five")), asks=True)
    hall.take("alice")
    assert hall.say("alice", f"mm.{word}", id=4, match="m") == []
    (order,) = hall.ordered()
    yes = word == "accept"
    assert order == Reply("five", "m", ticket.id, 1, "alice", yes, request=order.request)
    hall.hear(Done("alice", order.request))
    assert hall.take("alice") == [{"t": "ok", "id": 4}]


def test_who_says_yes_twice_has_said_it(hall):
    ticket = enqueue(hall, "alice", "five")
    find(hall, "alice", make_match(ticket, stranger(queue="five")), asks=True)
    hall.take("alice")
    hall.say("alice", "mm.accept", match="m")
    assert len(hall.ordered()) == 1
    assert hall.say("alice", "mm.accept", id=4, match="m") == [{"t": "ok", "id": 4}]
    assert hall.ordered() == []


def test_seats_are_opened_with_what_the_match_is(hall):
    ticket = enqueue(hall, "alice", "five")
    play(hall, "alice", make_match(ticket, stranger(queue="five"), region="eu"))
    hall.say("alice", "mm.open", id=4, match="m", seats=[1, 4])
    (order,) = hall.ordered()
    assert isinstance(order, Open)
    opening = order.opening
    assert (opening.match, opening.room, opening.seats, opening.region) == (
        "m", "room of m", (1, 4), "eu"
    )  # fmt: skip
    assert [[player.peer for player in team] for team in opening.teams] == [["alice"], ["zoe"]]


@pytest.mark.parametrize(
    ("seats", "why"),
    [
        ([1], "seats: 1 teams came, 'five' has 2"),
        ([0, 5], "seats[1]: 5 came, 4 are free"),
    ],
)
def test_seats_that_there_are_not_cannot_be_opened(hall, seats, why):
    ticket = enqueue(hall, "alice", "five")
    play(hall, "alice", make_match(ticket, stranger(queue="five")))
    (error,) = hall.say("alice", "mm.open", match="m", seats=seats)
    assert (error["code"], error["msg"]) == (400, why)


def test_a_result_is_told_as_it_is_if_it_is_not_too_long(hall):
    play(hall, "alice", make_match(enqueue(hall, "alice"), stranger()))
    hall.say("alice", "mm.result", id=4, match="m", result={"score": [7, 5]})
    (order,) = hall.ordered()
    assert order == Finish("duel", "m", "alice", b'{"score": [7, 5]}', order.request)
    (error,) = hall.say("alice", "mm.result", match="m", result="x" * MOST_RESULT)
    assert error["code"] == 413


def test_who_quits_says_why_and_plays_no_more(hall):
    play(hall, "alice", make_match(enqueue(hall, "alice"), stranger()))
    answer = hall.say("alice", "mm.quit", id=4, match="m", reason="dinner")
    assert answer == [{"t": "ok", "id": 4}]
    assert hall.ordered() == [Quit("duel", "m", "alice", "dinner")]
    (error,) = hall.say("alice", "mm.quit", match="m")
    assert error["code"] == 404


def test_requests_without_end_leave_nothing_behind():
    world = make_world(DUEL, rate=1e9, burst=10**6, joins=1e9, joins_burst=10**6)
    world.member("alice")
    for _ in range(50):
        world.say("alice", "mm.enqueue", queue="duel")
        world.say("alice", "mm.cancel", ticket="nothing")
        world.pass_time(ANSWER_WITHIN)
    world.disconnect("alice", 1000)
    assert len(world.hub._state.desk_requests) == len(world.hub._state.timers) == 0
