"""An allocation as a value: what it permits, and when something about it ends."""

import pytest

from relay.allocations import Allocation, Answered, Channel
from relay.counters import Usage
from relay.credentials import Credential, Owner, Scheme
from relay.datapath import Route
from relay.fivetuple import FiveTuple
from relay.interfaces import RelayInterface
from stunwire import Address, IntegrityKey

PEER = Address("192.0.1.7", 7000)


@pytest.fixture
def allocation() -> Allocation:
    return Allocation(
        number=1,
        five_tuple=FiveTuple(Address("192.0.2.1", 5), Address("192.0.2.2", 3478)),
        credential=Credential(Owner(Scheme.STATIC, "alice"), "alice", IntegrityKey(b"secret")),
        interface=RelayInterface("10.0.0.5", "198.51.99.7", range(50000, 50010)),
        port=50001,
        answered=Answered(b"t" * 12, b"", 0.0),
        expires=600.0,
    )


def test_the_relayed_address_is_the_announced_one(allocation):
    assert allocation.relayed == Address("198.51.99.7", 50001)


def test_a_permission_counts_until_its_deadline(allocation):
    allocation.permissions["192.0.1.7"] = 300.0
    assert allocation.permits("192.0.1.7", 299.9)
    assert not allocation.permits("192.0.1.7", 300.0)
    assert not allocation.permits("192.0.1.8", 0.0)


def test_the_next_deadline_is_the_earliest_of_all(allocation):
    assert allocation.next_deadline() == 600.0
    route = Route(1, allocation.five_tuple, 0x4000, PEER, Usage(), 500.0)
    allocation.channels[0x4000] = Channel(route, 500.0)
    assert allocation.next_deadline() == 500.0
    allocation.permissions["192.0.1.7"] = 300.0
    assert allocation.next_deadline() == 300.0
