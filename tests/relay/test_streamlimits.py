"""Bounds of connections: nonsense is refused."""

import pytest

from relay import SettingsError, StreamLimits


def test_the_defaults_are_what_the_documentation_says():
    limits = StreamLimits()
    assert (limits.first_message, limits.longest_frame) == (10.0, 65536)


@pytest.mark.parametrize("name", StreamLimits.__slots__)
@pytest.mark.parametrize("value", [0, -1])
def test_a_bound_that_lets_nothing_in_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=f"{name} to be more than 0, got {value}"):
        StreamLimits(**{name: value})
