"""What a node knows of its own players, and what it makes of what the server says."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.claims import seat
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Found,
    MovedAway,
    MovePlayer,
    Outcome,
    Over,
    Pause,
    Queued,
    Quit,
    Refused,
    Requeued,
    Started,
    Withdraw,
)
from signaling.matchmaking.matches import Match
from signaling.matchmaking.packed import ticketrecords
from signaling.matchmaking.redis.gateway import Gateway
from tests.signaling.matchmaking.ledgers import ticket


def _gateway(*names: str) -> Gateway:
    gateway = Gateway("duel", "n1")
    gateway.is_up = True
    for name in names:
        gateway.receive_order(Enqueue(ticket(name), 60.0, 5), 100.0)
    gateway.take()
    return gateway


def _match(name: str, generation: int = 1) -> Match:
    tickets = [ticket("t1", generation=generation), ticket("t2")]
    return seat(Match(name, "duel", f"room-{name}", (), (), "peer-s1"), tickets, (0, 1))


def _found(name: str, generation: int = 1) -> Found:
    return Found("s1", _match(name, generation), 3.0, False)


def _said(gateway: Gateway) -> list[tuple[Any, ...]]:
    """What the server is to do: the script, and the most telling of its arguments."""
    said = []
    for call in gateway.take():
        args = msgspec.msgpack.decode(call.arguments)
        what = {"enqueue": (0, 1, 2, 8, 10), "reply": (0, 1, 2, 4, 5), "recall": (0,)}
        said.append((call.script, *(args[place] for place in what.get(call.script, (0, 1)))))
    return said


def test_an_order_becomes_a_call_and_a_ticket_gets_its_times() -> None:
    gateway = Gateway("duel", "n1")
    gateway.is_up = True
    assert gateway.receive_order(Enqueue(ticket("t1"), 60.0, 5), 100.0) == []
    assert _said(gateway) == [("enqueue", "t1", 1, 100.0, "", 5)]
    assert gateway.players == 1


def test_what_was_not_answered_is_asked_again_first() -> None:
    gateway = _gateway()
    for name in ("t1", "t2"):
        gateway.receive_order(Withdraw("duel", name, "s"), 100.0)
    calls = gateway.take()
    gateway.receive_order(Withdraw("duel", "t3", "s"), 100.0)
    gateway.receive_unanswered(calls)
    assert [each[1] for each in _said(gateway)] == ["t1", "t2", "t3"]


# --- a server that is away ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "order", [Enqueue(ticket("t1"), 60.0, 5), Withdraw("duel", "t1", "s1", request=5)]
)
def test_while_the_server_is_away_who_waits_for_an_answer_is_refused(order: Any) -> None:
    gateway = Gateway("duel", "n1")
    (refused,) = gateway.receive_order(order, 100.0)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.request, refused.retry_after) == (ErrorCode.UNAVAILABLE, 5, 1.0)
    assert gateway.take() == []


def test_what_nobody_waits_for_is_said_when_the_server_is_there_again() -> None:
    gateway = Gateway("duel", "n1")
    assert gateway.receive_order(Withdraw("duel", "t1", "s1", Outcome.LOST), 100.0) == []
    assert [each[:2] for each in _said(gateway)] == [("withdraw", "t1")]


# --- the second fence -----------------------------------------------------------------------------


def test_who_is_in_one_match_is_in_no_other() -> None:
    gateway = _gateway("t1")
    assert gateway.receive_reports([_found("m")]) == [_found("m")]
    assert gateway.receive_reports([_found("m")]) == [_found("m")], "told twice"
    assert gateway.receive_reports([_found("n")]) == []
    assert _said(gateway) == [("reply", "n", "t1", 1, False, True)]


def test_who_plays_is_asked_for_no_other_match() -> None:
    gateway = _gateway("t1")
    gateway.receive_reports([_found("m"), Started("s1", _match("m"))])
    assert gateway.receive_reports([_found("n", generation=2)]) == []
    assert [each[0] for each in _said(gateway)] == ["reply"]


def test_an_older_generation_counts_no_more() -> None:
    gateway = _gateway("t1")
    again = Requeued("s1", "duel", "m", "t1", 2, Outcome.DECLINED)
    gateway.receive_reports([_found("m"), again])
    assert gateway.receive_reports([_found("n", generation=1)]) == []
    assert gateway.receive_reports([_found("n", generation=2)]) != []


def test_a_ticket_that_waits_though_it_was_claimed_is_one_whose_claim_was_lost() -> None:
    """A server that took over from another, and lacks the last that this one did."""
    gateway = _gateway("t1")
    gateway.receive_reports([_found("m")])
    waits = Queued("s1", "duel", "t1", 1, 1)
    assert gateway.receive_reports([waits]) == [
        Requeued("s1", "duel", "m", "t1", 2, Outcome.CLOSED)
    ]
    assert [each[:3] for each in _said(gateway)] == [("enqueue", "t1", 2)]


# --- a server that has lost everything ------------------------------------------------------------


def test_who_waits_is_told_again_as_old_as_it_is() -> None:
    gateway = _gateway("t1", "t2")
    gateway.receive_order(Pause("duel", "t2", "s2", True), 110.0)
    gateway.take()
    assert gateway.restore() == []
    assert _said(gateway) == [("enqueue", "t1", 1, 100.0, "", -1)], "s2 is on another node"


def test_who_was_asked_waits_again_and_a_late_word_of_that_match_counts_no_more() -> None:
    gateway = _gateway("t1")
    gateway.receive_reports([_found("m")])
    assert gateway.restore() == [Requeued("s1", "duel", "m", "t1", 2, Outcome.CLOSED)]
    assert [each[:3] for each in _said(gateway)] == [("enqueue", "t1", 2)]
    assert gateway.receive_reports([_found("m")]) == []


def test_matches_that_run_are_told_before_tickets_and_each_once() -> None:
    gateway = _gateway("t1", "t3")
    match = _match("m")
    gateway.receive_reports([Started("s1", match)])
    gateway.restore()
    assert [each[:2] for each in _said(gateway)] == [("recall", "m"), ("enqueue", "t3")]


def test_who_was_about_to_leave_is_not_told_again() -> None:
    gateway = _gateway("t1")
    gateway.receive_order(Withdraw("duel", "t1", "s1"), 100.0)
    gateway.take()
    assert gateway.restore() == [Over("s1", "duel", "t1", Outcome.CANCELLED)]
    assert (_said(gateway), gateway.players) == ([], 0)


def test_a_player_of_a_party_tells_its_part_again() -> None:
    gateway = Gateway("duel", "n1")
    gateway.is_up = True
    gateway.receive_order(Enqueue(ticket("t3"), 60.0, 5, "p", 2), 100.0)
    gateway.receive_reports([Queued("s3", "duel", "t1", 1, 1)])
    gateway.take()
    gateway.restore()
    assert _said(gateway) == [("enqueue", "t3", 1, 100.0, "p", -1)]


def test_who_is_gone_is_not_told_again() -> None:
    gateway = _gateway("t1", "t3")
    gateway.receive_reports([Started("s1", _match("m"))])
    gateway.receive_order(Quit("duel", "m", "s1"), 100.0)
    gateway.take()
    assert gateway.receive_reports([MovedAway("s3")]) == []
    gateway.restore()
    assert _said(gateway) == []


def test_when_something_was_missed_each_player_asks_how_it_stands() -> None:
    gateway = _gateway("t1", "t3")
    gateway.receive_reports([Started("s1", _match("m"))])
    gateway.ask_again()
    assert [each[:2] for each in _said(gateway)] == [
        ("recall", "m"),
        ("move", "t1"),
        ("enqueue", "t3"),
        ("move", "t3"),
    ]


# --- players that come from other nodes -----------------------------------------------------------


def test_a_player_that_comes_brings_its_ticket() -> None:
    gateway = _gateway()
    gateway.receive_order(MovePlayer("duel", "t1", "s1", "n1"), 100.0)
    record = ticketrecords.write_ticket(ticket("t1", generation=3, enqueued=90.0))
    gateway.receive_moved("s1", msgspec.msgpack.encode(record))
    gateway.receive_moved("s9", b"OK")
    gateway.take()
    gateway.restore()
    assert _said(gateway) == [("enqueue", "t1", 3, 90.0, "", -1)]


def test_a_player_that_comes_in_a_match_is_known_by_it() -> None:
    gateway = _gateway()
    gateway.receive_reports([Started("s1", _match("m"))])
    assert gateway.receive_reports([_found("n")]) == []
    assert gateway.receive_reports([replace(_found("m"), sid="s2")]) != []
    assert gateway.players == 2
