"""A node among others: with the server there, away, empty or new; alive, dead, or asleep."""

import random

import pytest

from signaling.codes import ErrorCode
from signaling.messages import LeaveReason, MemberState, Ok
from signaling.nodes.stages import Stage
from signaling.orders import (
    Claim,
    Enter,
    Exit,
    HandOver,
    Mark,
    Member,
    Rehome,
    Relay,
    Revise,
    Terms,
)
from signaling.reports import (
    Arrived,
    Claimed,
    Departed,
    Entered,
    HandedOver,
    Marked,
    Missed,
    Moved,
    Promoted,
    Reach,
    Relayed,
    Resynced,
    Revised,
    Turned,
)
from tests.signaling.nodes.fleet import Fleet


def enter(sid: str, node: str, room: str = "r", request: int | None = None) -> Enter:
    return Enter(room, Member(sid, sid, node, {}), Terms(16), request)


def exit_of(sid: str, room: str = "r") -> Exit:
    return Exit(room, sid, sid, LeaveReason.LEFT)


@pytest.fixture
def fleet() -> Fleet:
    """Ann on node a, bob on node b, both in one room."""
    fleet = Fleet("a", "b")
    fleet.settle(1.0)
    fleet.order("a", enter("ann", "a"))
    fleet.settle()
    fleet.order("b", enter("bob", "b"))
    fleet.settle()
    for node in fleet.nodes.values():
        node.heard.clear()
    return fleet


def heard(fleet: Fleet, name: str, kind: type | tuple = object) -> list:
    return [each for each in fleet.nodes[name].heard if isinstance(each, kind)]


def members(fleet: Fleet, room: str = "r") -> dict[str, Member]:
    copy = fleet.store.membership.rooms.get(room)
    return {} if copy is None else copy.members


def test_newcomers_are_told_of_and_messages_carried() -> None:
    fleet = Fleet("a", "b")
    fleet.order("a", enter("ann", "a"))
    fleet.settle()
    fleet.order("b", enter("bob", "b"))
    fleet.settle()
    assert [each.member.sid for each in heard(fleet, "a", Arrived)] == ["bob"]
    assert [each.others[0].sid for each in heard(fleet, "b", Entered)] == ["ann"]
    fleet.order("a", Relay("b", "bob", Ok(id=1)))
    fleet.order("a", Relay("b", "bob", Ok(id=2)))
    fleet.settle()
    assert [each.message.id for each in heard(fleet, "b", Relayed)] == [1, 2]


def test_what_is_said_before_an_exit_arrives_before_it(fleet: Fleet) -> None:
    fleet.order("a", Relay("b", "bob", Ok(id=1)))
    fleet.order("a", exit_of("ann"))
    fleet.settle()
    assert [type(each) for each in heard(fleet, "b")] == [Relayed, Departed, Promoted]


def test_while_the_server_is_away_nobody_comes_in_and_the_rest_goes_on(fleet: Fleet) -> None:
    fleet.order("a", enter("amy", "a"))
    fleet.settle()
    fleet.reachable = False
    fleet.order("a", Mark("r", "amy", "amy", MemberState.GONE, 30.0))
    fleet.settle()
    assert heard(fleet, "a", Reach) == [Reach(up=False)]
    fleet.order("a", enter("eve", "a", request=5))
    turned = heard(fleet, "a", Turned)[-1]
    assert (turned.code, turned.request) == (ErrorCode.UNAVAILABLE, 5)
    assert turned.retry_after
    fleet.order("a", Revise("r", "ann", "ann", {"k": 1}))
    fleet.order("a", exit_of("amy"))
    assert [type(each) for each in heard(fleet, "a", (Marked, Revised, Departed))] == [
        Marked,
        Revised,
        Departed,
    ]
    fleet.reachable = True
    fleet.settle(1.0)
    assert heard(fleet, "a", Reach)[-1] == Reach(up=True)
    assert set(members(fleet)) == {"ann", "bob"}
    assert members(fleet)["ann"].meta == {"k": 1}
    told = heard(fleet, "b", Resynced)[-1]
    assert {each.sid for each in told.members} == {"ann", "bob"}


@pytest.mark.parametrize("empty", [True, False])
def test_a_new_server_is_told_again_and_everybody_agrees(fleet: Fleet, *, empty: bool) -> None:
    fleet.restart_server(empty=empty)
    fleet.settle(1.0)
    assert fleet.are_up()
    assert set(members(fleet)) == {"ann", "bob"}
    for name in "ab":
        assert not heard(fleet, name, Departed)
        told = heard(fleet, name, Resynced)
        assert {each.sid for each in told[-1].members} == {"ann", "bob"}
        assert all(len(each.members) == 2 for each in told)
    fleet.order("a", enter("amy", "a"))
    fleet.settle()
    assert heard(fleet, "b", Arrived)[-1].member.sid == "amy"


def test_an_empty_server_waits_for_the_nodes_it_was_told_of_but_not_for_ever(fleet: Fleet) -> None:
    fleet.nodes["b"].paused = True
    fleet.restart_server(empty=True)
    fleet.settle(2.0)
    assert fleet.nodes["a"].core.stage is Stage.RESTORING
    assert not heard(fleet, "a", (Departed, Resynced))
    fleet.settle(3.0)
    assert fleet.nodes["a"].core.stage is Stage.UP
    assert [each.sid for each in heard(fleet, "a", Resynced)[-1].members] == ["ann"]
    fleet.nodes["b"].paused = False
    fleet.settle(2.0)
    assert set(members(fleet)) == {"ann", "bob"}
    assert {each.sid for each in heard(fleet, "a", Resynced)[-1].members} == {"ann", "bob"}


def test_a_death_is_noticed_within_five_seconds_and_the_dead_leave_after_their_grace(
    fleet: Fleet,
) -> None:
    fleet.kill("b")
    fleet.settle(5.1)
    assert [each.state for each in heard(fleet, "a", Marked)] == [MemberState.GONE]
    assert heard(fleet, "a", Marked)[0].grace == 30.0
    fleet.settle(29.0)
    assert not heard(fleet, "a", Departed)
    fleet.settle(2.5)
    assert [(e.sid, e.reason) for e in heard(fleet, "a", Departed)] == [("bob", LeaveReason.LOST)]
    assert set(members(fleet)) == {"ann"}


def test_one_who_slept_too_long_notices_and_comes_in_again(fleet: Fleet) -> None:
    fleet.nodes["b"].paused = True
    fleet.settle(8.0)
    assert heard(fleet, "a", Marked)[-1].state is MemberState.GONE
    fleet.order("a", Relay("b", "bob", Ok(id=1)))
    fleet.settle()
    fleet.nodes["b"].paused = False
    fleet.settle(3.0)
    assert heard(fleet, "b", Reach) == [Reach(up=False), Reach(up=True)]
    assert members(fleet)["bob"].state is MemberState.HERE
    fleet.order("a", Relay("b", "bob", Ok(id=2)))
    fleet.settle(2.0)
    missed = [each.sid for each in heard(fleet, "b", Missed)]
    assert [each.message.id for each in heard(fleet, "b", Relayed)] == [2]
    assert missed == ["bob"]


def test_one_who_slept_beyond_the_grace_learns_that_it_is_out(fleet: Fleet) -> None:
    fleet.nodes["b"].paused = True
    fleet.settle(40.0)
    fleet.order("a", enter("bob", "a"))
    fleet.settle()
    assert heard(fleet, "a", Entered)
    fleet.nodes["b"].paused = False
    fleet.settle(3.0)
    assert set(members(fleet)) == {"ann", "bob"}


def test_a_name_taken_meanwhile_stays_taken(fleet: Fleet) -> None:
    fleet.nodes["b"].paused = True
    fleet.settle(40.0)
    fleet.order("a", Enter("r", Member("bob", "thief", "a", {}), Terms(16), None))
    fleet.settle()
    fleet.nodes["b"].paused = False
    fleet.settle(3.0)
    out = heard(fleet, "b", Departed)[-1]
    assert (out.sid, out.reason) == ("bob", LeaveReason.REPLACED)
    assert members(fleet)["bob"].sid == "thief"


def test_a_restarted_node_of_the_same_name_is_another(fleet: Fleet) -> None:
    fleet.kill("b")
    fleet.start("b")
    fleet.settle(6.0)
    assert fleet.are_up() or heard(fleet, "b")
    fleet.settle(3.0)
    assert heard(fleet, "a", Marked)[-1].state is MemberState.GONE
    heir = Enter("r", Member("bob", "heir", "b", {}), Terms(16), None, instead_of="bob")
    fleet.order("b", heir)
    fleet.settle()
    assert members(fleet)["bob"].sid == "heir"


def test_a_broken_connection_with_the_orders_carried_out_or_not_is_the_same(fleet: Fleet) -> None:
    for unheard in (0, 1, 2):
        fleet.order("a", enter(f"x{unheard}", "a", request=unheard))
        fleet.order("a", exit_of("ann"))
        fleet.cut(fleet.nodes["a"], unheard=unheard)
        fleet.settle(1.0)
        assert heard(fleet, "a", Turned)[-1].code is ErrorCode.UNAVAILABLE
        assert set(members(fleet)) == {"bob"}
    assert {each.sid for each in heard(fleet, "b", Resynced)[-1].members} == {"bob"}


def test_who_waits_too_long_is_turned_away_and_is_not_in(fleet: Fleet) -> None:
    node = fleet.nodes["a"]
    fleet.order("a", enter("amy", "a", request=3))
    taken = node.core.take()
    fleet.now += 2.0
    node.heard += node.core.handle_timer(fleet.now)
    turned = heard(fleet, "a", Turned)[-1]
    assert (turned.code, turned.request) == (ErrorCode.BUS_TIMEOUT, 3)
    for each in (*taken, *node.core.take()):
        fleet._evaluate(node, each)
    fleet.settle()
    assert set(members(fleet)) == {"ann", "bob"}
    assert not heard(fleet, "a", Entered)


def test_a_lost_letter_of_a_room_is_noticed_by_the_next_and_by_the_beat(fleet: Fleet) -> None:
    for last in ("amy", "eve"):
        fleet.order("b", enter(last, "b"))
        fleet.nodes["b"].core.receive_order(exit_of("bob"), fleet.now)
        for each in fleet.nodes["b"].core.take():
            fleet._evaluate(fleet.nodes["b"], each)
        fleet.nodes["a"].inbox.clear()
        fleet.settle(1.2)
        assert last in {each.sid for each in heard(fleet, "a", Resynced)[-1].members}


def test_a_session_moves_from_node_to_node(fleet: Fleet) -> None:
    fleet.settle(1.0)
    fleet.order("a", Claim("b", "bob", 1, 5, "c1"))
    fleet.settle()
    assert heard(fleet, "b", Claimed) == [Claimed("a", "bob", 1, 5, "c1")]
    fleet.order("b", HandOver("a", "c1", b"state"))
    fleet.settle()
    assert heard(fleet, "a", HandedOver) == [HandedOver("c1", b"state")]
    fleet.order("a", Rehome("r", "bob", "bob", "a"))
    fleet.settle()
    assert {each.node for each in heard(fleet, "a", Resynced)[-1].members} == {"a"}
    assert heard(fleet, "b", Moved)
    fleet.settle(15.0)
    assert set(members(fleet)) == {"ann", "bob"}


def test_a_session_that_moved_into_nothing_leaves(fleet: Fleet) -> None:
    fleet.settle(1.0)
    fleet.order("a", Claim("b", "bob", 1, 5, "c1"))
    fleet.settle()
    fleet.order("b", HandOver("a", "c1", b"state"))
    fleet.kill("a")
    fleet.settle(12.0)
    assert "bob" not in members(fleet)


def test_a_session_of_a_dead_node_cannot_be_had(fleet: Fleet) -> None:
    fleet.order("a", Claim("z", "bob", 1, 5, "c1"))
    assert heard(fleet, "a", HandedOver) == [HandedOver("c1", None)]
    fleet.settle(1.0)
    fleet.kill("b")
    fleet.order("a", Claim("b", "bob", 1, 5, "c2"))
    fleet.settle(2.1)
    assert heard(fleet, "a", HandedOver)[-1] == HandedOver("c2", None)


def test_a_rehomed_member_that_is_out_of_its_room_hears_so(fleet: Fleet) -> None:
    fleet.order("a", Rehome("q", "bob", "bob", "a"))
    fleet.settle()
    assert [each.room for each in heard(fleet, "a", Departed)] == ["q"]


def test_a_node_that_goes_says_so() -> None:
    fleet = Fleet("a", "b")
    fleet.settle(1.0)
    fleet.nodes["b"].core.leave()
    fleet.run()
    fleet.kill("b")
    fleet.settle(1.1)
    assert fleet.nodes["a"].core.living == {"a"}


def test_messages_to_oneself_take_no_way_round() -> None:
    fleet = Fleet("a")
    fleet.order("a", Relay("a", "ann", Ok(id=1)))
    assert heard(fleet, "a", Relayed)


class Chaos:
    """Random orders and faults; what the hubs heard is held against what was done."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.fleet = Fleet("a", "b", "c")
        self.fleet.settle(1.1)
        self.number = 0
        self.said: dict[tuple[str, str], list[int]] = {}
        self.entering: dict[tuple[str, str], str] = {}

    def play(self, steps: int) -> None:
        for _ in range(steps):
            self.act()
            if self.random.random() < 0.7:
                self.fleet.settle()
            if self.random.random() < 0.2:
                self.fleet.settle(self.random.choice((0.3, 1.0, 6.0)), 0.3)
        for node in self.fleet.nodes.values():
            node.paused = False
        self.fleet.reachable = True
        self.fleet.settle(50.0, 0.5)

    def act(self) -> None:
        name = self.random.choice(sorted(self.fleet.nodes))
        node = self.fleet.nodes[name]
        if node.paused:
            node.paused = self.random.random() < 0.7
            return
        match self.random.randrange(14):
            case 0 | 1 | 2:
                sid = f"{name}{self.random.randrange(3)}"
                self.fleet.order(name, enter(sid, name, self.random.choice("rs")))
            case 3 | 4:
                sid = f"{name}{self.random.randrange(3)}"
                self.fleet.order(name, exit_of(sid, self.random.choice("rs")))
            case 5:
                sid = f"{name}{self.random.randrange(3)}"
                order = Revise("r", sid, sid, {"n": self.random.random()})
                self.fleet.order(name, order)
            case 6 | 7 | 8 | 9:
                other = self.random.choice([each for each in "abc" if each != name])
                self.number += 1
                self.said.setdefault((name, other), []).append(self.number)
                self.fleet.order(name, Relay(other, f"{other}0", Ok(id=self.number)))
            case 10:
                self.fleet.cut(node, unheard=self.random.randrange(4))
            case 11:
                node.inbox.clear()
                self.fleet.reachable = self.random.random() < 0.7
            case 12:
                node.paused = True
            case 13:
                self.fleet.restart_server(empty=self.random.random() < 0.5)

    def check(self) -> None:
        fleet = self.fleet
        assert fleet.are_up()
        for name, node in fleet.nodes.items():
            ids = [each.message.id for each in node.heard if isinstance(each, Relayed)]
            assert len(ids) == len(set(ids)), "a message came twice"
            missed = any(isinstance(each, Missed) for each in node.heard)
            for other in "abc":
                said = self.said.get((other, name), [])
                came = [each for each in ids if each in said]
                assert came == sorted(came), "messages overtook each other"
                assert came == said or missed, "a message is lost, and nobody was told"
            for room, copy in node.core.copies.items():
                truth = fleet.store.membership.rooms[room]
                assert (copy.members, copy.rev) == (truth.members, truth.rev)
        for room, truth in fleet.store.membership.rooms.items():
            for member in truth.members.values():
                assert room in fleet.nodes[member.node].core.copies


@pytest.mark.parametrize("seed", range(200))
def test_whatever_happens_all_agree_in_the_end_and_nothing_is_lost_in_silence(seed: int) -> None:
    chaos = Chaos(seed)
    chaos.play(40)
    chaos.check()
