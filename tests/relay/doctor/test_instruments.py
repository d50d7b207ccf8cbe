"""The instruments: real ones and those of the tests are of one kind."""

from typing import Any

from relay.doctor.instruments import Instruments, Trust
from relay.doctor.sockets import Sockets


def test_real_instruments_and_those_of_the_tests_are_taken_alike(make_lab: Any) -> None:
    both: list[Instruments] = [Sockets(), make_lab()]
    for one in both:
        assert len(one.transaction_id()) == 12
        assert one.transaction_id() != one.transaction_id()
        assert one.unix_now() > 0
        assert one.now() > 0


def test_a_certificate_is_checked_or_any_does() -> None:
    assert {one.value for one in Trust} == {"checked", "any"}
