"""Tests of `nat.translation.entrance`: who may come in from the outside, and by which flow."""

import pytest

from nat import Address, Behavior, Dependence, Drop, DropReason, Protocol, Sessions
from nat.translation import entrance
from nat.translation.mappings import Flow, Mapping

EI, AD, APD = Dependence
A, B, C = (
    Address("192.168.1.2", 5000),
    Address("198.51.100.1", 1000),
    Address("198.51.100.2", 1000),
)


def found(one, external, remote, now=0.0):
    register = one.nat._register
    return entrance.find(register, register.tables[Protocol.UDP], external, remote, now)


def test_finding_changes_nothing(box):
    one = box(Behavior(APD, EI, sessions=Sessions.CONNTRACK))
    external = one.external(A, B)
    assert isinstance(found(one, external, B), Flow)
    assert isinstance(found(one, external, C), Mapping)
    assert one.external(A, C) != external


@pytest.mark.parametrize(
    ("remote", "port", "now", "reason"),
    [
        (C, 0, 0.0, DropReason.FILTERED),
        (B, 1, 0.0, DropReason.NO_MAPPING),
        (B, 0, 120.0, DropReason.MAPPING_EXPIRED),
    ],
)
def test_whoever_may_not_come_in_learns_why(box, remote, port, now, reason):
    one = box(Behavior(EI, APD))
    external = one.external(A, B)
    drop = found(one, external._replace(port=external.port + port), remote, now)
    assert isinstance(drop, Drop)
    assert drop.reason is reason
    assert str(external.port + port) in drop.detail
