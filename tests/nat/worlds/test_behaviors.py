"""Tests of `nat.worlds.behaviors`: what a NAT or firewall of a world file does."""

import pytest

from nat import PORT_RESTRICTED_CONE, SYMMETRIC, Dependence, Hairpinning
from nat.worlds import PlanError, parse


def behavior_of(text):
    return parse(f"[nat.home]\n{text}").nats[0].behavior


def test_a_name_and_what_differs_from_it():
    assert behavior_of("") == PORT_RESTRICTED_CONE
    assert behavior_of("behavior = 'symmetric'") == SYMMETRIC
    found = behavior_of("behavior = 'EI/AD'\nmapping-lifetime = '30 s'\nhairpinning = 'none'")
    assert (found.filtering, found.mapping_lifetime, found.hairpinning) == (
        Dependence.ADDRESS_DEPENDENT, 30.0, Hairpinning.NONE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        (
            "behavior = 'cube'",
            "nat.home.behavior",
            "'cube' names no NAT behaviour. Known: full-cone",
        ),
        ("filtering = 'none'", "nat.home.filtering", "endpoint-independent"),
        ("filters = 'none'", "nat.home.filters", "unknown key 'filters'; allowed:"),
        ("mapping-lifetime = 0", "nat.home.mapping-lifetime", "more than 0 s"),
    ],
)
def test_an_unknown_word_is_a_fault_at_its_key(text, place, message):
    with pytest.raises(PlanError) as caught:
        behavior_of(text)
    (fault,) = caught.value.faults
    assert (fault.place, fault.line) == (place, 2)
    assert message in fault.message
