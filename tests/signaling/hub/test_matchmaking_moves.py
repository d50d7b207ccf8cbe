"""Tickets and matches of sessions that go from node to node."""

from dataclasses import replace

import pytest

from signaling.matchmaking.ledger.dealings import Enqueue, Found, MovePlayer, Pause, Reply, Started
from signaling.settings import Settings
from tests.signaling.manynodes import ManyNodes
from tests.signaling.queueing import make_match, queued, stranger


@pytest.fixture
def world():
    return ManyNodes("ab", Settings(resume_key=b"key"))


def report(world, name, said):
    node = world.nodes[name]
    world.carry_out(node, node.hub.receive_desk_report(said, world.now))
    world.settle()


def ordered(world):
    taken, world.desk = world.desk, []
    return taken


def heard(client):
    before = len(client.got)
    client.read()
    return [message for message in client.got[before:] if message["t"].startswith("mm.")]


def waiting(world):
    """Alice on node a, and her ticket."""
    alice = world.client("alice")
    alice.connect("a")
    world.settle()
    alice.read()
    alice.say("mm.enqueue", id=1, queue="duel")
    ((_, order),) = ordered(world)
    assert isinstance(order, Enqueue)
    report(world, "a", queued(order.ticket, order.request))
    heard(alice)
    return alice, order.ticket


def move(world, alice, name):
    alice.connect(name)
    world.settle()


def test_a_ticket_goes_along_and_is_matched_on_the_new_node(world):
    alice, ticket = waiting(world)
    move(world, alice, "b")
    orders = ordered(world)
    assert ("b", MovePlayer("duel", ticket.id, alice.sid, "b")) in orders
    assert [name for name, order in orders if isinstance(order, Pause) and not order.paused] == [
        "b"
    ]
    match = make_match(replace(ticket), stranger())
    report(world, "b", queued(ticket))  # as the desk tells whoever has moved
    report(world, "b", Found(alice.sid, match, 3.0, asks=False))
    assert [each["t"] for each in heard(alice)] == ["mm.found"]
    assert ordered(world) == [("b", Reply("duel", "m", ticket.id, 1, alice.sid, accepted=True))]
    report(world, "b", Started(alice.sid, match))
    assert [each["t"] for each in heard(alice)] == ["mm.start"]


def test_the_node_that_it_came_from_does_not_speak_for_it_any_more(world):
    alice, ticket = waiting(world)
    move(world, alice, "b")
    ordered(world)
    match = make_match(ticket, stranger())
    report(world, "a", Found(alice.sid, match, 3.0, asks=False))
    report(world, "a", Started(alice.sid, match))
    assert ordered(world) == []


def test_a_match_that_runs_goes_along_and_is_told_once(world):
    alice, ticket = waiting(world)
    match = make_match(ticket, stranger())
    report(world, "a", Found(alice.sid, match, 3.0, asks=False))
    report(world, "a", Started(alice.sid, match))
    heard(alice)
    move(world, alice, "b")
    assert ("b", MovePlayer("duel", ticket.id, alice.sid, "b")) in ordered(world)
    report(world, "b", Started(alice.sid, match))
    assert heard(alice) == []
    more = make_match(ticket, stranger(), stranger("yan"))
    report(world, "b", Started(alice.sid, more))  # filled up while it was on its way
    (told,) = heard(alice)
    assert told["filled"] is True


def test_a_match_that_begins_while_its_player_is_on_its_way_is_told_at_the_end_of_it(world):
    alice, ticket = waiting(world)
    match = make_match(ticket, stranger())
    report(world, "a", Found(alice.sid, match, 3.0, asks=False))
    move(world, alice, "b")
    heard(alice)
    report(world, "a", Started(alice.sid, match))  # too late for this node
    report(world, "b", Started(alice.sid, match))  # told again, since it has moved
    assert [each["t"] for each in heard(alice)] == ["mm.start"]


def test_a_session_is_not_handed_over_before_the_desk_has_answered_it(world):
    alice = world.client("alice")
    alice.connect("a")
    world.settle()
    alice.read()
    alice.say("mm.enqueue", id=1, queue="duel")
    ((_, order),) = ordered(world)
    move(world, alice, "b")
    assert "b" not in [name for name, _ in ordered(world)]
    report(world, "a", queued(order.ticket, order.request))
    world.settle()
    assert ("b", MovePlayer("duel", order.ticket.id, alice.sid, "b")) in ordered(world)
    assert [each["t"] for each in heard(alice)] == ["mm.queued"]
