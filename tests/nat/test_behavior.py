"""Tests of `nat.behavior`: everything that can be set of a NAT."""

import dataclasses
import inspect
import re

import pytest

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    SYMMETRIC,
    Behavior,
    Dependence,
    PortBlocks,
)
from nat.behavior import SETTINGS

EI, AD, APD = Dependence


def test_the_popular_name_is_used_where_there_is_one():
    assert FULL_CONE.name == "full cone"
    assert PORT_RESTRICTED_CONE.name == "port-restricted cone"
    assert SYMMETRIC.name == "symmetric"
    assert Behavior(AD, EI).name == "address-dependent/endpoint-independent"


def test_every_setting_is_explained():
    explained = re.findall(r"^ {4}(\w+): ", inspect.cleandoc(Behavior.__doc__), re.MULTILINE)
    assert explained[: len(SETTINGS)] != []
    assert set(SETTINGS) == set(explained) - {"ValueError"}


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("mapping_lifetime", 0, "mapping_lifetime must be more than 0 s, not 0 s"),
        ("tcp_lifetime", -1, "tcp_lifetime must be more than 0 s"),
        ("one_shot_lifetime", 0, "one_shot_lifetime must be more than 0 s"),
        ("filter_lifetime", float("nan"), "filter_lifetime must be more than 0 s, not nan s"),
        ("quarantine", -1, "quarantine must be 0 s or more, not -1 s"),
        ("quota", 0, "quota must be 1 or more, not 0"),
        ("block_size", 0, "block_size must be 1 or more"),
        ("port_range", (0, 10), "from 1 to 65535, the lower one first, not 0 and 10"),
        ("port_range", (20, 10), "the lower one first, not 20 and 10"),
        ("port_range", (1, 65_536), "not 1 and 65536"),
    ],
)
def test_an_impossible_value_is_refused_with_what_is_allowed(setting, value, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(FULL_CONE, **{setting: value})


def test_a_block_must_fit_into_the_range():
    with pytest.raises(ValueError, match="block of 512 ports does not fit into the 101"):
        Behavior(EI, EI, blocks=PortBlocks.ON_DEMAND, port_range=(1000, 1100))
