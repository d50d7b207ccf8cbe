"""Hairpinning is seen from inside only with the external source; silence leaves two answers."""

import pytest

from nat.choices import Dependence, Hairpinning
from nat.discovery.judging import judge
from tests.nat.discovery.judging.playing import APD, EI, Played

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
