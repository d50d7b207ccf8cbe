"""Something is sent to where nobody is, and what that does to a mapping shows."""

import dataclasses

import pytest

import nat
from nat.choices import IcmpErrors, PortAssignment
from nat.discovery.evidence import Wish
from nat.discovery.judging import judge
from nat.discovery.refusing import CLOSED, KNOCKS
from nat.discovery.transactions import Purpose

from .simulated import A1P1, Run, diagnose

WISHES = frozenset({Wish.MAPPING, Wish.ERRORS})
PROVOKE = Purpose.ERROR_PROVOKE


def run(
    errors: IcmpErrors, ports: PortAssignment = PortAssignment.RANDOM, loss: float = 0.0
) -> Run:
    behavior = dataclasses.replace(nat.PORT_RESTRICTED_CONE, icmp_errors=errors, ports=ports)
    return diagnose(behavior, wishes=WISHES, loss=loss)


@pytest.mark.parametrize("loss", [0.0, 0.1])
@pytest.mark.parametrize(
    ("errors", "forgets"),
    [(IcmpErrors.TRANSLATED, False), (IcmpErrors.FATAL, True), (IcmpErrors.DROPPED, None)],
)
def test_a_nat_that_forgets_is_found_out(
    errors: IcmpErrors, forgets: bool | None, loss: float
) -> None:
    assert judge(run(errors, loss=loss).evidence).families[0].forgets.value is forgets


def test_a_nat_that_keeps_ports_shows_that_its_mapping_lives_and_else_nothing() -> None:
    values = {
        errors: judge(run(errors, PortAssignment.PRESERVING).evidence).families[0].forgets.value
        for errors in (IcmpErrors.TRANSLATED, IcmpErrors.FATAL)
    }
    assert values == {IcmpErrors.TRANSLATED: False, IcmpErrors.FATAL: None}


def test_nothing_is_sent_there_after_it_was_refused() -> None:
    for errors, knocks in ((IcmpErrors.TRANSLATED, 1), (IcmpErrors.DROPPED, KNOCKS)):
        done = run(errors)
        for trial in done.trials(PROVOKE):
            sent = [each for each in trial if each.purpose is PROVOKE]
            assert len(sent) == knocks
            assert all(len(each.sent) == 1 and not each.server for each in sent)
            assert {each.target.host for each in sent} == {A1P1.host}
            assert {each.target.port for each in sent} <= set(CLOSED)


def test_without_a_nat_nothing_is_provoked() -> None:
    assert not diagnose(None, wishes=WISHES).of(PROVOKE)
