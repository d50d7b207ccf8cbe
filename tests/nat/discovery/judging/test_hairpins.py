"""Hairpinning is seen from inside only with the external source; silence leaves two answers."""

import msgspec
import pytest

from nat.choices import Dependence, Hairpinning
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding
from nat.discovery.judging import judge
from nat.discovery.transactions import Purpose
from tests.nat.discovery.judging.playing import AD, APD, EI, Played

LEFT = (Hairpinning.NONE, Hairpinning.INTERNAL_SOURCE)


@pytest.mark.parametrize("filtering", list(Dependence))
@pytest.mark.parametrize("mapping", list(Dependence))
@pytest.mark.parametrize("hairpinning", list(Hairpinning))
def test_what_is_said_of_hairpinning_is_never_wrong(
    mapping: Dependence, filtering: Dependence, hairpinning: Hairpinning
) -> None:
    played = Played(mapping, filtering, hairpinning=hairpinning)
    found = judge(played.diagnose()).families[0].hairpinning
    assert hairpinning in found.candidates(Hairpinning)
    if mapping is EI:
        assert found.is_known or found.possible == LEFT


def test_nothing_is_said_of_it_without_a_nat() -> None:
    played = Played(EI, APD, local="203.0.113.50", outside=())
    assert "no NAT" in judge(played.diagnose()).families[0].hairpinning.why


def refused(evidence: Evidence, often: int) -> Evidence:
    """As if all had sent to our own external addresses twice, at once, and as many were refused."""
    began = max(each.sent[0] for each in evidence.transactions)
    times = {"sent": (began, began + 0.3), "refused": (began + 0.01, began + 0.31)[:often]}
    told = tuple(
        msgspec.structs.replace(each, failure="connection refused", **times)
        if each.purpose is Purpose.HAIRPIN_ASK
        else each
        for each in evidence.transactions
    )
    return msgspec.structs.replace(evidence, transactions=told)


@pytest.mark.parametrize(
    ("filtering", "often", "known"),
    [(EI, 1, True), (AD, 1, False), (APD, 1, False), (APD, 2, True)],
)
def test_a_router_that_refuses_what_no_filter_would_has_no_hairpinning(
    filtering: Dependence, often: int, known: bool
) -> None:
    """The first packet may have come before the other socket had opened its filter."""
    evidence = refused(Played(EI, filtering).diagnose(), often)
    found: Finding[Hairpinning] = judge(evidence).families[0].hairpinning
    assert (found.value is Hairpinning.NONE) is known
    assert found.is_known is known


def test_a_nat_without_a_port_to_spare_refuses_hairpins_like_anything_else() -> None:
    evidence = refused(Played(EI, EI).diagnose(), 2)
    last = [each for each in evidence.transactions if each.purpose is Purpose.MAPPING_I][-1]
    told = msgspec.structs.replace(last, answers=(), refused=last.sent)
    transactions = tuple(told if each is last else each for each in evidence.transactions)
    found = judge(msgspec.structs.replace(evidence, transactions=transactions)).families[0]
    assert judge(evidence).families[0].hairpinning.is_known
    assert not found.hairpinning.is_known
