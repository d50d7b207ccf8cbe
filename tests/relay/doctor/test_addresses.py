"""Which announced addresses can be right."""

import pytest

from relay.doctor.addresses import judge_relayed, kind_of
from relay.doctor.findings import Outcome
from stunwire import Address

PUBLIC, PRIVATE, HOME = "198.51.99.1", "10.0.0.1", "127.0.0.1"


@pytest.mark.parametrize(
    ("relayed", "server", "expected", "outcome", "words"),
    [
        (PUBLIC, PUBLIC, (), Outcome.OK, "198.51.99.1:5000"),
        (PRIVATE, PRIVATE, (), Outcome.OK, "10.0.0.1:5000, private"),
        (PRIVATE, PUBLIC, (), Outcome.FAILED, "10.0.0.1, which is private"),
        (HOME, PUBLIC, (), Outcome.FAILED, "127.0.0.1, which is loopback"),
        ("0.0.0.0", PUBLIC, (), Outcome.FAILED, "no address of anybody"),
        ("::", "2600::1", (), Outcome.FAILED, "no address of anybody"),
        (PUBLIC, PRIVATE, (), Outcome.OK, "reached at 10.0.0.1, which is private"),
        (PUBLIC, PUBLIC, (PUBLIC,), Outcome.OK, "198.51.99.1:5000"),
        (PUBLIC, PUBLIC, ("198.51.99.2",), Outcome.FAILED, "where 198.51.99.2 was expected"),
        (PUBLIC, PUBLIC, ("2600::1",), Outcome.OK, "198.51.99.1:5000"),
        ("2600::1", "2600::1", ("2600:0::1",), Outcome.OK, "[2600::1]:5000"),
    ],
)
def test_a_relayed_address_is_judged_by_the_servers_and_by_what_was_expected(
    relayed: str, server: str, expected: tuple[str, ...], outcome: Outcome, words: str
) -> None:
    finding = judge_relayed(Address(relayed, 5000), Address(server, 3478), expected)
    assert finding.outcome is outcome, finding.what
    assert words in finding.what


def test_what_an_address_is() -> None:
    assert [kind_of(host) for host in (PUBLIC, PRIVATE, HOME)] == [None, "private", "loopback"]
