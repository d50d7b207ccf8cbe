"""What is concluded of two NATs holds of every pair of NATs that fits, and never excludes the true one."""

import itertools

import pytest

import nat
from nat import Behavior, Dependence
from peer.explanation.findings import Certainty, Possible
from peer.explanation.hypotheses import Seen, conclude

EI, AD, APD = Dependence
PAIRS = list(itertools.product(nat.ALL_NINE, repeat=2))


def exactly(value: Dependence) -> Possible:
    return Possible((value,), Certainty.MEASURED)


@pytest.mark.parametrize("known", [True, False])
def test_the_true_pair_always_fits(known: bool) -> None:
    for a, b in PAIRS:
        mappings = (exactly(a.mapping), exactly(b.mapping)) if known else (Possible(), Possible())
        found = conclude(Seen(mappings, nat.direct_possible(a, b)))
        assert fits(a, found.mappings[0], found.filterings[0])
        assert fits(b, found.mappings[1], found.filterings[1])


def fits(behavior: Behavior, mapping: Possible, filtering: Possible) -> bool:
    return behavior.mapping in mapping.values and behavior.filtering in filtering.values


def test_one_port_for_all_against_new_ports_that_fails_means_a_filter_by_port() -> None:
    found = conclude(Seen((exactly(EI), exactly(APD)), direct=False))
    assert found.filterings[0] == Possible((APD,), Certainty.INFERRED)
    assert found.filterings[1].certainty is Certainty.UNKNOWN
    assert found.mappings[0] == exactly(EI)


def test_what_came_in_shows_what_the_filter_lets_in() -> None:
    mappings = (exactly(EI), exactly(APD))
    heard = conclude(Seen(mappings, direct=None, let_in=(True, None)))
    assert APD not in heard.filterings[0].values
    lost = conclude(Seen(mappings, direct=None, let_in=(False, None)))
    assert lost.filterings[0].values == (APD,)


def test_nothing_seen_means_nothing_known() -> None:
    found = conclude(Seen((Possible(), Possible()), direct=None))
    assert found.fitting == len(PAIRS)
    assert {one.certainty for one in (*found.mappings, *found.filterings)} == {Certainty.UNKNOWN}


def test_what_no_nat_of_rfc_4787_does_is_not_explained_by_one() -> None:
    found = conclude(Seen((exactly(EI), exactly(EI)), direct=False))
    assert found.fitting == 0
    assert found.filterings[0].words == "unknown"
