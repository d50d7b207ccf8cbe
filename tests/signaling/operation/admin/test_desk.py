"""What an operator asks is answered."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import Enqueue
from signaling.matchmaking.memory.desk import MemoryDesk
from signaling.matchmaking.tickets import Player, Ticket
from signaling.nodes import BackplaneUnreachableError
from signaling.operation.admin import desk
from signaling.orders import Member, RoomSeen, Terms


def test_the_status_says_how_it_is(ask: Any) -> None:
    (status,) = ask("status")
    expected = {
        "answer": "status", "node": "a", "region": "eu", "process": 7, "uptime": 60.0, "rooms": 2,
        "draining": False, "backplane-up": True, "sessions": 3, "sessions-gone": 0, "nodes": [],
        "listeners": ["127.0.0.1:80", "/s"], "joins-total": 3,
    }  # fmt: skip
    assert expected.items() <= status.items()


def test_a_room_is_shown_with_its_members_and_never_its_key(ask: Any, call: Any) -> None:
    call.say("carol", "join", room="s", key="hunter2", max=3, meta={"hunter": 2})
    (answer,) = ask("rooms", room="s")
    (room,) = answer["rooms"]
    assert room | {"members": ()} == {
        "room": "s", "topology": "mesh", "locked": False, "keyed": True, "max": 3, "members": (),
    }  # fmt: skip
    (carol,) = room["members"]
    assert (carol["peer"], carol["role"], carol["state"]) == ("carol", "host", "here")
    assert "hunter" not in str(answer)
    assert ask("rooms", room="nowhere")[0]["rooms"] == []


def test_what_is_long_comes_in_lines_of_which_all_but_the_last_say_more(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "IN_A_LINE", 2)
    first, last = ask("sessions")
    assert [one["peer"] for one in first["sessions"] + last["sessions"]] == [
        "alice",
        "bob",
        "carol",
    ]
    assert (first["more"], last["more"]) == (True, False)
    assert [one["rooms"] for one in ask("sessions", peer="bob")[0]["sessions"]] == [["r"]]


def test_a_member_is_put_out_and_a_room_closed(ask: Any, call: Any) -> None:
    assert ask("kick", room="r", peer="bob", reason="spam")[0]["peers"] == ["bob"]
    assert call.take("bob")[0]["msg"] == "spam"
    assert ask("close", room="r")[0]["peers"] == ["alice"]
    assert call.take("alice")[-1]["reason"] == "closed"


@pytest.mark.parametrize(
    ("kind", "fields", "why"),
    [
        ("kick", {"room": "r", "peer": "dave"}, "no member of 'r' is called 'dave'"),
        ("kick", {"room": "x", "peer": "bob"}, "there is no room 'x'"),
        ("close", {"room": "x"}, "there is no room 'x'"),
        ("reload", {}, "file: no"),
        ("reboot", {}, "Invalid value 'reboot' - at `$.ask`"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(
    ask: Any, kind: str, fields: dict[str, str], why: str
) -> None:
    assert ask(kind, **fields) == [{"version": 1, "answer": "refused", "why": why}]


def test_a_drain_says_who_is_left_and_how_long(ask: Any) -> None:
    (draining,) = ask("drain", seconds=9)
    assert (draining["sessions"], draining["seconds"]) == (3, 9.0)


def test_over_many_nodes_the_backplane_says_what_rooms_there_are(ask: Any) -> None:
    seen = RoomSeen("far", (Member("zoe", "s", "b", {}),), Terms(4), 1)

    async def rooms() -> list[RoomSeen]:
        return [seen]

    async def room(name: str) -> RoomSeen | None:
        raise BackplaneUnreachableError("redis: away")

    carried: list[Any] = []
    ask.server.backplane = SimpleNamespace(nodes=frozenset("b"), rooms=rooms, room=room)
    ask.server.carry_out = carried.extend
    assert ask("rooms")[0]["rooms"][0]["members"][0]["node"] == "b"
    assert ask("kick", room="far", peer="zoe")[0]["why"] == "redis: away"
    assert carried == []


async def test_queues_are_seen_with_their_tickets_and_the_longest_wait() -> None:
    clock = [1000.0]
    queues = MemoryDesk([Queue("duel"), Queue("five")], clock=lambda: clock[0])
    player = Player("alice", "s", "a")
    queues.carry(Enqueue(Ticket("t", "duel", (player,)), 600.0))
    clock[0] = 1042.0
    orders = desk.Orders(lambda _: 0.0, tuple)
    asked = desk.Desk(SimpleNamespace(desk=queues), orders, process=1, since=0.0)
    (line,) = await asked.answer(b'{"version": 1, "ask": "queues"}', 1.0)
    duel, five = msgspec.json.decode(line)["queues"]
    assert (duel["queue"], duel["waiting"], duel["longest"]) == ("duel", 1, 42.0)
    assert (five["queue"], five["waiting"], five["longest"]) == ("five", 0, None)
