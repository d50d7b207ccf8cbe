"""The bounds of asking a hook."""

import pytest

from relay import HookLimits, SettingsError


def test_the_defaults_are_those_that_the_documents_name():
    limits = HookLimits()
    assert (limits.timeout, limits.parked, limits.parked_per_source) == (3.0, 256, 8)


def test_nothing_need_be_kept():
    assert HookLimits(cache=0.0, cache_unknown=0.0).cache == 0.0


@pytest.mark.parametrize("name", ["timeout", "cached", "parked", "parked_per_source"])
def test_what_must_be_more_than_nothing_is_named(name):
    with pytest.raises(SettingsError, match=f"expected {name} of more than 0, got 0"):
        HookLimits(**{name: 0})


@pytest.mark.parametrize("name", ["cache", "cache_unknown"])
def test_what_must_not_be_negative_is_named(name):
    with pytest.raises(SettingsError, match=f"expected {name} of 0 or more, got -1"):
        HookLimits(**{name: -1})
