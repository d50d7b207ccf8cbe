"""What went wrong in other signaling servers does not here."""

import gc
import json
import sys
from collections.abc import Callable

import pytest

from signaling.codes import CloseCode

SDP = "v=0\r\n" + "a=candidate:1 1 udp 2130706431 192.0.2.1 50000 typ host\r\n" * 400


def signal(to: str, data: object = None, **more: object) -> str:
    return json.dumps({"t": "signal", "room": "r", "to": to, "kind": "custom", "data": data} | more)


@pytest.fixture
def open_world(make_world):
    return make_world(rate=1e9, burst=10**6, peers=64)


def test_one_slow_peer_stalls_nobody(open_world):
    """In two servers one receiver whose queue is full blocks the only loop that serves all."""
    world = open_world
    for name in ("slow", "alice", "bob"):
        world.member(name, "r")
    world.stuck.add("slow")
    for number in range(1000):
        world.send("alice", signal("slow", number))
        world.send("alice", signal("bob", number))
        (heard,) = [each for each in world.take("bob") if each["t"] == "signal"]
        assert heard["data"] == number
    assert world.closed["slow"].code == CloseCode.SLOW_CONSUMER


def test_one_slow_peer_keeps_no_other_from_hearing_a_newcomer(open_world):
    world = open_world
    names = [f"peer{number}" for number in range(40)]
    for name in names:
        world.member(name, "r")
    world.stuck.update(names[:20])
    world.member("late", "r")
    world.connect("news")
    world.say("news", "hello", peer="news")
    world.say("news", "join", room="r")
    assert all(
        "news" in [each["peer"] for each in world.take(name) if each["t"] == "peer.join"]
        for name in names[20:]
    )


def test_no_queue_grows_without_bound_while_its_reader_is_away(make_world):
    """Elsewhere channels have no bound, or a server buffers for whoever does not read."""
    world = make_world(rate=1e9, burst=10**6, ring=64, ring_bytes=16 * 1024)
    world.member("alice", "r")
    world.member("bob", "r", caps=["resume"])
    world.disconnect("bob")
    state = world.hub._state
    most = 0
    for _ in range(500):
        world.send("alice", signal("bob", "x" * 100))
        most = max(most, state.kept)
    assert 0 < most <= 16 * 1024
    assert state.kept == 0  # it has missed too much, so it is gone for good
    assert [each["reason"] for each in world.take("alice") if each["t"] == "peer.leave"] == []
    assert "bob" not in state.rooms["r"].members


def test_nothing_is_kept_for_strangers(open_world):
    """Elsewhere any client may queue messages under any name, of somebody who is still to come."""
    world = open_world
    world.member("alice", "r")
    before = sys.getsizeof(world.hub._state.sessions)
    for number in range(2000):
        (answer,) = world.send("alice", signal(f"stranger{number}", "x" * 1000))
        assert (answer["t"], answer["reason"]) == ("undelivered", "unknown_peer")
    assert world.hub._state.kept == 0
    assert sys.getsizeof(world.hub._state.sessions) == before
    world.connect("late")
    world.say("late", "hello", peer="stranger7")
    assert [each["t"] for each in world.say("late", "join", room="r")] == ["joined"]


def test_nobody_reaches_into_a_room_that_it_is_not_in(call):
    for room in ("other", "nowhere"):
        frame = signal("carol", room=room)
        assert call.send("alice", frame)[0]["code"] == 404
    assert call.take("carol") == []


def test_a_description_of_20_kilobytes_fits(call):
    """Elsewhere a message may have 4096 bytes, and a description with a few tracks does not fit."""
    assert len(SDP) > 20_000
    call.send("alice", signal("bob", {"type": "offer", "sdp": SDP}, kind="offer"))
    assert call.take("bob")[0]["data"]["sdp"] == SDP


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "[]",
        "null",
        "\x00",
        '{"t":{}}',
        '{"t":"subscribe"}',
        '{"t":"signal","room":{}}',
        b"\xff",
    ],
)
def test_one_bad_frame_throws_nothing_in_anybodys_face(call, frame):
    """Elsewhere JSON is read outside of any handler, and one frame is the end of the process."""
    call.send("alice", frame)
    assert call.say("bob", "ping") == [{"t": "pong"}]
    assert call.say("alice", "ping") == [{"t": "pong"}]


def steps(act: Callable[[], object]) -> int:
    """How many functions are called, ours and built-in ones: work that no clock disturbs."""
    count = 0

    def note(_frame: object, event: str, _arg: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    gc.collect()  # what others have left would be cleared away in between, and counted
    gc.disable()
    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
        gc.enable()
    return count


@pytest.mark.parametrize("coming_or_going", ["join", "leave", "disconnect"])
def test_the_work_of_a_member_does_not_grow_with_all_the_other_rooms(make_world, coming_or_going):
    """Elsewhere the state of all rooms is copied for each that comes or goes."""

    def work(rooms: int) -> int:
        world = make_world()
        for number in range(rooms):
            world.member(f"other{number}", f"room{number}")
        for number in range(3):
            world.member(f"here{number}", "r")
        world.connect("x")
        world.say("x", "hello", peer="x")
        if coming_or_going == "join":
            return steps(lambda: world.say("x", "join", room="r"))
        world.say("x", "join", room="r")
        if coming_or_going == "leave":
            return steps(lambda: world.say("x", "leave", room="r"))
        return steps(lambda: world.disconnect("x"))

    few, many = work(5), work(1000)
    assert abs(many - few) <= 8


def test_nothing_is_left_of_those_who_went(open_world):
    """Elsewhere subscriptions outlive their connection."""
    world = open_world
    for number in range(50):
        world.member(f"peer{number}", "r", f"own{number}")
    for number in range(0, 50, 2):
        world.disconnect(f"peer{number}")
    for number in range(1, 50, 2):
        world.say(f"peer{number}", "bye")
    state = world.hub._state
    assert state.sessions == state.connections == state.rooms == {}
    assert world.backplane.rooms == 0
    assert (state.kept, world.hub.next_deadline()) == (0, None)
