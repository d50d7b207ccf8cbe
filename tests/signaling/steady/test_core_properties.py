"""Whatever is cut, and whenever: each message arrives once, in order, both ways, or all begin again."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from signaling.events import Reconnected, SignalReceived, StartedAgain
from signaling.messages import Join, Signal, SignalKind, State

from .conftest import Cables

NAMES = ("alice", "bob")
who = st.sampled_from(NAMES)
steps = st.one_of(
    st.tuples(st.just("signal"), who),
    st.tuples(st.just("ask"), who),
    st.tuples(st.just("up"), who),
    st.tuples(st.just("down"), who),
    st.tuples(st.just("cut"), who),
    st.tuples(st.just("open"), who),
    st.tuples(st.just("leave for another"), who),
    st.tuples(st.just("the hub hears"), st.none()),
)
rare = st.one_of(
    steps,
    steps,
    steps,
    st.tuples(st.just("time"), st.sampled_from((0.1, 4.0, 31.0))),
    st.tuples(st.just("restart"), st.none()),
)


class Play:
    def __init__(self):
        self.cables = Cables()
        self.sent = dict.fromkeys(NAMES, 0)
        for name in NAMES:
            party = self.cables.add(name)
            self.cables.settle()
            self.cables.ask(party, Join(room="r"))
            self.cables.settle()

    def signal(self, name):
        self.sent[name] += 1
        to = NAMES[1 - NAMES.index(name)]
        data = Raw(json.dumps(self.sent[name]).encode())
        message = Signal(room="r", to=to, kind=SignalKind.CUSTOM, data=data)
        self.cables.send(self.cables.parties[name], message)

    def step(self, what, argument):  # noqa: C901
        cables = self.cables
        party = cables.parties.get(argument)
        match what:
            case "signal":
                self.signal(argument)
            case "ask":
                cables.ask(party, State(room="r", meta={"n": argument}))
            case "up":
                cables.deliver_up(party)
            case "down":
                cables.deliver_down(party)
            case "cut":
                cables.cut(party)
            case "open":
                cables.open(party)
            case "leave for another":
                cables.do(party, party.core.reconnect(cables.now))
            case "the hub hears":
                cables.hear_of_death()
            case "time":
                cables.pass_time(argument)
            case "restart":
                cables.restart_server()

    def heard(self, name):
        return [event.data for event in self.cables.parties[name].of(SignalReceived)]

    def finish(self):
        self.cables.settle()
        self.cables.live(12)
        for party in self.cables.parties.values():
            assert party.core.is_up
            assert party.core.rooms == ("r",)
            assert all(len(answers) == 1 for answers in party.answers.values())


@given(st.lists(steps, max_size=60))
@settings(max_examples=150, deadline=None)
def test_each_message_arrives_once_and_in_order_however_often_connections_are_cut(played):
    play = Play()
    for what, argument in played:
        play.step(what, argument)
    play.finish()
    for name, other in zip(NAMES, reversed(NAMES), strict=True):
        assert play.heard(name) == list(range(1, play.sent[other] + 1))
        assert all(event.resumed for event in play.cables.parties[name].of(Reconnected))


@given(st.lists(rare, max_size=60))
@settings(max_examples=150, deadline=None)
def test_where_a_session_is_lost_nothing_comes_twice_or_out_of_order_and_all_are_in_their_room(
    played,
):
    play = Play()
    for what, argument in played:
        play.step(what, argument)
    play.finish()
    for name, party in play.cables.parties.items():
        heard = play.heard(name)
        assert heard == sorted(set(heard))
        again = [event for event in party.of(Reconnected) if not event.resumed]
        assert len(party.of(StartedAgain)) <= len(again)
    before = {name: len(play.heard(name)) for name in NAMES}
    for name in NAMES:
        play.signal(name)
    play.cables.settle()
    assert {name: len(play.heard(name)) - before[name] for name in NAMES} == dict.fromkeys(NAMES, 1)
