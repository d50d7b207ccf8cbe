"""A session comes from one node to another whole, and nobody misses anything of it."""

import random

import pytest

from signaling.hub.moves import NEEDED
from signaling.settings import Limits, Settings
from tests.signaling.manynodes import ManyNodes

SETTINGS = Settings(limits=Limits(burst=10**6, joins_burst=10**6), resume_key=b"key")


@pytest.fixture
def world():
    return ManyNodes(["n1", "n2", "n3"], SETTINGS)


@pytest.fixture
def call(world):
    """Alice on n1 and Bob on n2, both in room r."""
    world.alice, world.bob = world.client("alice"), world.client("bob")
    for client, node in ((world.alice, "n1"), (world.bob, "n2")):
        client.connect(node)
        client.read()
        client.say("join", room="r")
        world.settle()
        client.read()
    world.alice.take()
    world.bob.take()
    return world


def signal(sender, to, data, room="r"):
    sender.say("signal", room=room, to=to, kind="custom", data=data)


def data_of(client):
    return [message["data"] for message in client.take("signal")]


def test_members_on_two_nodes_hear_of_each_other_and_signal(call):
    assert (call.alice.rooms, call.bob.rooms) == (
        {"r": {"bob": "here"}},
        {"r": {"alice": "here"}},
    )
    signal(call.alice, "bob", 1)
    signal(call.bob, "alice", 2)
    call.settle()
    assert (data_of(call.bob), data_of(call.alice)) == ([1], [2])


def test_a_session_goes_on_on_another_node_with_all_that_it_missed(call):
    call.alice.lose()
    signal(call.bob, "alice", 1)
    call.settle()
    signal(call.bob, "alice", 2)
    call.alice.connect("n3")
    signal(call.bob, "alice", 3)
    call.settle()
    signal(call.bob, "alice", 4)
    call.settle()
    assert data_of(call.alice) == [1, 2, 3, 4]
    assert call.alice.starts == 1
    assert [message["t"] for message in call.bob.take()] == ["peer.gone", "peer.back"]


def test_its_former_node_is_needed_a_little_longer(call):
    assert call.nodes["n1"].hub.needed_until == 0.0
    call.alice.lose()
    call.alice.connect("n3")
    call.settle()
    assert call.nodes["n1"].hub.needed_until == call.now + NEEDED


def test_it_is_a_member_at_its_new_node_alone(call):
    call.alice.lose()
    call.alice.connect("n3")
    call.settle()
    assert call.membership.rooms["r"].members["alice"].node == "n3"
    assert [node.hub.counters.sessions for node in call.nodes.values()] == [0, 1, 1]
    assert [node.hub.rooms for node in call.nodes.values()] == [0, 1, 1]


def test_a_connection_that_is_still_there_is_replaced(call):
    former, call.alice.node = call.alice.node, None
    call.alice.connect("n3")
    call.settle()
    call.alice.read()
    assert call.alice.starts == 1
    assert former.clients == {}
    assert call.bob.take() == []


def test_what_changed_in_a_room_meanwhile_is_told_at_the_new_node(call):
    call.alice.lose()
    call.alice.connect("n3")
    carol = call.client("carol")
    carol.connect("n1")
    carol.read()
    carol.say("join", room="r")
    call.bob.say("leave", room="r")
    call.settle()
    call.alice.read()
    assert call.alice.rooms == {"r": {"carol": "here"}}
    carol.read()
    assert carol.rooms == {"r": {"alice": "here"}}


def test_one_that_is_put_out_on_its_way_is_told_so(call):
    call.alice.say("leave", room="r")
    call.settle()
    call.alice.say("join", room="r")
    call.settle()
    call.alice.lose()
    call.alice.connect("n3")
    call.bob.say("kick", room="r", peer="alice")
    call.settle()
    assert [message["t"] for message in call.alice.take()][-1] == "removed"
    assert call.alice.rooms == {}
    assert list(call.membership.rooms["r"].members) == ["bob"]


def test_a_session_of_a_dead_node_begins_anew_and_takes_its_name(call):
    call.kill("n1")
    call.settle()
    call.alice.connect("n3")
    call.settle()
    call.alice.read()
    assert call.alice.starts == 2
    call.alice.say("join", id=1, room="r")
    call.settle()
    assert call.alice.take("joined")[0]["you"] == "alice"
    assert call.bob.rooms == {"r": {"alice": "here"}} or call.bob.take()
    assert call.bob.rooms == {"r": {"alice": "here"}}


def test_a_token_of_yesterday_gets_nothing_from_another_node(call):
    old = call.alice.token
    call.alice.lose()
    call.alice.connect("n1")
    call.settle()
    call.alice.read()
    thief = call.client("alice")
    thief.token, thief.seq = old, call.alice.seq
    thief.connect("n3")
    call.settle()
    thief.read()
    assert thief.starts == 1
    assert thief.sid != call.alice.sid
    signal(call.bob, "alice", 1)
    call.settle()
    assert data_of(call.alice) == [1]


def test_a_number_that_is_not_in_the_ring_starts_again_on_another_node(call):
    call.alice.read()
    call.alice.lose()
    call.alice.seq = 0
    call.alice.connect("n3")
    call.settle()
    call.alice.read()
    assert call.alice.starts == 2
    call.bob.read()
    assert call.bob.rooms == {"r": {}}


def test_a_node_that_is_draining_gives_its_sessions_away(call):
    node = call.nodes["n1"]
    call.carry_out(node, node.hub.drain(5.0, "wss://n2.example/v1/ws"))
    (go_away,) = call.alice.take()
    assert go_away["url"] == "wss://n2.example/v1/ws"
    call.alice.connect("n2")
    call.settle()
    call.alice.read()
    assert call.alice.starts == 1


def test_a_session_whose_client_is_lost_again_on_the_way_is_kept_where_it_came(call):
    call.alice.lose()
    call.alice.connect("n3")
    call.alice.lose()
    call.settle()
    signal(call.bob, "alice", 1)
    call.settle()
    call.alice.connect("n3")
    call.settle()
    assert data_of(call.alice) == [1]
    assert call.alice.starts == 1


def test_a_session_is_found_though_its_token_names_a_node_that_it_has_left(call):
    token, seq = call.alice.token, call.alice.seq
    call.alice.lose()
    call.alice.connect("n2")
    call.settle()
    call.alice.lose()
    call.alice.token, call.alice.seq = token, seq
    call.alice.connect("n3")
    call.settle()
    call.alice.read()
    assert call.alice.starts == 1
    assert call.membership.rooms["r"].members["alice"].node == "n3"


def test_a_session_that_is_given_to_a_node_that_dies_is_lost_in_the_end(call):
    call.alice.lose()
    call.alice.connect("n3")
    while not call.nodes["n1"].hub._state.forwards:
        call.step()
    call.kill("n3")
    call.settle()
    assert "alice" in call.membership.rooms["r"].members
    call.pass_time(60.0)
    call.settle()
    assert list(call.membership.rooms["r"].members) == ["bob"]


@pytest.mark.parametrize("seed", range(25))
def test_signals_keep_their_order_though_the_receiver_moves_and_reports_overtake(seed):
    rng = random.Random(seed)
    world = ManyNodes(["n1", "n2", "n3"], SETTINGS, rng.randrange)
    alice = world.client("alice")
    others = [world.client(name) for name in ("bob", "carol", "dave")]
    for number, client in enumerate([alice, *others]):
        client.connect(f"n{number % 3 + 1}")
        client.read()
        client.say("join", room="r")
    world.settle()
    for client in (alice, *others):
        client.read()
    sent = 0
    for _ in range(60):
        signal(rng.choice(others), "alice", sent)
        sent += 1
        for _ in range(rng.randrange(4)):
            world.step()
        if rng.random() < 0.1:
            alice.lose(read=rng.randrange(5))
            alice.connect(rng.choice(["n1", "n2", "n3"]))
        if rng.random() < 0.3:
            alice.read()
    world.settle()
    alice.read()
    heard = {}
    for message in alice.got:
        if message["t"] == "signal":
            heard.setdefault(message["from"], []).append(message["data"])
    assert all(numbers == sorted(set(numbers)) for numbers in heard.values())
    if alice.starts == 1:
        assert sum(map(len, heard.values())) == sent
    assert set(world.membership.rooms["r"].members) >= {"bob", "carol", "dave"}
