"""Tests of `nat.behavior`: nAT behaviour in the words of RFC 4787, with the popular names beside them."""

import pytest

from nat import (
    ALL_NINE,
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    PRESETS,
    SYMMETRIC,
    Behavior,
    Dependence,
    parse,
)

EI, AD, APD = Dependence


@pytest.mark.parametrize("name", PRESETS)
def test_parse_reads_every_preset_with_and_without_cone(name):
    assert parse(name) == PRESETS[name]
    assert parse(name.removesuffix("-cone").replace("-", " ").upper()) == PRESETS[name]


@pytest.mark.parametrize("behavior", ALL_NINE, ids=lambda one: one.short)
def test_parse_reads_back_every_form_in_which_a_behavior_is_written(behavior):
    assert parse(behavior.words) == behavior
    assert parse(behavior.short) == behavior
    assert parse(behavior.name) == behavior


@pytest.mark.parametrize("text", ["", "cone", "ei", "ei/", "/apd", "ei/apd/ad", "ei apd", "none"])
def test_parse_refuses_other_words_and_lists_those_it_knows(text):
    with pytest.raises(ValueError, match=r"port-restricted-cone.*address-dependent \(ad\)"):
        parse(text)


def test_the_popular_name_is_used_where_there_is_one():
    assert FULL_CONE.name == "full cone"
    assert PORT_RESTRICTED_CONE.name == "port-restricted cone"
    assert SYMMETRIC.name == "symmetric"
    assert Behavior(AD, EI).name == "address-dependent/endpoint-independent"


def test_all_nine_are_in_the_order_of_the_table(truth_table):
    assert [one.short for one in ALL_NINE] == list(dict.fromkeys(row for row, _ in truth_table))


def test_a_mapping_that_lives_for_no_time_is_refused():
    with pytest.raises(ValueError, match="more than 0 s, not 0 s"):
        Behavior(EI, EI, mapping_lifetime=0)
