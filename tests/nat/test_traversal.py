"""Tests of `nat.traversal`: who can meet whom without a relay: the rule for two peers, each behind one NAT."""

import dataclasses
import itertools

import pytest

from nat import (
    ALL_NINE,
    PORT_RESTRICTED_CONE,
    SYMMETRIC,
    Blocking,
    CandidateType,
    Dependence,
    FilterScope,
    Model,
    PortAssignment,
    Sessions,
    compose,
    direct_possible,
    expect,
    explain_direct,
)

PAIRS = list(itertools.product(ALL_NINE, ALL_NINE))
LETTERS = {Model.PURE: "Y", Model.ENDPOINT_FILTERS: "Ye", Model.CONNTRACK: "Yk"}
COUNTS = {Model.PURE: 42, Model.ENDPOINT_FILTERS: 45, Model.CONNTRACK: 57}


def pairs(model):
    return [(model.of(a), model.of(b)) for a, b in PAIRS]


@pytest.mark.parametrize("model", Model)
def test_the_rule_gives_the_literal_table(model, truth_table):
    assert {(a.short, b.short): direct_possible(a, b) for a, b in pairs(model)} == {
        pair: letter in LETTERS[model] for pair, letter in truth_table.items()
    }


@pytest.mark.parametrize("model", Model)
def test_42_45_and_57_of_81_pairings_connect_directly(model):
    assert sum(direct_possible(a, b) for a, b in pairs(model)) == COUNTS[model]


@pytest.mark.parametrize("model", Model)
def test_the_order_of_the_two_sides_changes_nothing_but_the_order_of_the_types(model):
    for a, b in pairs(model):
        one, other = expect(a, b), expect(b, a)
        assert (one.direct, one.reason) == (other.direct, other.reason)
        assert explain_direct(a, b) == one.reason
        assert {types[::-1] for types in one.alternatives} == set(other.alternatives)


def test_behaviors_as_they_are_made_follow_the_pure_model():
    assert [(a, b) for a, b in PAIRS] == pairs(Model.PURE)


@pytest.mark.parametrize("model", Model)
def test_the_rule_gives_the_literal_candidate_types(model, candidate_types):
    for a, b in pairs(model):
        words = {"".join(kind.value[0] for kind in types) for types in expect(a, b).alternatives}
        assert words == candidate_types[model.value, a.short, b.short], (a.short, b.short)


def test_a_nat_that_keeps_its_port_shows_what_the_server_saw_and_any_other_a_new_one():
    kinds = {True: CandidateType.SERVER_REFLEXIVE, False: CandidateType.PEER_REFLEXIVE}
    for a, b in PAIRS:
        types = tuple(kinds[one.mapping.short == "EI"] for one in (a, b))
        assert expect(a, b).alternatives == ((types,) if direct_possible(a, b) else ())


def test_a_nat_with_sessions_shows_what_the_server_saw_or_what_the_other_side_lets_in():
    one, other = (Model.CONNTRACK.of(ALL_NINE[i]) for i in (3, 0))
    expected = expect(one, other)
    assert (one.short, other.short) == ("AD/EI", "EI/EI")
    assert expected.words == (
        "server-reflexive and server-reflexive, or server-reflexive and peer-reflexive,"
        " or peer-reflexive and server-reflexive"
    )
    assert expected.allows(expected.alternatives[2])
    assert not expected.allows(None)


def test_where_no_path_is_expected_any_types_are_unexpected():
    expected = expect(SYMMETRIC, SYMMETRIC)
    assert expected.words == "no direct path"
    assert expected.allows(None)
    assert not expected.allows((CandidateType.PEER_REFLEXIVE, CandidateType.PEER_REFLEXIVE))


@pytest.mark.parametrize(
    ("model", "yes", "no"),
    [(Model.PURE, 3, 4), (Model.ENDPOINT_FILTERS, 4, 4), (Model.CONNTRACK, 3, 2)],
)
def test_the_reason_fits_the_verdict(model, yes, no):
    reasons = {True: set(), False: set()}
    for a, b in pairs(model):
        reasons[direct_possible(a, b)].add(explain_direct(a, b))
    assert (len(reasons[True]), len(reasons[False])) == (yes, no)
    assert not reasons[True] & reasons[False]


def test_no_udp_no_path():
    blocked = dataclasses.replace(ALL_NINE[0], blocking=Blocking.UDP)
    assert not direct_possible(blocked, ALL_NINE[0])
    assert explain_direct(ALL_NINE[0], compose(blocked, ALL_NINE[0])) == "one NAT lets no UDP out"


def test_a_nat_that_overloads_ports_keeps_them_whatever_it_depends_on():
    """Linux: "symmetric" by the letter, a port-restricted cone in effect."""
    linux = dataclasses.replace(SYMMETRIC, ports=PortAssignment.OVERLOADING)
    assert [direct_possible(linux, one) for one in ALL_NINE] == [
        direct_possible(PORT_RESTRICTED_CONE, one) for one in ALL_NINE
    ]
    assert compose(linux, ALL_NINE[0]).mapping is Dependence.ENDPOINT_INDEPENDENT


def test_nested_nats_have_the_worst_mapping_and_the_strictest_filter_of_all():
    worst = list(Dependence)
    for inner, outer in PAIRS:
        composed = compose(inner, outer)
        assert composed.mapping is max(inner.mapping, outer.mapping, key=worst.index)
        assert composed.filtering is max(inner.filtering, outer.filtering, key=worst.index)


def test_no_nat_hinders_nobody():
    for one in ALL_NINE:
        assert direct_possible(compose(), one) == direct_possible(ALL_NINE[0], one)


@pytest.mark.parametrize("model", Model)
def test_checks_and_answers_through_two_translators_come_to_the_rules_verdict(model, punches):
    for a, b in pairs(model):
        assert punches([a], [b]) == direct_possible(a, b), (a.short, b.short)


def test_nats_of_different_models_meet_as_the_rule_says(punches):
    models = [*Model, None]
    kinds = [
        both_of(one) if model is None else model.of(one) for model in models for one in ALL_NINE
    ]
    for a, b in itertools.combinations(kinds, 2):
        assert punches([a], [b]) == direct_possible(a, b), (a, b)


def both_of(behavior):
    """Endpoint filters and sessions at once."""
    return dataclasses.replace(
        behavior, filter_scope=FilterScope.ENDPOINT, sessions=Sessions.CONNTRACK
    )


def test_729_nested_pairings_are_those_of_the_composed_nat(punches):
    exceptions = set()
    for home, carrier, remote in itertools.product(ALL_NINE, repeat=3):
        whole = compose(home, carrier)
        found = punches([home, carrier], [remote])
        assert found == direct_possible(whole, remote), (home.short, carrier.short, remote.short)
        if found != direct_possible(Model.PURE.of(whole), remote):
            exceptions.add((home.short, carrier.short, remote.short))
    assert exceptions == {  # where the home's filter is shared by all mappings of the carrier's NAT
        ("EI/AD", "AD/EI", "AD/AD"),
        ("EI/AD", "AD/EI", "APD/AD"),
        ("EI/AD", "APD/EI", "AD/AD"),
    }
