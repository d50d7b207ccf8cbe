"""Two sides, channels of any delay, any interleaving: they always come to rest with the same content."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peer.errors import RemoteError
from peer.negotiation import (
    Accept,
    AnswerAgain,
    AnswerReceived,
    Apply,
    Complained,
    Done,
    Failed,
    Ignore,
    MakeOffer,
    Needed,
    Negotiation,
    OfferReceived,
    Phase,
    Reachable,
    RestartWanted,
    RollBack,
    RollbackReceived,
    SendAgain,
    Stale,
)


@dataclass(frozen=True)
class Description:
    kind: str
    number: str | None
    content: frozenset[str]
    ufrag: int
    restarts: bool = False


@dataclass
class Side:
    """A shell with a peer connection of two lines: what is wanted, what is agreed, and ICE's ufrags."""

    name: str
    negotiation: Negotiation
    numbered: bool = True
    wanted: frozenset[str] = frozenset()
    agreed: frozenset[str] = frozenset()
    ufrag: int = 0
    remote_ufrag: int | None = None
    old: tuple[frozenset[str], int] | None = None  # to come back to when an offer is taken back
    inbox: deque[Any] = field(default_factory=deque)
    outbox: deque[Any] = field(default_factory=deque)
    offer: Description | None = None
    answer: Description | None = None
    cut: bool = False
    steps: int = 0
    restarts_wanted: int = 0

    def take(self) -> None:
        """Take in one thing from the inbox and do what it asks for."""
        message = self.inbox.popleft()
        self.steps += 1
        if isinstance(message, Description):
            number = message.number
            event = (
                OfferReceived(number, message.restarts)
                if message.kind == "offer"
                else AnswerReceived(number)
            )
            try:
                self.step(event, message)
            except RemoteError:
                assert not self.numbered
        else:
            if isinstance(message, Reachable):
                self.cut = False
            self.step(message, None)

    def step(self, event: Any, message: Description | None) -> None:
        self.negotiation, actions = self.negotiation.step(event)
        for action in actions:
            self.perform(action, message)

    def perform(self, action: Any, message: Description | None) -> None:
        match action:
            case MakeOffer():
                self.make_offer(action)
            case Accept():
                assert message is not None
                self.accept(action, message)
            case Apply():
                assert message is not None
                self.apply(message)
            case SendAgain(number):
                assert self.offer is not None
                assert self.offer.number == number
                self.send(self.offer)
            case AnswerAgain(number):
                assert self.answer is not None
                assert self.answer.number == number
                self.send(self.answer)
            case RollBack():
                self.roll_back()

    def make_offer(self, action: MakeOffer) -> None:
        self.old = (self.agreed, self.ufrag)
        if action.restart:
            self.ufrag += 1
        content = self.agreed | self.wanted
        self.offer = Description("offer", action.number, content, self.ufrag, action.restart)
        self.send(self.offer)
        self.step(Done(), None)

    def accept(self, action: Accept, offer: Description) -> None:
        if action.roll_back:
            self.roll_back()
        assert self.old is None
        self.agreed = offer.content
        if offer.restarts:
            self.ufrag += 1
        self.remote_ufrag = offer.ufrag
        self.answer = Description("answer", offer.number, offer.content, self.ufrag)
        self.send(self.answer)
        self.step(Done(), None)
        if not self.wanted <= self.agreed:  # as the W3C's check does when stable again
            self.step(Needed(), None)

    def apply(self, answer: Description) -> None:
        assert self.offer is not None
        assert answer.content == self.offer.content
        self.agreed, self.remote_ufrag, self.old = answer.content, answer.ufrag, None
        self.step(Done(), None)

    def roll_back(self) -> None:
        assert self.old is not None
        (self.agreed, self.ufrag), self.old = self.old, None

    def send(self, description: Description) -> None:
        if not self.numbered:
            description = replace(description, number=None)
        if not self.cut:
            self.outbox.append(description)


def play(choices: Iterator[int], *, numbered: bool = True, cuts: bool = True) -> tuple[Side, Side]:
    """Let two sides want things, restart, lose signaling, while messages travel as slowly as they like."""
    one = Side("a", Negotiation(polite=True), numbered)
    two = Side("b", Negotiation(polite=False), numbered)
    sides = (one, two)
    count = 0
    for choice in choices:
        side = sides[choice % 2]
        other = sides[1 - choice % 2]
        match choice // 2 % (8 if cuts else 7):
            case 0:
                count += 1
                side.wanted |= {f"{side.name}{count}"}
                side.inbox.append(Needed())
            case 1:
                side.restarts_wanted += 1
                side.inbox.append(RestartWanted())
            case 2 | 3:
                if side.outbox:
                    other.inbox.append(side.outbox.popleft())
            case 7:
                for each in sides:
                    each.outbox.clear()
                    each.cut = True
                    each.inbox.append(Reachable())
            case _:
                if side.inbox:
                    side.take()
    come_to_rest(sides)
    return one, two


def come_to_rest(sides: tuple[Side, Side]) -> None:
    one, two = sides
    before = one.steps + two.steps
    while any(side.inbox or side.outbox for side in sides):
        for side, other in (sides, sides[::-1]):
            while side.outbox:
                other.inbox.append(side.outbox.popleft())
            if side.inbox:
                side.take()
        assert one.steps + two.steps - before < 1000, "they do not come to rest"


def assert_agreed(one: Side, two: Side) -> None:
    for side in (one, two):
        assert side.negotiation.settled
        assert side.old is None
    assert one.agreed == two.agreed == one.wanted | two.wanted
    if one.agreed or one.remote_ufrag is not None:
        assert (one.ufrag, two.ufrag) == (two.remote_ufrag, one.remote_ufrag)
    if one.restarts_wanted or two.restarts_wanted:
        assert one.ufrag > 0


CHOICES = st.lists(st.integers(0, 15), max_size=80)


@settings(max_examples=600, deadline=None)
@given(CHOICES)
def test_whatever_crosses_or_is_lost_both_come_to_rest_with_the_same_content(
    choices: list[int],
) -> None:
    assert_agreed(*play(iter(choices)))


@settings(max_examples=200, deadline=None)
@given(CHOICES)
def test_without_numbers_as_browsers_talk_they_agree_while_signaling_holds(
    choices: list[int],
) -> None:
    assert_agreed(*play(iter(choices), numbered=False, cuts=False))


def stepped(state: Negotiation, *events: Any) -> tuple[Negotiation, list[Any]]:
    done = []
    for event in events:
        state, actions = state.step(event)
        done += actions
    return state, done


OFFERED = stepped(Negotiation(polite=True), Needed(), Done())[0]


def test_the_polite_side_takes_its_offer_back_and_makes_it_again_later() -> None:
    state, actions = stepped(OFFERED, OfferReceived("1"), Done())
    assert actions == [Accept("1", roll_back=True), MakeOffer("2", restart=False)]
    assert state.phase is Phase.OFFERING


def test_the_impolite_side_ignores_the_offer_that_crosses_its_own() -> None:
    state, actions = stepped(replace(OFFERED, polite=False), OfferReceived("1"))
    assert actions == [Ignore()]
    assert state.ignoring
    state, actions = stepped(state, AnswerReceived("1"), Done())
    assert actions == [Apply()]
    assert state == replace(OFFERED, polite=False, phase=Phase.STABLE)


def test_a_restart_that_was_taken_back_is_wanted_still_unless_the_remote_restarts() -> None:
    mine, _ = stepped(Negotiation(polite=True), RestartWanted(), Done())
    for remote_restarts in (False, True):
        _, actions = stepped(mine, OfferReceived("1", remote_restarts), Done())
        assert actions[-1] == MakeOffer("2", restart=not remote_restarts)


def test_wishes_while_an_offer_is_open_make_one_offer_afterwards() -> None:
    state, actions = stepped(OFFERED, Needed(), RestartWanted(), Needed())
    assert not actions
    _, actions = stepped(state, AnswerReceived("1"), Done(), Done())
    assert actions == [Apply(), MakeOffer("2", restart=True)]


def test_an_answer_to_an_offer_of_yesterday_is_dropped() -> None:
    assert stepped(OFFERED, AnswerReceived("0"))[1] == [Stale()]
    assert stepped(Negotiation(polite=True), AnswerReceived("0"))[1] == [Stale()]


def test_an_answer_to_nothing_is_the_remotes_fault() -> None:
    with pytest.raises(RemoteError, match="no offer is open"):
        Negotiation(polite=True).step(AnswerReceived())


@pytest.mark.parametrize("event", [RollbackReceived(), Complained("0")])
def test_what_concerns_nothing_open_changes_nothing(event: Any) -> None:
    for state in (OFFERED, Negotiation(polite=False)):
        assert state.step(event) == (state, ())


@pytest.mark.parametrize("events", [(Complained("1"),), (AnswerReceived("1"), Failed())])
def test_an_offer_that_cannot_be_agreed_upon_is_taken_back_and_not_made_again(events: Any) -> None:
    state, actions = stepped(OFFERED, *events)
    assert actions[-1] == RollBack()
    assert state.settled


def test_what_cannot_be_done_leaves_the_side_stable() -> None:
    for begin in (Needed(), OfferReceived("1")):
        assert stepped(Negotiation(polite=True), begin, Failed())[0].settled


def test_when_signaling_is_back_the_answer_is_sent_before_the_open_offer() -> None:
    state, _ = stepped(Negotiation(polite=False), OfferReceived("7"), Done(), Needed(), Done())
    assert stepped(state, Reachable())[1] == [AnswerAgain("7"), SendAgain("1")]
    assert stepped(state, OfferReceived("7"))[1] == [AnswerAgain("7")]


def test_an_outcome_of_nothing_is_our_own_fault() -> None:
    with pytest.raises(AssertionError, match="Done cannot come while stable"):
        Negotiation(polite=True).step(Done())
