"""Clients that do anything in any order, and what has to hold whatever they do (for hypothesis)."""

from collections import defaultdict

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from signaling.settings import Limits, Settings
from tests.signaling.manynodes import Client, ManyNodes

NAMES = ("ada", "ben", "cleo", "dan")
WHO = st.sampled_from(NAMES)
ROOM = st.sampled_from(["red", "green"])
NODE = st.integers(0, 2)
TURNS = st.lists(st.integers(0, 10**6), min_size=1, max_size=10)
LIMITS = Limits(
    burst=10**6, joins_burst=10**6, peers=3, rooms=2, ring=12, ring_bytes=4000, rings=9000
)


def effort(examples: int, steps: int) -> settings:
    """How long to look for trouble."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )


class Members(RuleBasedStateMachine):
    """Four clients that can come back, two rooms for three, and a small ring for each session."""

    nodes: tuple[str, ...] = ("n1",)

    @initialize(seed=st.integers(0, 2**31))
    def begin(self, seed: int) -> None:
        self.seed = seed
        self.names = list(self.nodes)
        self.dead: list[str] = []
        self.turn: int | None = None
        self.world = ManyNodes(self.nodes, Settings(limits=LIMITS, resume_key=b"key"), self._choose)
        self.clients = {name: self.world.client(name) for name in NAMES}
        self.last_node: dict[str, str] = {}
        self.sent = 0
        self.log: dict[int, tuple[Client, int, Client, int, int, bool]] = {}
        self.answers: dict[int, str] = {}
        self.heard: dict[int, str] = {}
        self.order: dict[tuple[str, str, str], list[int]] = defaultdict(list)
        for number, client in enumerate(self.clients.values()):
            client.connect(self.names[number % len(self.names)])
            client.read()
            client.say("join", room="red")
            client.say("join", room="green")
            self.world.settle()
            client.read()
            client.got.clear()

    def _choose(self, count: int) -> int:
        if self.turn is not None:
            return self.turn % count
        self.seed = (self.seed * 1103515245 + 12345) % 2**31
        return (self.seed >> 8) % count

    # --- what clients do --------------------------------------------------------------------------

    @rule(who=WHO, node=NODE, read=st.integers(0, 5), turns=TURNS)
    def connect(self, who: str, node: int, read: int, turns: list[int]) -> None:
        client = self.clients[who]
        client.lose(read=read)
        client.connect(self.names[node % len(self.names)])
        self.let_things_happen(turns)

    @rule(who=WHO, room=ROOM)
    def come_again_and_join(self, who: str, room: str) -> None:
        client = self.clients[who]
        if client.node is None or client.is_muted:
            client.connect(self.names[0])
        self.world.settle()
        self._read(client)
        client.say("join", room=room)
        self.world.settle()
        self._read(client)

    @rule(who=WHO, sends=st.lists(st.tuples(WHO, WHO, ROOM), max_size=6), turns=TURNS)
    def talk(self, who: str, sends: list[tuple[str, str, str]], turns: list[int]) -> None:
        for sender, receiver, room in sends:
            self.signal(sender, receiver, room, 0)
            self.signal(receiver, sender, room, 0)
        self.let_things_happen(turns)
        self._read(self.clients[who])

    @rule(who=WHO, read=st.integers(0, 5))
    def lose(self, who: str, read: int) -> None:
        self.clients[who].lose(read=read)

    @rule(who=WHO, how=st.sampled_from(["close", "bye", "oversize", "mute", "stop reading"]))
    def misbehave(self, who: str, how: str) -> None:
        client = self.clients[who]
        if client.node is None or not client.sid:
            return
        match how:
            case "mute":
                client.is_muted = True
            case "stop reading":
                client.node.stuck.add(client.cid)
            case "close":
                client.lose(1000)
            case "bye":
                client.say("bye")
            case _:
                node, huge = client.node, "x" * 70000
                outputs = node.hub.receive_frame(client.cid, huge, self.world.now)
                self.world.carry_out(node, outputs)

    @rule(who=WHO)
    def read(self, who: str) -> None:
        self._read(self.clients[who])

    @rule(
        who=WHO,
        whom=WHO,
        room=ROOM,
        what=st.sampled_from(["join", "leave", "state", "lock", "kick"]),
    )
    def ask(self, who: str, whom: str, room: str, what: str) -> None:
        fields = {"kick": {"peer": whom}, "state": {"meta": {"of": whom}}}.get(what, {})
        if what == "lock":
            fields = {"locked": who < whom}
        if self.clients[who].sid:
            self.clients[who].say(what, room=room, **fields)

    @rule(who=WHO, whom=WHO, room=ROOM, size=st.sampled_from([0, 0, 0, 600]))
    def signal(self, who: str, whom: str, room: str, size: int) -> None:
        sender, receiver = self.clients[who], self.clients[whom]
        if not sender.sid:
            return
        self.sent += 1
        number = self.sent
        self.log[number] = (
            sender, sender.starts, receiver, receiver.turns, sender.partings[whom], room in receiver.rooms
        )  # fmt: skip
        fields = {"id": number, "mid": f"m{number}", "data": [number, "x" * size]}
        sender.say("signal", room=room, to=whom, kind="custom", **fields)

    @rule(who=WHO, node=NODE)
    def come_back_with_an_old_token(self, who: str, node: int) -> None:
        victim = self.clients[who]
        self._read(victim)
        if not victim.old_tokens or victim.is_muted or not victim.is_welcomed:
            return
        if victim.node is None or self._is_stuck(victim):
            return
        before = (victim.sid, victim.starts)
        thief = self.world.client("thief")
        thief.token, thief.seq = victim.old_tokens[-1], victim.seq
        thief.connect(self.names[node % len(self.names)])
        self.world.settle()
        thief.read()
        assert thief.sid != victim.sid
        assert (victim.sid, victim.starts) == before
        thief.lose(1000)

    @rule(who=WHO, frame=st.one_of(st.text(max_size=9), st.binary(max_size=9)))
    def say_nonsense(self, who: str, frame: str | bytes) -> None:
        client = self.clients[who]
        node = client.node
        if node is not None and client.sid and not client.is_muted:
            outputs = node.hub.receive_frame(client.cid, frame, self.world.now)
            self.world.carry_out(node, outputs)

    # --- what happens meanwhile -------------------------------------------------------------------

    @rule(turns=TURNS)
    def let_things_happen(self, turns: list[int]) -> None:
        for turn in turns:
            self.turn = turn
            self.world.step()
        self.turn = None

    @rule(seconds=st.sampled_from([0.1, 1.0, 2.5, 20.0, 31.0]))
    def pass_time(self, seconds: float) -> None:
        self.world.pass_time(seconds)

    @rule(node=NODE, seldom=st.integers(0, 3), lost=st.integers(0, 4))
    def let_a_node_die(self, node: int, seldom: int, lost: int) -> None:
        """Kill a node and start another in its place; what it had to pass on is lost with it.

        So is some of what it said last.
        """
        if seldom or len(self.names) == 1:
            return
        name = self.names[node % len(self.names)]
        self.world.kill(name, lost=lost)
        self.dead.append(name)
        self.names[node % len(self.names)] = f"{name}+"
        self.world.start(f"{name}+")

    # --- what has to hold -------------------------------------------------------------------------

    def _read(self, client: Client) -> None:
        if client.node is not None and client.cid in client.node.stuck:
            return
        client.read()
        for message in client.got:
            self._note(client, message)
        client.got.clear()

    def _note(self, client: Client, message: dict) -> None:
        match message["t"]:
            case "signal":
                number = message["data"][0]
                assert number not in self.heard, f"signal {number} came twice"
                self.heard[number] = client.sid
                sender, starts, *_ = self.log[number]
                key = (f"{sender.name}{starts}", f"{client.sid}", message["room"])
                assert not self.order[key] or self.order[key][-1] < number, "out of order"
                self.order[key].append(number)
            case "undelivered":
                self.answers[int(message["mid"][1:])] = "undelivered"
            case "ok" | "error" if "id" in message:
                self.answers.setdefault(message["id"], message["t"])

    @rule()
    def let_the_dust_settle(self) -> None:
        if self.dead:
            self.world.pass_time(61.0)
        for name in self.dead:
            self.world.sweep(name)
        for _ in range(3):
            self.world.settle()
            for client in self.clients.values():
                self._read(client)
            self.world.pass_time(3.1)
        self.world.settle()
        for client in self.clients.values():
            self._read(client)
        self._members_are_those_who_did_not_leave()
        self._members_see_each_other_exactly()
        self._signals_arrived_or_are_known_not_to()

    def _members_are_those_who_did_not_leave(self) -> None:
        sessions = {
            sid: (node.name, session)
            for node in self.world.nodes.values()
            for sid, session in node.hub._state.sessions.items()
        }
        for name, copy in self.world.membership.rooms.items():
            assert len(copy.members) <= LIMITS.peers
            for member in copy.members.values():
                assert member.sid in sessions, f"{member.peer} was left behind in {name}"
                node, session = sessions[member.sid]
                assert member.node == node
                assert name in session.rooms
        for sid, (_, session) in sessions.items():
            assert len(session.rooms) <= LIMITS.rooms
            for room in session.rooms:
                assert self.world.membership.rooms[room].members[session.peer].sid == sid

    def _members_see_each_other_exactly(self) -> None:
        for client in self.clients.values():
            if client.node is None or client.cid in client.node.stuck or client.is_muted:
                continue
            truth = {
                name: {
                    each.peer: each.state.value
                    for each in copy.members.values()
                    if each.sid != client.sid
                }
                for name, copy in self.world.membership.rooms.items()
                if any(each.sid == client.sid for each in copy.members.values())
            }
            assert client.rooms == truth, (client.name, client.rooms, truth)

    def _signals_arrived_or_are_known_not_to(self) -> None:
        for number, (sender, starts, receiver, turns, partings, was_in) in list(self.log.items()):
            if sender.node is None or receiver.node is None:
                continue
            if sender.is_muted or receiver.is_muted or self._is_stuck(sender, receiver):
                continue
            del self.log[number]
            if sender.starts != starts or self.heard.get(number) or receiver.turns != turns:
                continue
            if sender.partings[receiver.name] != partings:
                continue  # it was for a session that was over, as its sender has heard
            answer = self.answers.get(number)
            assert answer in ("undelivered", "error") or not was_in, f"{number}: {answer}"

    def _is_stuck(self, *clients: Client) -> bool:
        return any(each.node is not None and each.cid in each.node.stuck for each in clients)

    @invariant()
    def limits_hold(self) -> None:
        for node in self.world.nodes.values() if hasattr(self, "world") else ():
            state = node.hub._state
            rings = [each.ring for each in state.sessions.values() if each.ring is not None]
            assert state.kept == sum(ring.size for ring in rings)
            assert all(len(ring.frames) <= LIMITS.ring + 1 for ring in rings)
            assert all(each.here for each in state.rooms.values())

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.let_the_dust_settle()
