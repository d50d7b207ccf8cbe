"""Several gates, one behind the other, which answer at once or later."""

import itertools

import pytest

from signaling.codes import ErrorCode
from signaling.gate import (
    ANONYMOUS,
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    Identity,
    KeyKeeper,
    OpenGate,
    Unauthenticated,
)
from signaling.identity.chain import Chain
from signaling.messages import IceServer, Topology

JOIN = Admit("s", "r", "alice", None, {}, "")
HELLO = Authenticate("c", None, "alice", "192.0.2.1")


class Says:
    """A gate that says what it is told to, at once or when `answer` is called."""

    def __init__(self, report, *, later: bool = False) -> None:
        self.report = report
        self.later = later
        self.asked = 0

    def carry(self, order):
        self.asked += 1
        return [] if self.later else [self.report]

    def listen(self, receive):
        self.receive = receive

    def answer(self) -> None:
        self.receive(self.report)


def run(order, *gates: Says) -> list:
    """Ask, let those that think answer in turn, and collect what comes."""
    chain = Chain(gates)
    heard: list = []
    chain.listen(heard.append)
    heard += chain.carry(order)
    for gate in gates:
        if gate.later and gate.asked:
            gate.answer()
    return heard


STUN = (IceServer(("stun:a",)),)
FIRST = Admitted("s", "r", STUN, {"a": 1, "b": 1}, Conditions(max=3, topology=Topology.STAR))
SECOND = Admitted("s", "r", None, {"b": 2}, Conditions(max=5, key=KeyKeeper.GATE))
BOTH = Admitted("s", "r", STUN, {"a": 1, "b": 2}, Conditions(5, Topology.STAR, KeyKeeper.GATE))
NO = Barred("s", "r", ErrorCode.FORBIDDEN, "no")


@pytest.mark.parametrize(("one", "two"), list(itertools.product([False, True], repeat=2)))
def test_what_each_says_is_put_together_whether_they_think_or_not(one, two):
    assert run(JOIN, Says(FIRST, later=one), Says(SECOND, later=two)) == [BOTH]


@pytest.mark.parametrize(("one", "two"), list(itertools.product([False, True], repeat=2)))
def test_the_first_no_is_the_last_word(one, two):
    last = Says(FIRST)
    assert run(JOIN, Says(SECOND, later=one), Says(NO, later=two), last) == [NO]
    assert last.asked == 0


def test_the_first_that_knows_somebody_says_who_it_is():
    alice, bob = Identity(subject="alice"), Identity(subject="bob")
    known = [Says(Authenticated("c", who)) for who in (ANONYMOUS, alice, bob)]
    assert run(HELLO, *known) == [Authenticated("c", alice)]
    nobody = Unauthenticated("c", ErrorCode.EXPIRED, "late")
    assert run(HELLO, known[1], Says(nobody)) == [nobody]


def test_a_second_request_while_the_first_is_asked_is_409_and_the_first_goes_on():
    gate = Says(FIRST, later=True)
    chain = Chain([gate])
    heard: list = []
    chain.listen(heard.append)
    assert chain.carry(JOIN) == []
    (again,) = chain.carry(JOIN)
    assert again.code is ErrorCode.CONFLICT
    gate.answer()
    gate.answer()
    assert heard == [FIRST]
    assert chain.carry(JOIN) == []


def test_a_second_token_while_the_first_is_asked_is_503():
    chain = Chain([Says(None, later=True)])
    assert chain.carry(HELLO) == []
    (again,) = chain.carry(HELLO)
    assert (type(again), again.code) == (Unauthenticated, ErrorCode.UNAVAILABLE)


def test_without_gates_and_with_open_ones_everybody_is_let_in():
    for gates in ([], [OpenGate(), OpenGate()]):
        assert Chain(gates).carry(JOIN) == [Admitted("s", "r")]
        assert Chain(gates).carry(HELLO) == [Authenticated("c", ANONYMOUS)]
