"""Tests of `nat.translation.mappings`: the tables of a NAT."""

from nat import Address, Dependence, Protocol
from nat.translation.filters import Filter
from nat.translation.mappings import Flow, Mapping, Table

A, B, C = Address("10.0.0.1", 1), Address("198.51.100.1", 2), Address("198.51.100.2", 3)
EXTERNAL = Address("203.0.113.1", 4711)


def mapping(now=0.0, lifetime=10.0, key=None, *, tracked=False):
    letting_in = Filter(Dependence.ENDPOINT_INDEPENDENT)
    made = Mapping(Protocol.UDP, (A, key), EXTERNAL, now, lifetime, letting_in)
    made.flows = {} if tracked else None
    return made


def flow_of(one, remote, now=0.0, lifetime=10.0):
    flow = Flow(one, remote, now, lifetime)
    if one.flows is not None:
        one.flows[remote] = flow
    return flow


def test_a_mapping_has_the_timer_unless_its_flows_have():
    plain = mapping()
    flow = flow_of(plain, B)
    assert flow.timer is plain
    assert plain.is_alive(9.9)
    assert not plain.is_alive(10.0)
    tracked = mapping(tracked=True)
    assert not tracked.is_alive(0.0)
    for remote, lifetime in ((B, 5.0), (C, 20.0)):
        assert flow_of(tracked, remote, lifetime=lifetime).timer is not tracked
    assert tracked.ends() == 20.0
    assert tracked.silence(7.0) == 7.0


def test_a_mapping_that_was_asked_for_lives_until_then():
    one = mapping()
    one.explicit_until = 50.0
    assert one.is_alive(49.0)
    one.end()
    assert not one.is_alive(0.0)


def test_a_mapping_that_is_taken_out_takes_its_flows_along():
    table = Table(Protocol.UDP)
    one = mapping(tracked=True)
    table.add(one)
    table.explicit[A] = one
    flow = flow_of(one, B)
    table.outbound[A, B] = table.inbound[EXTERNAL, B] = flow
    table.remove(one, quarantine=30.0)
    assert not table.explicit
    assert not (table.inner)
    assert not (table.outer)
    assert not (table.newest)
    assert not (table.outbound)
    assert not (table.inbound)
    assert table.quarantined == {EXTERNAL: (40.0, "10.0.0.1")}
    assert not table.is_free(EXTERNAL, "10.0.0.2", 39.0, 30.0)
    assert table.is_free(EXTERNAL, "10.0.0.1", 39.0, 30.0)
    assert table.is_free(EXTERNAL, "10.0.0.2", 40.0, 30.0)


def test_a_sweep_takes_out_what_has_expired_and_nothing_else():
    table = Table(Protocol.UDP)
    old, young = mapping(key="old"), mapping(now=5.0, key="young")
    for one in (old, young):
        table.add(one)
    table.clashes[EXTERNAL, B] = 3.0
    assert table.sweep(12.0, 0.0) == [old]
    assert table.living_outside(EXTERNAL, 12.0) == [young]
    assert table.newest == {A: young}
    assert not table.clashes


def test_sessions_stay_when_flows_are_forgotten():
    table = Table(Protocol.UDP)
    session, plain = flow_of(mapping(tracked=True), B), flow_of(mapping(), C)
    table.inbound.update({(EXTERNAL, B): session, (EXTERNAL, C): plain})
    table.forget_flows()
    assert table.inbound == {(EXTERNAL, B): session}


def test_a_pair_is_taken_by_another_endpoint_or_by_a_clash():
    table = Table(Protocol.UDP)
    table.inbound[EXTERNAL, B] = flow_of(mapping(), B)
    assert table.is_pair_free(EXTERNAL, B, A, 0.0)
    assert not table.is_pair_free(EXTERNAL, B, C, 0.0)
    assert table.is_pair_free(EXTERNAL, B, C, 10.0)
    table.clashes[EXTERNAL, C] = 5.0
    assert not table.is_pair_free(EXTERNAL, C, A, 4.0)
    assert table.is_pair_free(EXTERNAL, C, A, 5.0)
    table.clear()
    assert not (table.inbound)
    assert not (table.clashes)
