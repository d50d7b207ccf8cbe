"""Openings: answered when every relay socket is open or given up, and then nothing is left of them."""

import random

import pytest

from relay.credentials import Credential, Owner, Scheme
from relay.fivetuple import FiveTuple
from relay.interfaces import RelayInterface
from relay.openings import Openings
from relay.reservations import PortWish, RelayPorts
from stunwire import Address, Family, IntegrityKey, Message, Method

FIVE_TUPLE = FiveTuple(Address("203.0.113.9", 1), Address("198.51.99.1", 3478))
ALICE = Credential(Owner(Scheme.STATIC, "alice"), "alice", IntegrityKey(b"k"))
FOUR = RelayInterface("198.51.99.1", "198.51.99.1", range(50000, 50004))
SIX = RelayInterface("2a00::1", "2a00::1", range(50000, 50004))


@pytest.fixture
def ports():
    return RelayPorts(quarantine=0.0, random_below=random.Random(3).randrange)


@pytest.fixture
def openings(ports):
    return Openings(ports)


def _begin(openings):
    request = Message.request(Method.ALLOCATE, b"t" * 12)
    return openings.begin(FIVE_TUPLE, ALICE, request, 600)


def test_an_opening_is_found_until_it_ends(openings):
    opening = _begin(openings)
    four = openings.take(opening, FOUR, PortWish.ANY, 0.0)
    six = openings.take(opening, SIX, PortWish.ANY, 0.0)
    assert openings.find(FIVE_TUPLE) is opening is openings.of(four.number)
    assert (len(openings), openings.held_by(ALICE.owner)) == (2, 2)
    openings.settle(four.number)
    assert openings.give_up(six.number, 508, 1.0) is opening
    assert opening.failed == {Family.IPV6: 508}
    openings.end(opening)
    assert openings.find(FIVE_TUPLE) is None
    assert (len(openings), openings.held_by(ALICE.owner)) == (0, 0)


def test_another_try_has_another_port_and_the_same_number(openings, ports):
    opening = _begin(openings)
    first = openings.take(opening, FOUR, PortWish.PAIR, 0.0)
    again = openings.take_again(first.number, 0.0)
    assert (again.number, again.attempt) == (first.number, 2)
    assert again.grant.port != first.grant.port
    assert ports.reserved_by(ALICE.owner) == 1


def test_where_no_other_port_will_do_there_is_no_other_try(openings, ports):
    opening = _begin(openings)
    first = openings.take(opening, FOUR, PortWish.PAIR, 0.0)
    second = openings.redeem(opening, first.grant.token)
    assert openings.take_again(second.number, 0.0) is None
    assert second.grant.port in ports.pool(FOUR)
