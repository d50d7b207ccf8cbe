"""What two diagnoses foretold stands beside what came, in one sentence."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import pytest

import nat
from nat.discovery import Evidence, FamilyReport, Grade, Outcome, Report, Verdict
from nat.discovery.findings import known, unknown
from peer.explanation import Agreement, Explanation, explain
from peer.report import IceState, PairState
from stunwire import Family

S1 = "stun:198.51.100.10"
SILENT = Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, "")


def report(
    behavior: nat.Behavior,
    number: int,
    *,
    filters: bool = True,
    external: str = "",
) -> Report:
    family = FamilyReport(
        Family.IPV4,
        local="192.168.1.2" if number == 1 else "10.0.0.7",
        external=(external or f"203.0.113.{number}",),
        udp=known(value=True, why=""),
        translated=known(value=True, why=""),
        mapping=known(behavior.mapping, ""),
        filtering=known(behavior.filtering, "") if filters else unknown("no server can tell"),
        clashes=known(value=False, why=""),
    )
    return Report(SILENT, (), (family,), evidence=Evidence())


def met(made: Any, one: nat.Behavior, other: nat.Behavior, **more: Any) -> Explanation:
    return explain(made.report(**more), diagnosis=report(one, 1), remote_diagnosis=report(other, 2))


def text(found: Explanation, agreement: Agreement) -> str:
    assert found.foretold is not None
    assert found.foretold.agreement is agreement
    assert found.foretold.text in found.sentences
    assert found.foretold.text.endswith(".")
    return found.foretold.text


def relayed(side: Any, ways: Iterable[str] = ("srflx", "relay")) -> Any:
    """Through a relay of this side's, though there may have been another way."""
    made = side("192.168.1.2:5000" if "srflx" in ways else "")
    if "srflx" in ways:
        made.gather("srflx", "203.0.113.1:6000", S1)
    made.gather("relay", "198.51.100.30:9000", "turn:198.51.100.30")
    made.remote("srflx", "203.0.113.2:8000")
    if "srflx" in ways:
        made.pair("192.168.1.2:5000", "203.0.113.2:8000")
    made.pair("198.51.100.30:9000", "203.0.113.2:8000", answered=2, selected=True)
    return made


def test_what_comes_true_is_said_so(direct: Any) -> None:
    found = met(direct, nat.FULL_CONE, nat.SYMMETRIC)
    words = text(found, Agreement.AGREES)
    assert words.startswith("The two diagnoses foretold a direct path")
    assert words.endswith(", and so it came.")


def test_a_relay_that_was_foretold_and_that_nobody_had(failing: Any) -> None:
    found = met(failing, nat.PORT_RESTRICTED_CONE, nat.SYMMETRIC)
    assert text(found, Agreement.AGREES) == (
        "The two diagnoses foretold that they need a relay, and none was at hand."
    )


def test_a_relay_that_was_foretold_and_served(side: Any) -> None:
    found = met(relayed(side), nat.PORT_RESTRICTED_CONE, nat.SYMMETRIC)
    assert "need a relay, and so it came" in text(found, Agreement.AGREES)


def test_a_diagnosis_that_was_set_aside_is_the_likeliest_reason(direct: Any) -> None:
    stale = report(nat.SYMMETRIC, 1, external="203.0.113.99")
    found = explain(
        direct.report(), diagnosis=stale, remote_diagnosis=report(nat.PORT_RESTRICTED_CONE, 2)
    )
    assert text(found, Agreement.DIFFERS) == (
        "The two diagnoses foretold that they need a relay, but it came directly: most likely"
        " because what yours found does not hold here, as said."
    )


def test_who_hides_its_addresses_gets_a_relay_whatever_was_foretold(side: Any) -> None:
    found = met(relayed(side, ["relay"]), nat.FULL_CONE, nat.FULL_CONE)
    assert text(found, Agreement.DIFFERS).endswith(
        ", but it came through a relay: most likely because this side has relayed candidates alone."
    )


def test_while_direct_checks_go_on_a_relay_is_no_contradiction(side: Any) -> None:
    made = relayed(side)
    made.pairs[0] = dataclasses.replace(
        made.pairs[0], state=PairState.IN_PROGRESS, failure=None, requests_sent=1
    )
    found = met(made, nat.FULL_CONE, nat.SYMMETRIC)
    assert text(found, Agreement.OPEN).endswith("; it came through a relay.")


def test_what_does_not_fit_is_no_contradiction_of_its_own(failing: Any) -> None:
    found = met(failing, nat.FULL_CONE, nat.SYMMETRIC)
    assert "but no path came up: most likely because a network has changed since, or something" in (
        text(found, Agreement.DIFFERS)
    )


def test_before_anything_has_come_nothing_differs(failing: Any) -> None:
    made = failing.report(IceState.CHECKING)
    found = explain(
        made, diagnosis=report(nat.SYMMETRIC, 1), remote_diagnosis=report(nat.SYMMETRIC, 2)
    )
    assert text(found, Agreement.OPEN).endswith("; nothing has come of it so far.")


def test_what_was_left_open_is_left_open(failing: Any) -> None:
    found = explain(
        failing.report(),
        diagnosis=report(nat.FULL_CONE, 1, filters=False),
        remote_diagnosis=report(nat.SYMMETRIC, 2),
    )
    words = text(found, Agreement.OPEN)
    assert "filtering of the first is not known" in words
    assert "; the first is yours)" in words
    assert words.endswith("; no path came up.")


@pytest.mark.parametrize("which", ["diagnosis", "remote_diagnosis"])
def test_one_diagnosis_alone_foretells_nothing(failing: Any, which: str) -> None:
    assert explain(failing.report(), **{which: report(nat.FULL_CONE, 1)}).foretold is None


def test_which_diagnosis_is_old_is_said(failing: Any) -> None:
    began = 1_800_000_000.0
    old, new = (
        dataclasses.replace(
            report(nat.SYMMETRIC, number),
            evidence=Evidence(started=began - days * 86400),
        )
        for number, days in ((1, 12.2), (2, 0.5))
    )
    made = dataclasses.replace(failing.report(), began=began)
    words = text(explain(made, diagnosis=old, remote_diagnosis=new), Agreement.AGREES)
    assert words.startswith("The two diagnoses (yours of 12 days ago) foretold that they need")
