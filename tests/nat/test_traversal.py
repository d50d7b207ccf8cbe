"""Tests of `nat.traversal`: who can meet whom without a relay: the rule for two peers, each behind one NAT."""

import itertools

import pytest

from nat import (
    ALL_NINE,
    CandidateType,
    Dependence,
    Model,
    compose,
    direct_possible,
    expect,
    explain_direct,
)

PAIRS = list(itertools.product(ALL_NINE, ALL_NINE))
LETTERS = {Model.PURE: "Y", Model.ENDPOINT_FILTERS: "Ye", Model.CONNTRACK: "Yk"}
COUNTS = {Model.PURE: 42, Model.ENDPOINT_FILTERS: 45, Model.CONNTRACK: 57}


@pytest.mark.parametrize("model", Model)
def test_the_rule_gives_the_literal_table(model, truth_table):
    assert {(a.short, b.short): direct_possible(a, b, model) for a, b in PAIRS} == {
        pair: letter in LETTERS[model] for pair, letter in truth_table.items()
    }


@pytest.mark.parametrize("model", Model)
def test_42_45_and_57_of_81_pairings_connect_directly(model):
    assert sum(direct_possible(a, b, model) for a, b in PAIRS) == COUNTS[model]


@pytest.mark.parametrize("model", Model)
def test_the_order_of_the_two_sides_changes_nothing_but_the_order_of_the_types(model):
    for a, b in PAIRS:
        one, other = expect(a, b, model), expect(b, a, model)
        assert (one.direct, one.reason) == (other.direct, other.reason)
        assert one.types == (None if other.types is None else other.types[::-1])


def test_the_pure_model_is_the_one_meant_when_none_is_named():
    for a, b in PAIRS:
        assert direct_possible(a, b) == direct_possible(a, b, Model.PURE)
        assert expect(a, b) == expect(a, b, Model.PURE)


def test_a_nat_that_keeps_its_port_shows_what_the_server_saw_and_any_other_a_new_one():
    kinds = {True: CandidateType.SERVER_REFLEXIVE, False: CandidateType.PEER_REFLEXIVE}
    for a, b in PAIRS:
        types = expect(a, b).types
        if types is not None:
            assert types == tuple(kinds[one.mapping.short == "EI"] for one in (a, b))


@pytest.mark.parametrize(
    ("model", "yes", "no"),
    [(Model.PURE, 3, 4), (Model.ENDPOINT_FILTERS, 4, 4), (Model.CONNTRACK, 3, 2)],
)
def test_the_reason_fits_the_verdict(model, yes, no):
    reasons = {True: set(), False: set()}
    for a, b in PAIRS:
        reasons[direct_possible(a, b, model)].add(explain_direct(a, b, model))
    assert (len(reasons[True]), len(reasons[False])) == (yes, no)
    assert not reasons[True] & reasons[False]


def test_nested_nats_have_the_worst_mapping_and_the_strictest_filter_of_all():
    for inner, outer in PAIRS:
        composed = compose(inner, outer)
        worst = [one.short for one in Dependence]
        assert composed.mapping.short == max(
            inner.mapping.short, outer.mapping.short, key=worst.index
        )
        assert composed.filtering.short == max(
            inner.filtering.short, outer.filtering.short, key=worst.index
        )


def test_no_nat_hinders_nobody():
    assert all(
        direct_possible(compose(), one) == direct_possible(ALL_NINE[0], one) for one in ALL_NINE
    )


@pytest.mark.parametrize("model", [Model.PURE])
def test_checks_and_answers_through_two_translators_come_to_the_rules_verdict(model, punches):
    for a, b in PAIRS:
        assert punches([a], [b]) == direct_possible(a, b, model), (a.short, b.short)


def test_726_of_729_nested_pairings_are_those_of_the_composed_nat(punches):
    """The home's filter is shared by all mappings of the carrier's NAT in the other three."""
    exceptions = {
        (home.short, carrier.short, remote.short)
        for home, carrier, remote in itertools.product(ALL_NINE, repeat=3)
        if punches([home, carrier], [remote]) != direct_possible(compose(home, carrier), remote)
    }
    assert exceptions == {
        ("EI/AD", "AD/EI", "AD/AD"),
        ("EI/AD", "AD/EI", "APD/AD"),
        ("EI/AD", "APD/EI", "AD/AD"),
    }
