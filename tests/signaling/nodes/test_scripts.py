"""Every script does what the reference (`signaling.membership`) says, on a real server."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signaling.membership import Membership
from signaling.messages import LeaveReason, MemberState, Role, Topology
from signaling.nodes import calls, codec, scripts
from signaling.nodes.admin import read_room
from signaling.nodes.calls import Call
from signaling.nodes.letters import Rooms
from signaling.orders import (
    Copy,
    Duplicates,
    Enter,
    Exit,
    Mark,
    Member,
    Order,
    Rehome,
    Revise,
    SetLock,
    Terms,
)
from signaling.reports import Report
from tests.signaling.nodes.redisserver import RedisServer

NODES = ("n1", "n2", "n3")
ROOMS = ("r", "s")
SIDS = tuple("abcdef")

Reports = dict[str, list[Report]]


class Rig:
    """A deployment of its own on the server, driven without a backplane."""

    def __init__(self, client: redis.Redis) -> None:
        self.client = client
        self.prefix = "{" + uuid.uuid4().hex + "}:"
        self.lives: dict[str, str] = {}
        self.inbox = client.pubsub(ignore_subscribe_messages=True)
        self.inbox.psubscribe(f"{self.prefix}*")
        self.inbox.get_message(timeout=1.0)
        for node in NODES:
            self.register(node)

    def close(self) -> None:
        self.inbox.close()

    def register(self, node: str, *, run: str = "run", roster: tuple[str, ...] = ()) -> list:
        call = calls.register(self.lives.get(node, ""), node, 60.0, list(roster))
        result = self.run(node, call, server=run)
        if result[0] == b"OK":
            self.lives[node] = result[1].decode()
        return result

    def run(self, node: str, call: Call, *, server: str = "run") -> object:
        header = (self.prefix, server, node, self.lives.get(node, ""), call.arguments)
        digest, key = scripts.digest(call.script), f"{self.prefix}run"
        try:
            return self.client.evalsha(digest, 1, key, *header)
        except redis.exceptions.NoScriptError:
            self.client.script_load(scripts.source(call.script))
            return self.client.evalsha(digest, 1, key, *header)

    def told(self) -> Reports:
        """What all nodes were told since the last time."""
        self.client.publish(f"{self.prefix}end", "")
        found: Reports = defaultdict(list)
        while (message := self.inbox.get_message(timeout=5.0)) is None or message["data"]:
            if message is None or message["type"] != "pmessage":
                continue
            letter = codec.decode(message["data"])
            if isinstance(letter, Rooms):
                node = message["channel"].decode().rpartition(":")[2]
                found[node] += map(codec.read_report, letter.reports)
        return found

    def room(self, name: str) -> tuple | None:
        seen = read_room(name, self.client.hgetall(f"{self.prefix}room:{name}"))
        return None if seen is None else (seen.members, seen.terms, seen.rev)

    def expire(self, node: str) -> None:
        self.client.zadd(f"{self.prefix}leases", {node: 1})


@pytest.fixture(scope="module")
def client(redis_server: RedisServer) -> Iterator[redis.Redis]:
    with redis_server.client as client:
        yield client


@pytest.fixture
def rig(client: redis.Redis) -> Iterator[Rig]:
    rig = Rig(client)
    yield rig
    rig.close()


def member(sid: str, node: str = "n1", **more: object) -> Member:
    return Member(peer=more.pop("peer", sid), sid=sid, node=node, meta={"by": sid}, **more)


def enter(sid: str, node: str = "n1", room: str = "r", **more: object) -> Enter:
    return Enter(room, member(sid, node), Terms(4), 1, **more)


rooms, sids = st.sampled_from(ROOMS), st.sampled_from(SIDS)
peers = st.sampled_from(("ann", "bob", "cem", "dag"))
terms = st.builds(
    Terms,
    max=st.integers(0, 4),
    topology=st.sampled_from(Topology),
    key=st.sampled_from(("", "k")),
    locked=st.booleans(),
)
members = st.builds(
    Member,
    peer=peers,
    sid=sids,
    node=st.sampled_from(NODES),
    meta=st.dictionaries(
        st.text(max_size=3),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        max_size=2,
    ),
    role=st.sampled_from(Role),
    subject=st.sampled_from(("", "", "u", "v")),
)
orders = st.one_of(
    *[
        st.builds(
            Enter,
            room=rooms,
            member=members,
            terms=terms,
            request=st.none() | st.integers(0, 9),
            instead_of=st.none() | sids,
            duplicates=st.sampled_from(Duplicates),
            opener_is_host=st.booleans(),
        )
    ]
    * 3,
    st.builds(
        Exit,
        room=rooms,
        peer=peers,
        sid=sids,
        reason=st.sampled_from(LeaveReason),
        by=peers,
        msg=st.text(max_size=3),
        heir=st.booleans(),
    ),
    st.builds(Revise, room=rooms, peer=peers, sid=sids, meta=st.just({"k": 1})),
    st.builds(Mark, room=rooms, peer=peers, sid=sids, state=st.sampled_from(MemberState)),
    st.builds(SetLock, room=rooms, peer=peers, sid=sids, locked=st.booleans()),
    st.builds(Rehome, room=rooms, peer=peers, sid=sids, node=st.sampled_from(NODES)),
)


def aimed(order: Order, reference: Membership, pick: int) -> Order:
    """Let most orders meet a member that is there: by chance they rarely would."""
    copy = reference.rooms.get(order.room)
    if copy is None or isinstance(order, Enter) or pick == 0:
        return order
    found = list(copy.members.values())[pick % len(copy.members)]
    return replace(order, peer=found.peer, sid=found.sid)


def source_of(order: Order, reference: Membership) -> str:
    if isinstance(order, Enter):
        return order.member.node
    return order.node if isinstance(order, Rehome) else "n1"


def expected(addressed: list[tuple[str, Report]]) -> Reports:
    found: Reports = defaultdict(list)
    for node, report in addressed:
        found[node].append(report)
    return found


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=st.lists(st.tuples(orders, st.integers(0, 3)), min_size=5, max_size=25))
def test_any_orders_have_the_same_reports_and_the_same_rooms(
    plan: list[tuple[Order, int]], client: redis.Redis
) -> None:
    rig, reference = Rig(client), Membership()
    try:
        for each, pick in plan:
            order = aimed(each, reference, pick)
            source = source_of(order, reference)
            assert rig.run(source, calls.carry(order)) == b"OK"
            assert rig.told() == expected(reference.apply(order, source)), order
        for name in ROOMS:
            copy = reference.rooms.get(name)
            truth = copy and (tuple(copy.members.values()), copy.terms, copy.rev)
            assert rig.room(name) == truth
    finally:
        rig.close()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(plan=st.lists(st.tuples(orders, st.integers(0, 3)), min_size=5, max_size=15))
def test_a_dead_node_is_reaped_and_buried_as_in_the_reference(
    plan: list[tuple[Order, int]], client: redis.Redis
) -> None:
    rig, reference = Rig(client), Membership()
    try:
        for each, pick in plan:
            order = aimed(each, reference, pick)
            source = source_of(order, reference)
            rig.run(source, calls.carry(order))
            reference.apply(order, source)
        rig.told()
        corpse = f"n3:{rig.lives['n3']}"
        for script, truth in (
            (calls.reap(corpse, 0.0), reference.bury("n3", 0.0)),
            (calls.BURY, reference.sweep("n3")),
        ):
            rig.expire("n3")
            assert rig.run("n1", script) == b"OK"
            assert rig.run("n2", script) == b"OK"
            told, foreseen = rig.told(), expected(truth)
            for node in ("n1", "n2"):
                for room in ROOMS:
                    theirs = [report for report in foreseen[node] if report.room == room]
                    assert [report for report in told[node] if report.room == room] == theirs
    finally:
        rig.close()


def test_an_order_of_a_node_that_was_given_up_is_not_carried_out(rig: Rig) -> None:
    rig.expire("n2")
    rig.run("n1", calls.reap(f"n2:{rig.lives['n2']}", 30.0))
    assert rig.run("n2", calls.carry(enter("a", "n2"))) == b"FENCED"
    assert rig.room("r") is None


def test_an_order_for_another_server_is_not_carried_out(rig: Rig) -> None:
    assert rig.run("n1", calls.carry(enter("a")), server="another") == b"CHANGED"
    assert rig.room("r") is None


def test_a_living_node_is_not_reaped(rig: Rig) -> None:
    rig.run("n2", calls.carry(enter("a", "n2")))
    rig.run("n1", calls.reap(f"n2:{rig.lives['n2']}", 30.0))
    members, _, _ = rig.room("r")
    assert members[0].state is MemberState.HERE


def test_a_name_is_had_by_one_living_node(rig: Rig) -> None:
    mine = rig.lives.pop("n2")
    assert rig.register("n2")[0] == b"TAKEN"
    rig.expire("n2")
    assert rig.register("n2")[0] == b"OK"
    assert int(rig.lives["n2"]) > int(mine)


def test_the_names_of_a_dead_node_are_free_and_its_members_may_be_taken_over(rig: Rig) -> None:
    for sid in ("a", "b"):
        rig.run("n2", calls.carry(enter(sid, "n2")))
    rig.expire("n2")
    rig.run("n1", calls.reap(f"n2:{rig.lives['n2']}", 30.0))
    heir = replace(enter("c", "n1", instead_of="b"), member=member("c", "n1", peer="b"))
    thief = replace(enter("d", "n1"), member=member("d", "n1", peer="a"))
    rig.run("n1", calls.carry(heir))
    rig.run("n1", calls.carry(thief))
    members, _, _ = rig.room("r")
    assert {(each.peer, each.sid) for each in members} == {("b", "c"), ("a", "d")}


def test_an_empty_server_is_told_again_who_is_where(rig: Rig) -> None:
    rig.run("n1", calls.carry(enter("a", "n1")))
    rig.run("n2", calls.carry(enter("b", "n2")))
    members, terms, rev = rig.room("r")
    rig.client.delete(*rig.client.keys(f"{rig.prefix}*".replace("{", "?").replace("}", "?")))
    copy = reference_copy(members, terms, rev)
    rig.register("n1", run="new", roster=("n1", "n2"))
    assert rig.run("n1", calls.restore("r", copy, [members[0]], [], []), server="new") == b"OK"
    assert rig.run("n1", calls.RESTORED, server="new") == b"OK"
    rig.told()
    rig.run("n1", calls.carry(enter("z", "n1")), server="new")
    turned = rig.told()["n1"][0]
    assert (turned.code, turned.retry_after) == (503, 1.0)
    rig.register("n2", run="new", roster=("n1", "n2"))
    rig.run("n2", calls.restore("r", copy, [members[1]], [], []), server="new")
    rig.run("n2", calls.RESTORED, server="new")
    again, terms_again, rev_again = rig.room("r")
    assert (again, terms_again) == (members, terms)
    assert rev_again > rev
    rig.run("n1", calls.carry(enter("z", "n1")), server="new")
    assert {each.sid for each in rig.room("r")[0]} == {"a", "b", "z"}


def reference_copy(members: tuple, terms: Terms, rev: int):
    return Copy(terms, {each.peer: each for each in members}, rev)


def test_restoring_twice_changes_nothing(rig: Rig) -> None:
    rig.run("n1", calls.carry(enter("a", "n1")))
    members, terms, rev = rig.room("r")
    rig.told()
    copy = reference_copy(members, terms, rev)
    rig.run("n1", calls.restore("r", copy, list(members), [rig.lives["n1"]], []))
    assert rig.room("r") == (members, terms, rev)
    assert not rig.told()


def test_whom_a_node_does_not_name_when_it_comes_again_is_taken_out(rig: Rig) -> None:
    rig.run("n1", calls.carry(enter("a", "n1")))
    rig.run("n1", calls.carry(enter("b", "n1")))
    rig.run("n2", calls.carry(enter("c", "n2")))
    members, terms, rev = rig.room("r")
    copy = reference_copy(members, terms, rev)
    rig.run("n1", calls.restore("r", copy, [members[1]], [rig.lives["n1"]], []))
    assert [each.sid for each in rig.room("r")[0]] == ["b", "c"]


def test_a_session_that_has_moved_is_not_taken_back(rig: Rig) -> None:
    rig.run("n1", calls.carry(enter("a", "n1")))
    members, terms, rev = rig.room("r")
    rig.run("n2", calls.carry(Rehome("r", "a", "a", "n2")))
    copy = reference_copy(members, terms, rev)
    rig.run("n1", calls.restore("r", copy, list(members), [rig.lives["n1"]], []))
    assert rig.room("r")[0][0].node == "n2"


def test_of_two_with_one_name_the_older_stays_when_a_server_is_told_again(rig: Rig) -> None:
    rig.register("n1", run="new", roster=("n1", "n2"))
    rig.register("n2", run="new", roster=("n1", "n2"))
    young, old = member("a", "n1", peer="x", since=7), member("b", "n2", peer="x", since=3)
    for node, each in (("n1", young), ("n2", old)):
        copy = reference_copy((each,), Terms(4), 9)
        rig.run(node, calls.restore("r", copy, [each], [], []), server="new")
    assert [each.sid for each in rig.room("r")[0]] == ["b"]


def test_renewing_says_who_lives_and_who_does_not(rig: Rig) -> None:
    rig.expire("n3")
    status, restoring, due, living, dead = rig.run("n1", calls.renew(60.0, "n1"))
    assert (status, restoring, due) == (b"OK", 0, 0)
    assert sorted(living) == [b"n1", b"n2"]
    assert dead == [f"n3:{rig.lives['n3']}".encode()]


def test_a_node_that_leaves_is_not_missed(rig: Rig) -> None:
    rig.run("n3", calls.UNREGISTER)
    assert sorted(rig.run("n1", calls.renew(60.0, "n1"))[3]) == [b"n1", b"n2"]
    assert rig.register("n3")[0] == b"OK"
