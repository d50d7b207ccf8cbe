"""The table of connections with peers."""

import random

import pytest

from relay.counters import Usage
from relay.credentials import Credential, Owner, Scheme
from relay.fivetuple import FiveTuple, Transport
from relay.meters import Meter
from relay.outputs import CloseDataConnection, ClosePeerConnection
from relay.peerconnections import TRANSITIONS, PeerConnection, PeerConnections, Stage
from stunwire import Address, Integrity, IntegrityKey

PEER = Address("8.8.8.8", 80)
DATA = FiveTuple(Address("203.0.113.9", 2), Address("198.51.99.1", 3478), Transport.TCP)
METER = Meter(Usage(), None)
ALICE = Credential(Owner(Scheme.STATIC, "alice"), "alice", IntegrityKey(b"k", Integrity.SHA1))


@pytest.fixture
def table() -> PeerConnections:
    return PeerConnections(random.Random(1).randrange)


def begin(table: PeerConnections, peer: Address = PEER) -> PeerConnection:
    return table.begin_pending(7, peer, credential=ALICE, now=100.0)


def test_a_connection_goes_from_stage_to_stage_and_no_further():
    assert TRANSITIONS == {Stage.CONNECTING: Stage.PENDING, Stage.PENDING: Stage.BOUND}


def test_a_pending_connection_is_due_after_30_seconds_and_a_bound_one_never(table):
    one = begin(table)
    assert table.next_deadline() == 130.0
    table.bind(one, DATA, METER)
    assert table.next_deadline() is None
    assert table.pop_due(1e9) is None
    assert table.of_client(DATA) is one


def test_what_ends_leaves_nothing_behind(table):
    first, second = begin(table), begin(table, Address("8.8.4.4", 80))
    table.bind(first, DATA, METER)
    assert (len(table), table.count(7)) == (2, 2)
    assert table.end_all(7) == [
        ClosePeerConnection(first.number),
        CloseDataConnection(DATA),
        ClosePeerConnection(second.number),
    ]
    assert (len(table), table.count(7), table.of_client(DATA)) == (0, 0, None)
    assert table.between(7, PEER) is None


def test_numbers_are_drawn_again_when_they_are_taken():
    draws = iter((5, 5, 6))
    table = PeerConnections(lambda _: next(draws))
    assert begin(table).number == 5
    assert begin(table, Address("8.8.4.4", 80)).number == 6
