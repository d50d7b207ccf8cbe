"""Tests of `nat.presets`: named behaviours."""

from nat import ALL_NINE, PRESETS
from nat.presets import SOURCES


def test_all_nine_are_in_the_order_of_the_table(truth_table):
    assert [one.short for one in ALL_NINE] == list(dict.fromkeys(row for row, _ in truth_table))


def test_every_preset_says_where_it_comes_from():
    assert list(SOURCES) == list(PRESETS)
    assert all(source.endswith(".") for source in SOURCES.values())


def test_the_nine_pairs_are_there_by_name():
    assert [PRESETS[f"pure-{one.short}".lower().replace("/", "-")] for one in ALL_NINE] == list(
        ALL_NINE
    )
