"""Whatever members do, in whatever order: who is in a room sees exactly who is in it."""

import json
from collections import defaultdict

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from signaling.outputs import Deliver

SIDS = st.sampled_from(["s0", "s1", "s2", "s3", "s4"])
ROOMS = st.sampled_from(["red", "green", "blue"])


class Members(RuleBasedStateMachine):
    """Five people and three rooms, each of which has room for three."""

    make_world = None

    def __init__(self):
        super().__init__()
        self.world = self.make_world(peers=3, rooms=2, burst=10**6, joins_burst=10**6)
        self.sessions = 0
        self.alive = {}  # who -> sid of the present session
        self.rooms = defaultdict(list)  # the truth: room -> sids
        self.seen = {}  # sid -> room -> names, as told by the server
        self.sent = 0
        self.heard = defaultdict(list)  # (sender, receiver) -> numbers
        self.expected = defaultdict(list)

    def sid(self, who):
        if who not in self.alive:
            self.sessions += 1
            sid = f"{who}-{self.sessions}"
            self.alive[who] = sid
            self.seen[sid] = {}
            self.world.connect(sid)
            self.world.say(sid, "hello", peer=sid)
        return self.alive[who]

    @rule(who=SIDS, room=ROOMS)
    def join(self, who, room):
        sid = self.sid(who)
        mine = [name for name, sids in self.rooms.items() if sid in sids]
        allowed = room not in mine and len(mine) < 2 and len(self.rooms[room]) < 3
        answer = self.world.say(sid, "join", id=1, room=room)
        assert answer[0]["t"] == ("joined" if allowed else "error")
        if allowed:
            self.rooms[room].append(sid)
            self.seen[sid][room] = {peer["peer"] for peer in answer[0]["peers"]} | {sid}

    @rule(who=SIDS, room=ROOMS)
    def leave(self, who, room):
        sid = self.sid(who)
        member = sid in self.rooms[room]
        answer = self.world.say(sid, "leave", id=1, room=room)
        assert answer[0]["t"] == ("ok" if member else "error")
        if member:
            self.rooms[room].remove(sid)
            del self.seen[sid][room]

    @rule(who=SIDS, whom=SIDS, room=ROOMS)
    def signal(self, who, whom, room):
        sid, to = self.sid(who), self.sid(whom)
        self.sent += 1
        answer = self.world.say(
            sid, "signal", id=1, room=room, to=to, kind="custom", data=self.sent
        )
        if sid not in self.rooms[room]:
            assert answer[0]["code"] == 404
        elif to not in self.rooms[room] or sid == to:
            assert answer[0]["reason"] == "unknown_peer"
        else:
            assert answer[0]["t"] == "ok"
            self.expected[sid, to].append((room, self.sent))

    @rule(who=SIDS, how=st.sampled_from(["bye", "disconnect", "oversize"]))
    def go(self, who, how):
        sid = self.sid(who)
        match how:
            case "bye":
                self.world.say(sid, "bye")
            case "oversize":
                self.world.send(sid, "x" * 70000)
            case _:
                self.world.disconnect(sid)
        self.forget(who)

    @rule(who=SIDS, whom=SIDS, room=ROOMS)
    def meet_a_slow_reader(self, who, whom, room):
        sid, to = self.sid(who), self.sid(whom)
        if sid == to or sid not in self.rooms[room] or to not in self.rooms[room]:
            return
        self.world.stuck.add(to)
        heard = self.world.say(sid, "signal", room=room, to=to, kind="custom", data=0)
        assert any(message.get("reason") == "slow" for message in heard)
        self.follow(sid, heard)
        self.forget(whom)

    @rule(who=SIDS, frame=st.one_of(st.text(max_size=20), st.binary(max_size=20)))
    def say_nonsense(self, who, frame):
        (error,) = self.world.send(self.sid(who), frame)
        assert error["code"] == 400

    def forget(self, who):
        sid = self.alive.pop(who)
        for sids in self.rooms.values():
            if sid in sids:
                sids.remove(sid)

    def follow(self, sid, messages):
        for message in messages:
            match message["t"]:
                case "peer.join":
                    self.seen[sid][message["room"]].add(message["peer"])
                case "peer.leave":
                    self.seen[sid][message["room"]].remove(message["peer"])
                case "signal":
                    self.heard[message["from"], sid].append((message["room"], message["data"]))

    @invariant()
    def members_see_each_other_exactly(self):
        for sid in self.alive.values():
            self.follow(sid, self.world.take(sid))
        for sid in self.alive.values():
            truth = {name: set(sids) for name, sids in self.rooms.items() if sid in sids}
            assert self.seen[sid] == truth

    @invariant()
    def signals_arrive_in_order_and_only_where_they_were_sent(self):
        for pair, numbers in self.heard.items():
            assert numbers == self.expected[pair]

    @invariant()
    def no_empty_room_is_kept(self):
        occupied = sum(1 for sids in self.rooms.values() if sids)
        assert self.world.backplane.rooms == self.world.hub.rooms == occupied


def test_any_sequence_of_joins_leaves_and_signals_keeps_the_rooms_consistent(make_world):
    class MembersHere(Members):
        pass

    MembersHere.make_world = staticmethod(make_world)
    run_state_machine_as_test(
        MembersHere,
        settings=settings(max_examples=40, stateful_step_count=40, deadline=None),
    )


@pytest.mark.parametrize("others", [0, 200])
def test_a_join_tells_only_its_own_room_however_many_others_there_are(make_world, others):
    world = make_world()
    for number in range(others):
        world.member(f"other-{number}", f"room-{number}")
    world.member("alice", "r")
    world.member("bob")
    (asked,) = world.hub.receive_frame("bob", json.dumps({"t": "join", "room": "r"}), world.now)
    (order,) = world.hub.receive_gate_report(world.gate.carry(asked)[0])
    (report,) = world.backplane.carry(order)
    outputs = world.hub.receive_report(report)
    assert [each.cid for each in outputs if isinstance(each, Deliver)] == ["bob", "alice"]
