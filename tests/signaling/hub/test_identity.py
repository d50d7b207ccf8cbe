"""A session lasts as long as its token, and as the newer ones of the same subject that follow."""

from dataclasses import replace

import pytest

from signaling.codes import CloseCode, ErrorCode
from signaling.gate import Admitted, Authenticate, Authenticated, Identity, Unauthenticated
from signaling.messages import Role

CAPS = ["resume"]


class Tickets:
    """A gate that knows tokens by their text."""

    def __init__(self):
        self.known = {}
        self.is_silent = False

    def carry(self, asked):
        if not isinstance(asked, Authenticate):
            return [Admitted(asked.sid, asked.room)]
        if self.is_silent:
            return []
        identity = self.known.get(asked.token)
        if identity is None:
            reason = "the token is not ours"
            return [Unauthenticated(asked.connection, ErrorCode.UNAUTHORIZED, reason)]
        return [Authenticated(asked.connection, identity)]


ALICE = Identity(subject="alice", expires_in=300.0)


@pytest.fixture
def office(world):
    world.gate = Tickets()
    world.gate.known = {
        "alice": ALICE,
        "alice again": replace(ALICE, expires_in=600.0),
        "bob": Identity(subject="bob"),
        "short": replace(ALICE, expires_in=30.0),
    }
    return world


def enter(world, cid, token, **hello):
    world.connect(cid)
    return world.say(cid, "hello", **{"token": token, "caps": CAPS} | hello)[-1]


def test_somebody_whom_the_gate_does_not_know_is_closed_with_4401(office):
    error = enter(office, "x", "nonsense")
    assert (error["code"], error["fatal"], error["msg"]) == (401, True, "the token is not ours")
    assert office.closed["x"].code == CloseCode.UNAUTHORIZED


@pytest.mark.parametrize(("token", "life", "notice"), [("alice", 300, 60), ("short", 30, 10)])
def test_a_client_is_told_before_its_token_expires_and_closed_when_it_does(
    office, token, life, notice
):
    enter(office, "a", token)
    office.pass_time(life - notice - 0.1)
    assert office.take("a") == []
    office.pass_time(0.1)
    assert office.take("a") == [{"t": "expiring", "in_ms": notice * 1000}]
    office.pass_time(notice)
    assert (office.take("a")[0]["code"], office.closed["a"].code) == (410, CloseCode.UNAUTHORIZED)


def test_the_others_hear_that_it_expired(office):
    enter(office, "a", "alice", peer="a")
    office.say("a", "join", room="r")
    office.gate.known[None] = Identity()
    office.member("b", "r")
    office.pass_time(300)
    assert office.take("b")[0]["reason"] == "expired"


def test_one_that_is_gone_expires_too(office):
    office.gate.known["short"] = replace(ALICE, expires_in=3.0)
    enter(office, "a", "short")
    office.disconnect("a")
    office.pass_time(3)
    assert office.hub.counters.sessions == 0


def test_a_newer_token_prolongs_the_session(office):
    enter(office, "a", "alice")
    assert office.say("a", "auth", id=1, token="alice again") == [{"t": "ok", "id": 1}]
    office.pass_time(599)
    assert "a" not in office.closed
    office.pass_time(1)
    assert "a" in office.closed


@pytest.mark.parametrize(("token", "code"), [("bob", 403), ("nonsense", 401)])
def test_anothers_token_changes_nothing(office, token, code):
    enter(office, "a", "alice")
    (error,) = office.say("a", "auth", id=1, token=token)
    assert (error["id"], error["code"], error["fatal"]) == (1, code, False)
    office.pass_time(299)
    assert "a" not in office.closed
    office.pass_time(1)
    assert "a" in office.closed


def test_a_second_token_waits_for_the_answer_to_the_first(office):
    enter(office, "a", "alice")
    office.gate.is_silent = True
    assert office.say("a", "auth", id=1, token="alice") == []
    assert office.say("a", "auth", id=2, token="alice")[0]["code"] == 409
    office.pass_time(10)
    (error,) = office.take("a")
    assert (error["id"], error["code"]) == (1, 503)


def test_who_comes_back_shortly_before_the_end_is_told(office):
    token = enter(office, "a", "alice")["resume"]
    office.pass_time(220)
    office.disconnect("a")
    office.pass_time(25)
    office.connect("b")
    *_, last = office.say("b", "hello", resume={"token": token, "seq": 0})
    assert last == {"t": "expiring", "in_ms": 55000}


def test_a_token_may_fix_the_name_the_rooms_the_role_and_metadata(office):
    office.gate.known["t"] = Identity(
        "u", peer="Ada", rooms=("team-*",), role=Role.MEMBER, meta={"badge": 7}
    )
    assert enter(office, "a", "t", peer="Mallory")["peer"] == "Ada"
    assert office.say("a", "join", id=1, room="elsewhere")[0]["code"] == 403
    joined = office.say("a", "join", room="team-1", meta={"badge": 8, "x": 1})[0]
    assert (joined["you"], joined.get("role")) == ("Ada", None)
    office.gate.known[None] = Identity()
    office.member("b")
    peers = office.say("b", "join", room="team-1")[0]["peers"]
    assert peers[0]["meta"] == {"badge": 7, "x": 1}
    office.say("a", "state", room="team-1", meta={"badge": 9})
    assert office.take("b")[-1]["meta"] == {"badge": 7, "x": 1}


def test_rooms_that_a_newer_token_does_not_allow_are_left_and_the_others_stay(office):
    office.gate.known["alice again"] = replace(ALICE, rooms=("kept",))
    enter(office, "a", "alice", peer="a")
    office.gate.known[None] = Identity()
    for room in ("kept", "lost"):
        office.say("a", "join", room=room)
        office.member("b-" + room, room)
    office.take("a")
    ok, removed = office.say("a", "auth", id=1, token="alice again")
    assert ok == {"t": "ok", "id": 1}
    reason = "your token does not allow 'lost'"
    assert removed == {"t": "removed", "room": "lost", "reason": "expired", "msg": reason}
    assert [each["t"] for each in office.take("b-lost")] == ["peer.leave", "peer.role"]
    assert office.take("b-kept") == []
    assert office.say("a", "join", id=2, room="lost")[0]["code"] == 403


def test_a_room_that_is_joined_while_a_newer_token_forbids_it_is_left_again(office):
    office.gate.known["alice again"] = replace(ALICE, rooms=())
    enter(office, "a", "alice", peer="a")
    asked = []
    carry, office.gate.carry = office.gate.carry, lambda order: asked.append(order) or []
    office.say("a", "join", id=1, room="r")
    office.gate.carry = carry
    office.say("a", "auth", token="alice again")
    office.carry_out(office.hub.receive_gate_report(Admitted(asked[0].sid, "r"), office.now))
    assert [message["t"] for message in office.take("a")] == ["joined", "removed"]
