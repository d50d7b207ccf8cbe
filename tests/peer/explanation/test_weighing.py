"""What goes together makes the stories; what does not fit what came is set aside, and why is told."""

import dataclasses
from typing import Any

import pytest

import nat
from nat import Dependence, Pooling
from peer.explanation import Cause, Certainty, NatStory, Side, Source, networks
from peer.explanation.diagnosed import FRESH, Diagnosed
from peer.explanation.evidence import Evidence, gather
from peer.explanation.weighing import Weighed, weigh

EI, AD, APD = Dependence
S1, S2 = "stun:198.51.100.10", "stun:198.51.100.20"
CONE = nat.PORT_RESTRICTED_CONE


def told(behavior: nat.Behavior, number: int = 1, **more: Any) -> Diagnosed:
    """A diagnosis that knows a NAT, of the side with this number."""
    return Diagnosed(
        4,
        local="192.168.1.2" if number == 1 else "10.0.0.7",
        external=(f"203.0.113.{number}",),
        udp=True,
        translated=True,
        mapping=(behavior.mapping,),
        filtering=(behavior.filtering,),
        behaviors=(behavior,),
        clashes=False,
        **more,
    )


def stuck(side: Any) -> Evidence:
    """One STUN server each, and no check is answered: whose NAT it is does not show."""
    made = side()
    made.gather("srflx", "203.0.113.1:6000", S1)
    made.remote("host", "10.0.0.7:7000")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair("192.168.1.2:5000", "203.0.113.2:8000")
    evidence = gather(made.report())
    assert evidence is not None
    return evidence


def only(weighed: Weighed) -> str:
    (found,) = weighed.aside
    assert found.cause is Cause.DIAGNOSIS_SET_ASIDE
    assert not found.matters
    return found.text


def known(story: NatStory) -> tuple[tuple[Dependence, ...], tuple[Dependence, ...]]:
    return story.mapping.values, story.filtering.values


def test_without_a_diagnosis_all_is_as_ice_saw_it(side: Any) -> None:
    evidence = stuck(side)
    assert weigh(evidence).nats == networks.nats(evidence)


def test_a_diagnosis_is_measured_and_tells_of_the_other_side_what_is_left(side: Any) -> None:
    local, remote = weigh(stuck(side), (told(CONE), None)).nats
    assert known(local) == ((EI,), (APD,))
    for found in (local.mapping, local.filtering):
        assert (found.certainty, found.source) == (Certainty.MEASURED, Source.DIAGNOSIS)
    assert remote.mapping.values == (AD, APD)
    assert (remote.mapping.certainty, remote.mapping.source) == (Certainty.INFERRED, Source.ICE)
    assert local.diagnosed is not None
    assert remote.diagnosed is None


def test_what_servers_saw_stays_with_ice(failing: Any) -> None:
    evidence = gather(failing.report())
    assert evidence is not None
    local, _ = weigh(evidence, (told(CONE), None)).nats
    assert (local.mapping.source, local.filtering.source) == (Source.ICE, Source.DIAGNOSIS)


def test_what_is_unknown_adds_nothing(side: Any) -> None:
    evidence = stuck(side)
    empty = Diagnosed(4, local="192.168.1.2", external=("203.0.113.1",))
    weighed = weigh(evidence, (empty, None))
    plain = networks.nats(evidence)
    for mine, other in zip(weighed.nats, plain, strict=True):
        assert known(mine) == known(other)
        assert (mine.carrier, mine.pooling_paired) == (other.carrier, other.pooling_paired)


def test_the_rest_of_a_story_is_filled_where_ice_saw_nothing(side: Any) -> None:
    made = told(CONE, pooling=Pooling.ARBITRARY, carrier=True, preserving=False)
    local, _ = weigh(stuck(side), (made, None)).nats
    assert (local.pooling_paired, local.carrier, local.keeps_ports) == (False, True, False)
    assert local.udp is True


@pytest.mark.parametrize(
    ("local", "remote", "aside"),
    [
        (nat.FULL_CONE, None, [Side.LOCAL]),  # whoever is on the other side would have come in
        (CONE, CONE, [Side.LOCAL, Side.REMOTE]),  # one of the two, and nobody knows which
        (CONE, nat.SYMMETRIC, []),
        (nat.FULL_CONE, nat.SYMMETRIC, [Side.LOCAL]),
        (nat.SYMMETRIC, nat.FULL_CONE, [Side.REMOTE]),
    ],
)
def test_what_foretells_another_end_is_set_aside(
    side: Any, local: nat.Behavior, remote: nat.Behavior | None, aside: list[Side]
) -> None:
    other = None if remote is None else told(remote, 2)
    weighed = weigh(stuck(side), (told(local), other))
    assert [one.side for one in weighed.aside] == aside
    assert all("does not fit what it found" in one.text for one in weighed.aside)
    for story in weighed.nats:
        if story.side in aside:
            assert story.diagnosed is None
            assert story.filtering.source is Source.ICE


def test_where_a_packet_that_came_early_may_have_taken_the_port_silence_says_nothing(
    side: Any,
) -> None:
    both = [dataclasses.replace(told(CONE, number), clashes=None) for number in (1, 2)]
    assert weigh(stuck(side), (both[0], both[1])).aside == ()


def test_a_diagnosis_of_another_network_changes_nothing(side: Any) -> None:
    evidence = stuck(side)
    other = dataclasses.replace(told(nat.SYMMETRIC), external=("203.0.113.99",))
    weighed = weigh(evidence, (other, None))
    assert weighed.nats == networks.nats(evidence)
    assert only(weighed) == (
        "The diagnosis of your network was set aside: it saw this side at 203.0.113.99, and ICE at"
        " 203.0.113.1: another network, or a new address since."
    )


def test_what_an_old_diagnosis_measured_is_inferred(side: Any) -> None:
    local, _ = weigh(stuck(side), (told(CONE, age=3 * FRESH), None)).nats
    assert known(local) == ((EI,), (APD,))
    for found in (local.mapping, local.filtering):
        assert (found.certainty, found.source) == (Certainty.INFERRED, Source.DIAGNOSIS)


@pytest.mark.parametrize(
    ("ages", "aside"),
    [
        ((2 * FRESH, 60.0), [Side.LOCAL]),
        ((None, 2 * FRESH), [Side.REMOTE]),
        ((2 * FRESH, 9 * FRESH), [Side.LOCAL, Side.REMOTE]),
    ],
)
def test_of_two_of_which_one_is_not_right_any_more_the_one_that_is_not_old_stays(
    side: Any, ages: tuple[float | None, float | None], aside: list[Side]
) -> None:
    both = (told(CONE, age=ages[0]), told(CONE, 2, age=ages[1]))
    weighed = weigh(stuck(side), both)
    assert [one.side for one in weighed.aside] == aside
    assert weighed.diagnoses == both
