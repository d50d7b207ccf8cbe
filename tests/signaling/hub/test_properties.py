"""Whatever members do, in whatever order, on one node or on three: nothing is lost, twice, or left behind."""

import json

import pytest
from hypothesis.stateful import run_state_machine_as_test

from signaling.outputs import Deliver
from tests.signaling.members import Members, effort
from tests.signaling.wanderers import Wanderers


@pytest.mark.parametrize("nodes", [("n1",), ("n1", "n2"), ("n1", "n2", "n3")], ids=len)
def test_every_message_arrives_once_in_order_or_its_receiver_starts_again(nodes):
    class MembersHere(Members):
        pass

    MembersHere.nodes = nodes
    run_state_machine_as_test(MembersHere, settings=effort(30, 40))


@pytest.mark.parametrize("seed", [*range(40), 87, 100, 151, 178, 242])
def test_where_nodes_die_whoever_missed_something_starts_again(seed):
    Wanderers(seed).play(120)


@pytest.mark.parametrize("seed", range(30))
def test_where_sessions_move_and_no_node_dies_nobody_starts_again_and_nothing_is_lost(seed):
    wanderers = Wanderers(seed, deaths=False)
    wanderers.play(120)
    assert {client.starts for client in wanderers.clients} == {1}


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
