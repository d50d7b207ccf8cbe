"""Tests of `nat.portmapping.mapper`: the rules that the port mapping protocols have in common."""

from nat import Address, Drop, Protocol
from nat.portmapping.mapper import find, granted, map_exactly

INTERNAL, OTHER = Address("192.168.1.2", 5000), Address("192.168.1.3", 5000)


def test_lifetimes_are_whole_seconds_within_bounds():
    assert [granted(0.5), granted(200.7), granted(1e9)] == [120, 200, 86400]


def test_a_port_that_is_taken_leaves_nothing_behind(mapper):
    assert map_exactly(mapper, Protocol.UDP, INTERNAL, 1024, 300, 0.0) == ("203.0.113.1", 1024)
    refused = map_exactly(mapper, Protocol.UDP, OTHER, 1024, 300, 0.0)
    assert isinstance(refused, Drop)
    assert find(mapper, Protocol.UDP, OTHER, 0.0) is None


def test_a_mapping_to_another_port_stays_when_it_cannot_be_moved(mapper):
    map_exactly(mapper, Protocol.UDP, INTERNAL, 1024, 300, 0.0)
    assert isinstance(map_exactly(mapper, Protocol.UDP, INTERNAL, 2000, 300, 0.0), Drop)
    found = find(mapper, Protocol.UDP, INTERNAL, 0.0)
    assert found is not None
    assert found.external.port == 1024
