"""Two sockets send to each other's external address, and what arrives shows its source."""

import dataclasses

import pytest

import nat
from nat.choices import Hairpinning
from nat.discovery.transactions import Purpose

from .simulated import diagnose, mapped

LEARN, ASK = Purpose.HAIRPIN_LEARN, Purpose.HAIRPIN_ASK


@pytest.mark.parametrize("how", Hairpinning)
def test_what_arrives_has_the_source_that_the_nat_gives_it(how: Hairpinning) -> None:
    run = diagnose(dataclasses.replace(nat.PORT_RESTRICTED_CONE, hairpinning=how))
    trials = run.trials(LEARN)
    assert len(trials) == 2
    local = {each.number: each.local for each in run.evidence.sockets}
    for trial in trials:
        learnt = {each.socket: mapped(each) for each in trial if each.purpose is LEARN}
        asks = [each for each in trial if each.purpose is ASK]
        assert {each.target for each in asks} == set(learnt.values())
        for each in asks:
            (receiver,) = set(learnt) - {each.socket}
            assert each.target == learnt[receiver]
            if how is Hairpinning.NONE:
                assert not each.arrivals
                assert len(each.sent) == 5
                continue
            external = how is Hairpinning.EXTERNAL_SOURCE
            source = learnt[each.socket] if external else local[each.socket]
            assert each.arrivals[0].source == source
            assert each.arrivals[0].socket == receiver


def test_without_a_nat_there_is_nothing_to_try() -> None:
    assert not diagnose(None).of(LEARN, ASK)
