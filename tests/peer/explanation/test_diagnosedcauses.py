"""Two NATs, an ALG and a short memory are known from a diagnosis alone."""

import dataclasses
from typing import Any

import pytest

from peer.explanation import Cause, Certainty, Finding, Side, Source, networks
from peer.explanation.case import Case
from peer.explanation.diagnosed import FRESH, Diagnosed
from peer.explanation.diagnosedcauses import DIAGNOSED
from peer.explanation.evidence import gather
from peer.explanation.verdict import verdict
from peer.report import CheckFailure, IceState


def found(made: Any, told: Diagnosed | None, state: IceState | None = None) -> list[Finding]:
    evidence = gather(made.report(state))
    assert evidence is not None
    local, remote = networks.nats(evidence)
    local = dataclasses.replace(local, diagnosed=told)
    case = Case(evidence, (local, remote), verdict(evidence))
    return [one for rule in DIAGNOSED for one in rule(case)]


@pytest.mark.parametrize(
    ("told", "cause", "matters"),
    [
        ({"double": True}, Cause.DOUBLE_NAT, True),
        ({"rewrites": True}, Cause.ADDRESSES_REWRITTEN, False),
    ],
)
def test_each_is_told_where_it_was_found_and_matters_where_no_direct_way_was(
    failing: Any, direct: Any, told: dict[str, Any], cause: Cause, matters: bool
) -> None:
    (one,) = found(failing, Diagnosed(4, **told))
    assert (one.cause, one.side, one.matters) == (cause, Side.LOCAL, matters)
    assert (one.certainty, one.source) == (Certainty.MEASURED, Source.DIAGNOSIS)
    assert one.help
    assert not found(direct, Diagnosed(4, **told))[0].matters


@pytest.mark.parametrize("told", [None, Diagnosed(4), Diagnosed(4, double=False, rewrites=False)])
def test_what_is_not_known_or_not_so_is_not_told(failing: Any, told: Diagnosed | None) -> None:
    assert found(failing, told) == []


@pytest.mark.parametrize(("lifetime", "told"), [(25.0, True), (30.0, True), (35.0, False)])
def test_a_path_that_was_lost_may_have_been_forgotten(
    direct: Any, lifetime: float, told: bool
) -> None:
    direct.pairs[-1] = dataclasses.replace(direct.pairs[-1], failure=CheckFailure.CONSENT_EXPIRED)
    causes = found(direct, Diagnosed(4, lifetime=lifetime), IceState.FAILED)
    assert [one.cause for one in causes] == [Cause.LIFETIME_SHORT] * told
    if told:
        assert causes[0].certainty is Certainty.INFERRED
        assert f"{lifetime:g} s" in causes[0].text


def test_a_path_that_stands_was_not_forgotten(direct: Any) -> None:
    assert found(direct, Diagnosed(4, lifetime=15.0)) == []


@pytest.mark.parametrize("told", [{"double": True}, {"rewrites": True}])
def test_what_an_old_diagnosis_found_is_inferred_and_its_age_is_said(
    failing: Any, told: dict[str, Any]
) -> None:
    (one,) = found(failing, Diagnosed(4, age=3.5 * FRESH, **told))
    assert one.certainty is Certainty.INFERRED
    assert "a diagnosis of 3 days ago found it" in one.text
