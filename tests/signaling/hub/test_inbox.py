"""Messages are counted one by one, and numbers from a client are taken in order."""

import json

import pytest

from signaling.messages import ClientMessage


def test_every_message_of_a_client_has_somebody_who_obeys_it(world):
    assert set(world.hub._inbox._obey) == set(ClientMessage.__args__)


@pytest.mark.parametrize("frames", [1, 4])
def test_numbers_go_on_within_a_frame_and_from_frame_to_frame(call, frames):
    pings = [{"t": "ping", "seq": number} for number in range(1, 17)]
    size = 16 // frames
    heard = [
        answer
        for start in range(0, 16, size)
        for answer in call.send("alice", json.dumps(pings[start : start + size]))
    ]
    assert [answer["t"] for answer in heard] == ["pong"] * 15 + ["ack", "pong"]


def test_an_acknowledgement_is_never_answered_however_many_come(make_world):
    world = make_world(burst=10)
    world.member("alice", "r")
    assert [world.say("alice", "ack", ack=1) for _ in range(15)] == [[]] * 15


def test_more_acknowledgements_than_that_end_the_connection(make_world):
    world = make_world(burst=10)
    world.member("alice", "r")
    for _ in range(25):
        world.say("alice", "ack", ack=1)
    assert world.closed["alice"].code == 4529
