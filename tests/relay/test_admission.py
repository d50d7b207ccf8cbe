"""Admission: so many connections in total and of one source, and room again when one has gone."""

from relay import HangUp
from relay.admission import Admission


def test_so_many_come_in_and_one_more_when_one_has_gone():
    admission = Admission(2, 10)
    assert [admission.enter() for _ in range(3)] == [None, None, HangUp.TOO_MANY]
    admission.leave()
    assert admission.enter() is None


def test_a_source_that_has_its_share_does_not_take_from_another():
    admission = Admission(10, 1)
    assert admission.enter_from("192.0.2.1") is None
    assert admission.enter_from("192.0.2.1") is HangUp.TOO_MANY_OF_SOURCE
    assert admission.enter_from("192.0.2.2") is None
    admission.leave_from("192.0.2.1")
    assert admission.enter_from("192.0.2.1") is None


def test_an_ipv6_subnet_is_one_source():
    admission = Admission(10, 1)
    assert admission.enter_from("2a00::1") is None
    assert admission.enter_from("2a00::ffff:1") is HangUp.TOO_MANY_OF_SOURCE
    assert admission.enter_from("2a00:0:0:1::1") is None


def test_who_is_refused_for_its_source_takes_no_place_from_all():
    admission = Admission(2, 1)
    assert admission.admit("192.0.2.1") is None
    assert admission.admit("192.0.2.1") is HangUp.TOO_MANY_OF_SOURCE
    assert admission.admit("192.0.2.2") is None
    assert admission.admit("192.0.2.3") is HangUp.TOO_MANY
    admission.release("192.0.2.1")
    assert admission.admit("192.0.2.1") is None
