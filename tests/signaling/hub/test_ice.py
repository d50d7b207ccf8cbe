"""Credentials are renewed at half their life, everybody's at another moment."""

import pytest

from signaling.gate import Admitted, OpenGate
from signaling.hub.hub import Hub
from signaling.messages import IceServer

TTL = 4 * 3600.0


@pytest.fixture
def relay(world):
    """A world whose ICE servers have credentials; `relay.minted` counts them."""
    world.minted = 0

    def mint(sid, region):
        world.minted += 1
        return (IceServer(("turn:t",), f"{sid}@{region}", str(world.minted)),)

    world.hub = Hub(world.hub._state.settings, ice=mint)
    return world


def test_credentials_are_for_the_session_and_its_region(relay):
    relay.connect("a")
    (welcome,) = relay.say("a", "hello", region="eu-west")
    assert welcome["ice"] == [{"urls": ["turn:t"], "username": "a@eu-west", "credential": "1"}]


def test_fresh_ones_are_pushed_before_half_their_life_is_over_again_and_again(relay):
    relay.member("a")
    for _ in range(3):
        relay.pass_time(TTL / 2 * 0.79)
        assert relay.take("a") == []
        due = relay.hub.next_deadline()
        assert due <= relay.now + TTL / 2 * 0.21
        relay.pass_time(due - relay.now)
        (pushed,) = relay.take("a")
        assert (pushed["t"], pushed["ice_ttl_s"]) == ("ice", TTL)


def test_sessions_that_came_at_once_are_not_renewed_at_once(relay):
    for number in range(200):
        relay.member(f"m{number}")
    moments = set()
    while (due := relay.hub.next_deadline()) < relay.now + TTL / 2:
        moments.add(due)
        relay.hub.handle_timer(due)
    assert len(moments) > 190
    assert max(moments) - min(moments) > TTL / 2 * 0.15


def test_asking_for_them_puts_the_next_off(relay):
    relay.member("a")
    relay.pass_time(5000)
    relay.say("a", "ice", id=1)
    assert relay.hub.next_deadline() >= relay.now + TTL / 2 * 0.8


def test_one_that_is_gone_gets_them_when_it_is_back(relay):
    relay.connect("a")
    relay.say("a", "hello", caps=["resume"])
    due = relay.hub.next_deadline()
    relay.pass_time(due - relay.now - 1)
    relay.disconnect("a")
    relay.pass_time(2)
    assert relay.hub._state.sessions["a"].sent == 0


def test_where_there_are_no_credentials_nothing_is_renewed(world):
    world.member("a")
    assert world.hub.next_deadline() is None


def test_the_gate_may_give_servers_for_a_room_alone(world):
    class Elsewhere(OpenGate):
        def carry(self, asked):
            reports = super().carry(asked)
            if isinstance(reports[0], Admitted):
                ice = (IceServer(("turn:theirs",), "u", "p"),)
                return [Admitted(asked.sid, asked.room, ice, {"x": 1})]
            return reports

    world.gate = Elsewhere()
    world.member("a")
    assert world.say("a", "join", room="r")[0]["ice"][0]["urls"] == ["turn:theirs"]
    world.gate = OpenGate()
    world.member("b")
    assert world.say("b", "join", room="r")[0]["peers"][0]["meta"] == {"x": 1}
