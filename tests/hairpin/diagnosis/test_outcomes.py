"""The exit status, and `--fail-on`."""

import pytest
import typer

from hairpin.diagnosis.outcomes import NAMES, STATUSES, failures, status
from nat.discovery import Outcome


def test_by_default_every_outcome_but_the_best_has_its_status() -> None:
    failing = failures(None)
    assert {outcome: status(outcome, failing) for outcome in Outcome} == {
        Outcome.DIRECT_LIKELY: 0,
        Outcome.INCONCLUSIVE: 3,
        Outcome.DIRECT_WITH_SOME: 10,
        Outcome.RELAY_NEEDED: 11,
        Outcome.UDP_BLOCKED: 12,
        Outcome.NO_NETWORK: 13,
    }
    for outcome in Outcome:
        assert f"{outcome.value} " in STATUSES


@pytest.mark.parametrize(
    ("given", "failing"),
    [
        (["udp-blocked"], {Outcome.UDP_BLOCKED}),
        (["udp-blocked,no-network"], {Outcome.UDP_BLOCKED, Outcome.NO_NETWORK}),
        (["relay-needed", "inconclusive"], {Outcome.RELAY_NEEDED, Outcome.INCONCLUSIVE}),
        (["nothing"], set()),
    ],
)
def test_with_fail_on_only_what_is_named_fails(given: list[str], failing: set[Outcome]) -> None:
    for outcome in Outcome:
        wanted = outcome.value if outcome in failing else 0
        assert status(outcome, failures(given)) == wanted


@pytest.mark.parametrize("given", ["", "direct-likely", "udp blocked", "12"])
def test_another_word_is_refused_with_those_that_are_known(given: str) -> None:
    with pytest.raises(typer.BadParameter) as refused:
        failures([given])
    for name in (
        "direct-with-some",
        "relay-needed",
        "udp-blocked",
        "no-network",
        "inconclusive",
        "nothing",
    ):
        assert name in str(refused.value)


def test_every_outcome_has_a_name() -> None:
    assert set(NAMES.values()) == set(Outcome)
