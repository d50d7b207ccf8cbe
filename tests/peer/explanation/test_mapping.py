"""Two observations of one base rule out what does not fit, and never more than that."""

import pytest

from nat import Dependence
from peer.explanation.evidence import UNKNOWN_HOST, Observation
from peer.explanation.findings import Certainty
from peer.explanation.mapping import differing, judge, keeps_ports, pooling_is_paired

BASE = ("192.168.1.2", 5000)
EI, AD, APD = Dependence
MEASURED, INFERRED, UNKNOWN = Certainty


def seen(
    host: str, port: int, mapped: int, *, by_server: bool = True, ip: str = "203.0.113.1"
) -> Observation:
    return Observation(BASE, host, port, (ip, mapped), 0.0, by_server=by_server)


ONE = seen("198.51.100.10", 3478, 6000)
CASES = [
    ([ONE], {EI, AD, APD}, UNKNOWN),
    ([ONE, seen("198.51.100.20", 3478, 6000)], {EI}, MEASURED),
    ([ONE, seen("198.51.100.20", 3478, 6001)], {AD, APD}, MEASURED),
    ([ONE, seen("198.51.100.10", 3479, 6000)], {EI, AD}, MEASURED),
    ([ONE, seen("198.51.100.10", 3479, 6001)], {APD}, MEASURED),
    ([ONE, seen("198.51.100.10", 3478, 6001)], {EI, AD, APD}, UNKNOWN),  # it was rebound
    (
        [ONE, seen("198.51.100.10", 3479, 6000), seen("198.51.100.20", 3478, 6001)],
        {AD},
        MEASURED,
    ),
    # A check that the remote sent first may have fixed its way.
    ([ONE, seen("203.0.113.2", 8000, 6001, by_server=False)], {AD, APD}, INFERRED),
    ([ONE, seen("203.0.113.2", 8000, 6000, by_server=False)], {EI}, INFERRED),
    # What servers saw counts more.
    (
        [ONE, seen("198.51.100.20", 3478, 6001), seen("203.0.113.2", 1, 6000, by_server=False)],
        {AD, APD},
        MEASURED,
    ),
    # The port is not known: another one of the same host must be another port.
    (
        [seen("203.0.113.2", 0, 1, by_server=False), seen("203.0.113.2", 0, 2, by_server=False)],
        {APD},
        INFERRED,
    ),
    (
        [seen("203.0.113.2", 0, 1, by_server=False), seen("203.0.113.2", 0, 1, by_server=False)],
        {EI, AD, APD},
        UNKNOWN,
    ),
    # Two names may be one host.
    ([seen("a.example", 3478, 6000), seen("b.example", 3478, 6000)], {EI}, INFERRED),
    ([ONE, seen(UNKNOWN_HOST, 50000, 6000)], {EI, AD}, INFERRED),
    ([ONE, seen(UNKNOWN_HOST, 50000, 6001)], {AD, APD}, MEASURED),
    # No rule of RFC 4787 fits.
    (
        [ONE, seen("198.51.100.20", 3478, 6000), seen("198.51.100.30", 3478, 6001)],
        {EI, AD, APD},
        UNKNOWN,
    ),
    ([Observation(BASE, "198.51.100.10", 1, BASE, 0.0, by_server=True)], {EI, AD, APD}, UNKNOWN),
]


@pytest.mark.parametrize(("observations", "values", "certainty"), CASES)
def test_what_fits_is_left(
    observations: list[Observation], values: set[Dependence], certainty: Certainty
) -> None:
    possible = judge(observations)
    assert set(possible.values) == values
    assert possible.certainty is certainty


def test_the_two_that_differ_are_shown_those_of_servers_first() -> None:
    check = seen("203.0.113.2", 8000, 6002, by_server=False)
    other = seen("198.51.100.20", 3478, 6001)
    assert differing([check, ONE, other]) == (ONE, other)
    assert differing([ONE, ONE]) is None


def test_ports_are_kept_or_not_or_nobody_knows() -> None:
    assert keeps_ports([seen("198.51.100.10", 1, 5000)]) is True
    assert keeps_ports([ONE, seen("198.51.100.10", 1, 5000)]) is False
    assert keeps_ports([]) is None


def test_pooling_is_known_from_two_addresses_on() -> None:
    other = seen("198.51.100.20", 3478, 6000, ip="203.0.113.9")
    assert pooling_is_paired([ONE]) is None
    assert pooling_is_paired([ONE, seen("198.51.100.20", 3478, 6001)]) is True
    assert pooling_is_paired([ONE, other]) is False
