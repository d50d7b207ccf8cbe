"""Requests that wait for a hook: few, not for long, and each once."""

from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from relay import DropReason, HookLimits
from relay.authentication import Question
from relay.fivetuple import FiveTuple, Transport
from relay.parking import Inquiry, Parked, ParkingLot
from stunwire import Address, Message, Method, PasswordHash

SERVER = Address("198.51.100.1", 3478)


def _request(name="alice", host="203.0.113.1", port=1, number=1) -> Parked:
    message = Message.request(Method.ALLOCATE, number.to_bytes(12, "big"))
    five_tuple = FiveTuple(Address(host, port), SERVER, Transport.TCP)
    return Parked(message, five_tuple, Question(name, PasswordHash.MD5))


def _allowed() -> None:
    return None


def test_the_first_request_of_a_name_has_it_asked_for_and_others_wait_with_it():
    lot, requests = ParkingLot(HookLimits(timeout=3.0)), [_request(number=n) for n in (1, 2)]
    assert lot.park(requests[0], _allowed, 10.0) == Inquiry(1, "alice", 13.0)
    assert lot.park(requests[1], _allowed, 11.0) is None
    assert lot.park(_request("bob"), _allowed, 12.0) == Inquiry(2, "bob", 15.0)
    assert lot.take(1) == ("alice", tuple(requests))
    assert lot.take(1) is None
    assert len(lot) == 1


def test_a_retransmission_does_not_wait_twice():
    lot = ParkingLot(HookLimits())
    lot.park(_request(), _allowed, 0.0)
    assert lot.park(_request(), _allowed, 0.5) is DropReason.IN_PROGRESS
    assert len(lot) == 1


def test_too_many_in_all_or_of_one_source_do_not_wait():
    lot = ParkingLot(HookLimits(parked=3, parked_per_source=2))
    for port in (1, 2):
        lot.park(_request(f"user{port}", port=port), _allowed, 0.0)
    one_more = _request("user3", port=3)
    assert lot.park(one_more, _allowed, 0.0) is DropReason.TOO_MANY_PARKED_OF_SOURCE
    lot.park(_request("user4", host="203.0.113.2"), _allowed, 0.0)
    other = _request("user5", host="203.0.113.3")
    assert lot.park(other, _allowed, 0.0) is DropReason.TOO_MANY_PARKED
    lot.take(1)
    assert lot.park(other, _allowed, 0.0) == Inquiry(4, "user5", 3.0)


def test_an_ipv6_network_is_one_source():
    lot = ParkingLot(HookLimits(parked_per_source=1))
    lot.park(_request(host="2001:db8::1"), _allowed, 0.0)
    neighbour = _request("bob", host="2001:db8::2")
    assert lot.park(neighbour, _allowed, 0.0) is DropReason.TOO_MANY_PARKED_OF_SOURCE


def test_only_what_has_to_be_asked_for_is_counted_as_a_stranger():
    lot, asked = ParkingLot(HookLimits()), []

    def excess() -> DropReason | None:
        asked.append(1)
        return DropReason.RATE_LIMITED if len(asked) > 1 else None

    for number in (1, 2, 2):
        lot.park(_request(number=number), excess, 0.0)
    assert len(asked) == 1
    assert lot.park(_request("bob"), excess, 0.0) is DropReason.RATE_LIMITED
    assert len(lot) == 2


def test_what_came_over_a_connection_that_is_gone_is_not_answered_but_counts():
    lot = ParkingLot(HookLimits(parked=2))
    gone, stays = _request(port=1), _request(port=2)
    for request in (gone, stays):
        lot.park(request, _allowed, 0.0)
    lot.forget(gone.five_tuple)
    assert lot.park(_request("bob"), _allowed, 0.0) is DropReason.TOO_MANY_PARKED
    assert lot.take(1) == ("alice", (stays,))
    assert len(lot) == 0


def test_a_connection_that_comes_again_from_the_same_port_is_another():
    lot = ParkingLot(HookLimits())
    old, new = _request(number=1), _request(number=2)
    lot.park(old, _allowed, 0.0)
    lot.forget(old.five_tuple)
    lot.park(new, _allowed, 0.0)
    assert lot.take(1) == ("alice", (new,))


def test_the_first_deadline_is_the_oldest_inquirys():
    lot = ParkingLot(HookLimits(timeout=3.0))
    assert lot.next_deadline() is None
    lot.park(_request("alice"), _allowed, 10.0)
    lot.park(_request("bob"), _allowed, 11.0)
    assert lot.next_deadline() == 13.0
    assert lot.overdue(12.9) is None
    assert lot.overdue(13.0) == 1
    lot.take(1)
    assert lot.next_deadline() == 14.0


class Lot(RuleBasedStateMachine):
    """Requests come and are answered in any order; the bounds hold."""

    def __init__(self) -> None:
        super().__init__()
        self.lot = ParkingLot(HookLimits(parked=5, parked_per_source=2))
        self.asked: dict[str, int] = {}
        self.waiting: dict[str, list[Parked]] = defaultdict(list)

    @rule(name=st.sampled_from("abc"), host=st.integers(1, 4), number=st.integers(1, 4))
    def park(self, name: str, host: int, number: int) -> None:
        request = _request(name, f"203.0.113.{host}", 1, number)
        outcome = self.lot.park(request, _allowed, 0.0)
        if isinstance(outcome, Inquiry):
            assert name not in self.asked
            self.asked[name] = outcome.number
        if not isinstance(outcome, DropReason):
            assert request not in self.waiting[name]
            self.waiting[name].append(request)

    @rule(name=st.sampled_from("abc"))
    def answer(self, name: str) -> None:
        number = self.asked.pop(name, 0)
        taken = self.lot.take(number)
        assert (taken is None) is (number == 0)
        assert taken is None or taken == (name, tuple(self.waiting[name]))
        self.waiting[name].clear()

    @invariant()
    def bounds_hold(self) -> None:
        requests = [one for waiting in self.waiting.values() for one in waiting]
        assert len(self.lot) == len(requests) <= 5
        for host in {one.five_tuple.client.host for one in requests}:
            assert sum(one.five_tuple.client.host == host for one in requests) <= 2


TestLot = Lot.TestCase
TestLot.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
