"""Tests of `nat.portmap.epoch`: a gateway that has forgotten everything shows it by its clock."""

import pytest

from nat.choices import PortMapping
from nat.portmap.epoch import EpochWatch

OLD = (PortMapping.NAT_PMP, PortMapping.UPNP)


def told(spoken: PortMapping, *answers: tuple[float, float]) -> list[bool]:
    watch = EpochWatch(spoken)
    return [watch.receive(epoch, now) for epoch, now in answers]


@pytest.mark.parametrize("spoken", PortMapping)
def test_the_first_answer_is_always_fine_and_so_is_a_clock_that_goes(spoken: PortMapping) -> None:
    answers = ((1000, 0), (1060, 60), (4660, 3660))
    assert told(spoken, *answers) == [False, False, False]


@pytest.mark.parametrize("spoken", PortMapping)
def test_a_reboot_shows_and_only_once(spoken: PortMapping) -> None:
    assert told(spoken, (1000, 0), (5, 60), (65, 120)) == [False, True, False]


@pytest.mark.parametrize("spoken", PortMapping)
def test_a_reboot_that_nobody_saw_for_long_shows_too(spoken: PortMapping) -> None:
    assert told(spoken, (100, 0), (900, 3600)) == [False, True]


@pytest.mark.parametrize(
    ("epoch", "elapsed", "lost"),
    [(873, 1000, True), (874, 1000, False), (2000, 1000, False)],
    ids=["more than an eighth slow, and two seconds", "just so", "fast is fine"],
)
@pytest.mark.parametrize("spoken", OLD)
def test_nat_pmp_gives_the_gateway_s_clock_an_eighth_and_two_seconds(
    spoken: PortMapping, epoch: float, elapsed: float, lost: bool
) -> None:
    """RFC 6886 §3.6: 875 s are to be expected after 1000, less two."""
    assert told(spoken, (0, 0), (epoch - 0.5, elapsed)) == [False, lost]


@pytest.mark.parametrize(
    ("epoch", "elapsed", "lost"),
    [
        (99, 0, False),
        (98.9, 0, True),
        (100 + 936, 1000, False),
        (100 + 935, 1000, True),
        (100 + 1068, 1000, False),
        (100 + 1069, 1000, True),
    ],
    ids=["a second back", "more than that", "slow", "too slow", "fast", "too fast"],
)
def test_pcp_lets_clocks_differ_by_a_sixteenth_and_two_seconds(
    epoch: float, elapsed: float, lost: bool
) -> None:
    """RFC 6887 §8.5."""
    assert told(PortMapping.PCP, (100, 0), (epoch, elapsed)) == [False, lost]
