"""The table of where clients are: what is put in is found at each of its places, and nothing stays behind."""

from relay.allocations import Allocation, Answered
from relay.credentials import Credential, Owner, Scheme
from relay.fivetuple import FiveTuple
from relay.interfaces import RelayInterface
from relay.mobility import Mobile
from relay.ratelimit import source_of
from relay.whereabouts import Whereabouts
from stunwire import Address, IntegrityKey

HERE = FiveTuple(Address("203.0.113.9", 40000), Address("198.51.99.1", 3478))
THERE = HERE._replace(client=Address("2a00::9", 40000))


def make_allocation(number: int) -> Allocation:
    return Allocation(
        number,
        HERE,
        Credential(Owner(Scheme.STATIC, "alice"), "alice", IntegrityKey(b"k")),
        RelayInterface("198.51.99.1", "198.51.99.1", range(50000, 50010)),
        50000,
        Answered(b"", b"", 0.0),
        600.0,
    )


def test_allocations_are_found_at_their_five_tuple_in_the_order_they_came():
    table, one, other = Whereabouts(), make_allocation(1), make_allocation(2)
    table.add(one)
    table.add(other)
    assert table.find(HERE) == (one, other)
    assert table.held_from(source_of(HERE.client.host)) == 2
    table.remove(one)
    assert table.find(HERE) == (other,)
    table.remove(other)
    assert table.find(HERE) == ()
    assert table.held_from(source_of(HERE.client.host)) == 0


def test_an_allocation_that_moves_is_found_and_counted_at_both_places():
    table, one = Whereabouts(), make_allocation(1)
    one.mobile = Mobile(1, arriving=THERE)
    table.add(one)
    assert table.find(HERE) == table.find(THERE) == (one,)
    assert table.held_from(source_of(THERE.client.host)) == 1
    table.remove(one)
    assert table.find(THERE) == ()
    assert table.held_from(source_of(THERE.client.host)) == 0


def test_an_allocation_whose_client_is_away_is_found_nowhere_but_still_counted():
    table, one = Whereabouts(), make_allocation(1)
    one.mobile = Mobile(1, is_away=True)
    table.add(one)
    assert table.find(HERE) == ()
    assert table.held_from(source_of(HERE.client.host)) == 1
    table.remove(one)
    assert table.held_from(source_of(HERE.client.host)) == 0
