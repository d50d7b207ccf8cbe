"""Tests of `nat.worlds.tables`: a table of a world file, read key by key."""

import pytest

from nat.worlds.tables import Table


@pytest.mark.parametrize(
    ("reader", "value", "default", "allowed"),
    [
        ("text", 5, "x", "a text"),
        ("flag", "yes", True, "true or false"),
        ("whole", 1.5, 2, "a whole number"),
        ("whole", True, 2, "a whole number"),
        ("seconds", "soon", 1.0, "seconds"),
        ("share", "many", 0.0, "0 to 1"),
        ("bandwidth", "fast", None, "bits per second"),
        ("size", "big", 1, "bytes"),
    ],
)
def test_a_value_of_another_kind_is_a_fault_and_counts_as_not_given(
    reader, value, default, allowed
):
    faults = []
    assert getattr(Table({"key": value}, "nat.x", faults), reader)("key", default) == default
    (fault,) = faults
    assert fault.place == "nat.x.key"
    assert allowed in fault.message


def test_a_text_stands_for_a_list_of_one():
    faults = []
    table = Table({"one": "a", "two": ["a", "b"], "bad": [1]}, "", faults)
    assert (table.texts("one"), table.texts("two"), table.texts("bad")) == (("a",), ("a", "b"), ())
    assert [fault.place for fault in faults] == ["bad"]


def test_a_key_that_nobody_asked_for_is_a_fault_that_lists_the_others():
    faults = []
    table = Table({"lan": "x", "lam": "y"}, "nat.home", faults)
    table.text("lan")
    table.finish("more")
    assert [str(fault) for fault in faults] == [
        "nat.home.lam: unknown key 'lam'; allowed: lan, more"
    ]


def test_what_should_be_a_table_and_is_none_is_a_fault():
    faults = []
    table = Table({"nat": 5, "event": {"at": 1}}, "", faults)
    assert table.tables("nat") == []
    assert table.array("event") == []
    assert [fault.place for fault in faults] == ["nat", "event"]
