"""Tests of `nat.traversal`: who can meet whom without a relay: the rule for two peers, each behind one NAT."""

import itertools

import pytest

from nat import ALL_NINE, direct_possible, explain_direct

PAIRS = list(itertools.product(ALL_NINE, ALL_NINE))


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=lambda one: one.short)
def test_the_rule_gives_the_literal_table(a, b, truth_table):
    assert direct_possible(a, b) == (truth_table[a.short, b.short] == "Y")


def test_42_of_81_pairings_connect_directly(truth_table):
    assert sum(direct_possible(a, b) for a, b in PAIRS) == 42
    assert list(truth_table.values()).count("Y") == 42


def test_the_reason_fits_the_verdict():
    reasons = {True: set(), False: set()}
    for a, b in PAIRS:
        reasons[direct_possible(a, b)].add(explain_direct(a, b))
    assert len(reasons[True]) == 3
    assert len(reasons[False]) == 4
    assert not reasons[True] & reasons[False]
