"""Tests of `nat.translation.ports`: which external address and port a new mapping gets."""

import dataclasses

import pytest

from nat import (
    FULL_CONE,
    SYMMETRIC,
    Address,
    Drop,
    DropReason,
    Kept,
    Pooling,
    PortAssignment,
    Protocol,
)

A, OTHER = ("192.168.1.2", 5000), ("192.168.1.3", 5000)
TWO = ("203.0.113.1", "203.0.113.2")


def remote(number):
    return (f"198.51.{number >> 8}.{number & 255}", 1000)


def having(behavior=FULL_CONE, **settings):
    return dataclasses.replace(behavior, **settings)


def test_preservation_keeps_a_free_port_and_never_shares_one(box):
    one = box(having(ports=PortAssignment.PRESERVING))
    assert one.external(A, remote(1)).port == 5000
    assert one.external(OTHER, remote(2)).port != 5000


def test_preservation_without_overloading_does_not_help_a_symmetric_nat(box):
    one = box(having(SYMMETRIC, ports=PortAssignment.PRESERVING))
    ports = [one.external(A, remote(number)).port for number in range(3)]
    assert ports[0] == 5000
    assert len(set(ports)) == 3


def test_overloading_shares_a_port_between_hosts_that_talk_to_others(box):
    one = box(having(SYMMETRIC, ports=PortAssignment.OVERLOADING))
    for number in range(3):
        assert one.external(A, remote(number)).port == 5000
    shared = one.external(OTHER, remote(7))
    assert shared.port == 5000
    assert one.take(remote(7), shared).destination == OTHER
    assert one.take(remote(2), shared).destination == A


def test_overloading_gives_another_port_towards_a_remote_that_the_port_talks_to(box):
    one = box(having(SYMMETRIC, ports=PortAssignment.OVERLOADING))
    first = one.external(A, remote(1))
    second = one.external(OTHER, remote(1))
    assert first.port == 5000 != second.port
    assert one.take(remote(1), first).destination == A
    assert one.take(remote(1), second).destination == OTHER


def test_sequential_ports_count_up(box):
    one = box(having(SYMMETRIC, ports=PortAssignment.SEQUENTIAL))
    ports = [one.external(A, remote(number)).port for number in range(4)]
    assert [port - ports[0] for port in ports] == [0, 1, 2, 3]


def test_random_ports_follow_the_seed(box):
    def ports(seed):
        one = box(SYMMETRIC, seed=seed)
        return [one.external(A, remote(number)).port for number in range(8)]

    assert ports(1) == ports(1)
    assert ports(1) != ports(2)


@pytest.mark.parametrize("assignment", PortAssignment)
def test_ports_stay_in_the_range(box, assignment):
    one = box(having(SYMMETRIC, ports=assignment, port_range=(40_000, 40_009)))
    ports = [one.external(A, remote(number)).port for number in range(10)]
    assert set(ports) == set(range(40_000, 40_010))


def test_when_every_port_is_taken_the_packet_is_dropped_and_freed_ports_serve_again(box):
    one = box(having(SYMMETRIC, port_range=(65_000, 65_535)))
    for number in range(536):
        one.external(A, remote(number))
    assert len({external for _, _, external in one.nat.mappings(0.0)}) == 536
    assert one.why(one.send(A, remote(600))) == (
        DropReason.NO_PORT,
        "no port from 65000 to 65535 of 203.0.113.1 is left for 192.168.1.2:5000",
    )
    one.external(A, remote(600), now=121.0)
    assert len(one.nat.mappings(121.0)) == 1


@pytest.mark.parametrize("assignment", PortAssignment)
@pytest.mark.parametrize("port", [5000, 5001])
def test_parity_is_kept_if_possible(box, assignment, port):
    one = box(having(SYMMETRIC, ports=assignment, parity=Kept.IF_POSSIBLE, port_range=(4, 23)))
    ports = [one.external((A[0], port), remote(number)).port for number in range(20)]
    assert {external % 2 for external in ports[:10]} == {port % 2}
    assert len(set(ports)) == 20


def test_contiguous_ports_stay_together(box):
    one = box(having(contiguity=Kept.IF_POSSIBLE))
    rtp = one.external((A[0], 5000), remote(1))
    rtcp = one.external((A[0], 5001), remote(1))
    assert rtcp.port == rtp.port + 1
    odd_first = one.external((A[0], 6001), remote(1))
    assert one.external((A[0], 6000), remote(1)).port == odd_first.port - 1


def test_well_known_ports_may_be_kept_apart(box):
    one = box(having(well_known=Kept.IF_POSSIBLE))
    for number in range(1, 20):
        assert one.external((A[0], number), remote(1)).port < 1024
        assert one.external((A[0], 2000 + number), remote(1)).port >= 1024
    mixed = box(FULL_CONE)
    assert mixed.external((A[0], 500), remote(1)).port >= 1024


def test_a_host_keeps_its_external_address(box):
    one = box(SYMMETRIC, *TWO)
    assert {one.external(A, remote(number)).host for number in range(8)} == {TWO[0]}
    assert one.external(OTHER, remote(1)).host == TWO[1]


def test_arbitrary_pooling_uses_every_address(box):
    one = box(having(SYMMETRIC, pooling=Pooling.ARBITRARY), *TWO)
    assert {one.external(A, remote(number)).host for number in range(16)} == set(TWO)


def test_arbitrary_pooling_goes_on_to_an_address_that_has_ports(box):
    one = box(having(SYMMETRIC, pooling=Pooling.ARBITRARY, port_range=(2000, 2001)), *TWO)
    assert len({one.external(A, remote(number)) for number in range(4)}) == 4
    assert isinstance(one.send(A, remote(9)), Drop)


def test_a_port_rests_before_another_host_gets_it(box):
    one = box(having(port_range=(2000, 2000), quarantine=120))
    one.external(A, remote(1), now=0.0)
    assert one.why(one.send(OTHER, remote(1), now=239.0))[0] is DropReason.NO_PORT
    assert one.external(OTHER, remote(1), now=240.0).port == 2000


def test_the_same_host_may_have_its_port_back_at_once(box):
    one = box(having(port_range=(2000, 2000), quarantine=120))
    one.external(A, remote(1), now=0.0)
    assert one.external((A[0], 7777), remote(1), now=121.0).port == 2000


def test_ports_rest_after_the_table_was_swept_too(box):
    one = box(having(SYMMETRIC, port_range=(2000, 2199), quarantine=1000))
    for number in range(200):
        one.external(A, remote(number), now=0.0)
    one.external(A, remote(300), now=500.0)  # makes it sweep
    assert one.why(one.send(OTHER, remote(1), now=501.0))[0] is DropReason.NO_PORT
    assert one.external(OTHER, remote(1), now=1121.0).port >= 2000


def test_a_nat_without_ports_says_so_quickly_and_looks_again_when_something_has_ended(box):
    one = box(having(SYMMETRIC, port_range=(2000, 2009)))
    for number in range(10):
        one.external(A, remote(number), now=float(number))
    table = one.nat._register.tables[Protocol.UDP]
    assert one.why(one.send(A, remote(99), now=10.0))[0] is DropReason.NO_PORT
    table.is_free = None  # whoever looks for a port now fails
    assert one.why(one.send(A, remote(99), now=119.0))[0] is DropReason.NO_PORT
    del table.is_free
    one.external(A, remote(99), now=120.0)
    assert one.nat.map_port(Protocol.UDP, Address(*OTHER), None, 9, 120.0).reason
    for number in range(1, 10):
        one.external(A, remote(number), now=120.5)


def test_a_mapping_that_is_ended_makes_room_at_once(box):
    one = box(having(quota=1))
    one.nat.map_port(Protocol.UDP, Address(*A), None, 1000, 0.0)
    other = Address(A[0], 7000)
    assert one.nat.map_port(Protocol.UDP, other, None, 1000, 1.0).reason is DropReason.QUOTA
    one.nat.unmap_port(Protocol.UDP, Address(*A), 2.0)
    assert one.nat.map_port(Protocol.UDP, other, None, 1000, 2.0).port
