"""Tests of `nat.parsing`: behaviours from what people write."""

import contextlib
import dataclasses
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat import (
    ALL_NINE,
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    PRESETS,
    SYMMETRIC,
    Behavior,
    Dependence,
    Hairpinning,
    Kept,
    PortAssignment,
    PortMapping,
    Refresh,
    Sessions,
    behavior_from,
    parse,
)
from nat.behavior import SETTINGS

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


def test_parse_reads_settings_behind_a_name():
    assert parse("symmetric mapping_lifetime=30") == dataclasses.replace(
        SYMMETRIC, mapping_lifetime=30
    )
    text = "EI/APD, ports=overloading; hairpinning=External source address, port_range=40000-49999"
    assert parse(text) == Behavior(
        EI,
        APD,
        ports=PortAssignment.OVERLOADING,
        hairpinning=Hairpinning.EXTERNAL_SOURCE,
        port_range=(40_000, 49_999),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("symmetric color=red", "'color' in 'symmetric color=red' is no setting.* mapping, filt"),
        ("symmetric parity=", "parity cannot be '': expected one of no, if possible"),
        ("symmetric quota=many", "quota cannot be 'many': expected a whole number"),
        ("mapping_lifetime=3", "names no NAT behaviour"),
        ("symmetric quota=1.5", "expected a whole number"),
        ("symmetric mapping_lifetime=0", "more than 0 s"),
    ],
)
def test_parse_says_which_setting_is_wrong_and_what_is_allowed(text, message):
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_a_table_of_toml_becomes_a_behavior():
    table = tomllib.loads(
        """
        mapping = "endpoint-independent"
        filtering = "apd"
        sessions = "conntrack"
        refresh = "both"
        mapping_lifetime = 180
        one_shot_lifetime = 30
        filter_lifetime = "none"
        port_range = [2000, 2999]
        parity = "if possible"
        after_conflict = { preset = "symmetric", ports = "sequential" }
        """
    )
    assert behavior_from(table) == Behavior(
        EI,
        APD,
        sessions=Sessions.CONNTRACK,
        refresh=Refresh.BOTH,
        mapping_lifetime=180,
        one_shot_lifetime=30,
        port_range=(2000, 2999),
        parity=Kept.IF_POSSIBLE,
        after_conflict=dataclasses.replace(SYMMETRIC, ports=PortAssignment.SEQUENTIAL),
    )


def test_a_table_may_begin_with_a_preset_and_change_it():
    assert behavior_from({"preset": "port-restricted"}) == PORT_RESTRICTED_CONE
    assert behavior_from({"preset": "EI/EI", "quota": 3}) == dataclasses.replace(FULL_CONE, quota=3)
    whole = {name: getattr(FULL_CONE, name) for name in SETTINGS}
    assert behavior_from(whole) == FULL_CONE


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({}, "needs 'preset', or 'mapping' and 'filtering'"),
        ({"mapping": "ei"}, "needs 'preset', or 'filtering'$"),
        ({"preset": "cone"}, "'cone' under 'preset' names no NAT behaviour. Known: full-cone"),
        ({"preset": 3}, "3 under 'preset' names no"),
        ({"preset": "ei/ei", "colour": 1}, "'colour' is no setting of a NAT. There are: mapping"),
        ({"mapping": "x", "filtering": "ei"}, "mapping cannot be 'x': expected one of endpoint-in"),
        ({"preset": "ei/ei", "quota": True}, "quota cannot be True: expected a whole number"),
        ({"preset": "ei/ei", "mapping_lifetime": 10**400}, "expected a number"),
        ({"preset": "ei/ei", "port_range": 5}, "expected the first and the last port"),
        ({"preset": "ei/ei", "ports": 5}, "ports cannot be 5: expected one of preserving"),
        ({"preset": "ei/ei", "after_conflict": 5}, "expected a behaviour as text or as a table"),
        ({"preset": "ei/ei", "after_conflict": {"x": 1, "preset": "ei/ei"}}, "'x' is no setting"),
    ],
)
def test_an_impossible_table_is_refused_with_what_is_allowed(table, message):
    with pytest.raises(ValueError, match=message):
        behavior_from(table)


@pytest.mark.parametrize(
    "text", ["full-cone port_mapping=nat-pmp+pcp", "full cone, port_mapping=PCP+NAT PMP"]
)
def test_port_mapping_protocols_are_written_with_a_plus(text):
    assert parse(text).port_mapping == {PortMapping.NAT_PMP, PortMapping.PCP}


def test_port_mapping_protocols_are_a_list_in_a_table():
    table = {"preset": "full-cone", "port_mapping": ["upnp"]}
    assert behavior_from(table).port_mapping == {PortMapping.UPNP}
    assert (
        behavior_from({"preset": "full-cone", "port_mapping": "none"}).port_mapping == frozenset()
    )
    with pytest.raises(
        ValueError, match=r"port_mapping cannot be \['upnb'\]: expected one of nat-pmp"
    ):
        behavior_from({"preset": "full-cone", "port_mapping": ["upnb"]})
    with pytest.raises(ValueError, match=r"port_mapping cannot be 3: expected protocols"):
        behavior_from({"preset": "full-cone", "port_mapping": 3})


SETTING = st.sampled_from([*SETTINGS, "preset", "color"])
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SETTING, inner, max_size=3),
    max_leaves=6,
)
WORD = st.sampled_from([*PRESETS, "ei", "apd", "/", "=", ",", " ", "1", "-", "none", *SETTINGS])


@given(st.lists(WORD, max_size=8).map("".join) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(ValueError):
        assert isinstance(parse(text), Behavior)


@given(st.dictionaries(SETTING, ANY, max_size=4), st.sampled_from(["ei/apd", "openwrt"]))
def test_any_table_is_read_or_refused(table, preset):
    with contextlib.suppress(ValueError):
        assert isinstance(behavior_from({"preset": preset} | table), Behavior)
