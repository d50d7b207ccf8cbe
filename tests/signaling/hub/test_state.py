"""What a session is sent is numbered, kept until it is acknowledged, and never without bound."""

import pytest

CAPS = ["resume"]


@pytest.fixture
def make_pair(make_world):
    """Alice, who can come back, and Bob, both in room r."""

    def make(**limits):
        world = make_world(rate=1e6, burst=10**6, **limits)
        world.connect("alice")
        world.token = world.say("alice", "hello", peer="alice", caps=CAPS)[0]["resume"]
        world.say("alice", "join", room="r")
        world.member("bob", "r")
        world.take("alice")
        return world

    return make


def tell(world, count, data=0):
    signal = {"room": "r", "to": "alice", "kind": "custom", "data": data}
    return [world.say("bob", "signal", id=n, mid=f"m{n}", **signal)[0] for n in range(count)]


def come_back(world, seq):
    world.connect("alice-2")
    resume = {"token": world.token, "seq": seq}
    return world.say("alice-2", "hello", peer="alice", caps=CAPS, resume=resume)


def test_an_acknowledged_message_is_not_kept(make_pair):
    world = make_pair()
    tell(world, 3)
    before = world.hub._state.kept
    world.say("alice", "ack", ack=world.seqs["alice"])
    assert before > world.hub._state.kept == 0


def test_more_cannot_be_acknowledged_than_was_sent(make_pair):
    world = make_pair()
    (error,) = world.say("alice", "ack", ack=99)
    assert (error["code"], error["fatal"]) == (400, False)


def test_an_older_acknowledgement_changes_nothing(make_pair):
    world = make_pair()
    world.say("alice", "ack", ack=2)
    world.say("alice", "ack", ack=1)
    world.disconnect("alice")
    assert come_back(world, 2)[0]["resumed"] is True


def test_a_connected_session_that_acknowledges_nothing_keeps_the_newest(make_pair):
    world = make_pair(ring=4)
    tell(world, 10)
    assert world.seqs["alice"] == 12
    world.disconnect("alice")
    assert come_back(world, 8)[0]["replay"] == 4


def test_what_is_no_longer_kept_cannot_be_gone_back_to(make_pair):
    world = make_pair(ring=4)
    tell(world, 10)
    world.disconnect("alice")
    assert come_back(world, 7)[0]["resumed"] is False


@pytest.mark.parametrize("limits", [{"ring": 4}, {"ring_bytes": 1000}, {"rings": 1000}])
def test_what_a_gone_sessions_ring_cannot_hold_ends_it_and_is_returned(make_pair, limits):
    world = make_pair(**limits)
    world.say("alice", "ack", ack=2)
    world.disconnect("alice")
    world.take("bob")
    answers = tell(world, 6, "x" * 300)
    slow = [answer for answer in answers if answer.get("reason") == "slow"]
    assert [answer["t"] for answer in slow] == ["undelivered"]
    assert slow[0]["mid"]
    assert answers[-1].get("reason") == "unknown_peer"
    assert come_back(world, 2)[0]["resumed"] is False
    assert world.hub._state.kept == 0


def test_too_many_bytes_in_all_rings_together_are_not_kept(make_pair):
    world = make_pair(rings=2000)
    tell(world, 10, "x" * 300)
    assert world.hub._state.kept <= 2000
    assert world.seqs["alice"] == 12


def test_a_slow_reader_that_can_come_back_misses_nothing(make_pair):
    world = make_pair()
    world.stuck.add("alice")
    answers = tell(world, 3)
    assert {answer["t"] for answer in answers} == {"ok"}
    assert world.closed["alice"].code == 4508
    assert len(come_back(world, 2)) == 1 + 3


def test_numbered_messages_are_acknowledged_every_sixteen(make_pair):
    world = make_pair()
    heard = [world.say("alice", "ping", seq=number) for number in range(1, 33)]
    acks = [message["ack"] for answers in heard for message in answers if message["t"] == "ack"]
    assert acks == [16, 32]


@pytest.mark.parametrize(("seq", "answers"), [(1, []), (3, ["error"])])
def test_a_number_that_is_not_the_next_is_passed_over_or_refused(make_pair, seq, answers):
    world = make_pair()
    world.say("alice", "ping", seq=1)
    assert [message["t"] for message in world.say("alice", "ping", seq=seq)] == answers
    assert world.say("alice", "ping", seq=2) == [{"t": "pong"}]


def test_a_numbered_message_that_is_refused_has_come_in(make_pair):
    world = make_pair()
    assert world.send("alice", '{"t":"join","room":7,"seq":1,"id":9}')[0]["id"] == 9
    assert world.say("alice", "ping", seq=2) == [{"t": "pong"}]
