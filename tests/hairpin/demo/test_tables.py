"""The report as a person sees it."""

import io
import re

import pytest
from rich.console import Console

import nat
from hairpin.demo import tables
from hairpin.demo.results import DemoReport
from hairpin.demo.run import DemoPlan, run_demo


@pytest.fixture(scope="module")
def report() -> DemoReport:
    return run_demo(DemoPlan(seed=1, pairing=(nat.SYMMETRIC, nat.PORT_RESTRICTED_CONE)))


def shown(report: DemoReport, *, quiet: bool = False, width: int = 120) -> str:
    text = io.StringIO()
    tables.show(report, Console(file=text, width=width), quiet=quiet)
    return text.getvalue()


def test_the_verdict_comes_first(report: DemoReport) -> None:
    assert shown(report).splitlines()[0].startswith("All 3 connections took the expected path")


def test_quiet_prints_the_verdict_alone(report: DemoReport) -> None:
    assert len(shown(report, quiet=True).splitlines()) == 1


def test_every_candidate_stands_with_type_priority_address_and_time(report: DemoReport) -> None:
    text = shown(report)
    for run in report.real:
        for peer in run.peers:
            for candidate in peer.candidates:
                row = next(
                    line
                    for line in text.splitlines()
                    if f"{candidate.address[0]}:{candidate.address[1]}" in line
                    and candidate.type.words in line
                    and "priority" not in line
                )
                assert str(candidate.priority) in row
                assert re.search(r" [\d.]+ m?s ", row)  # seconds on a busy machine


def test_the_phases_the_pair_and_the_round_trips_are_shown(report: DemoReport) -> None:
    text = shown(report)
    for word in (
        "signaling",
        "ICE",
        "DTLS",
        "channel open",
        "set-up",
        "selected local",
        "selected remote",
        "round trip",
        "median of 20",
    ):
        assert word in text


def test_the_simulated_pairing_shows_what_was_expected_and_what_was_found(
    report: DemoReport,
) -> None:
    lines = shown(report).splitlines()
    at = next(number for number, line in enumerate(lines) if "│ symmetric ×" in line)
    assert lines[at].count("relayed") == 2
    assert "✓" in lines[at]
    assert "port-restricted" in lines[at + 1]


def test_nothing_is_cut_off_on_an_eighty_column_terminal(report: DemoReport) -> None:
    assert "…" not in shown(report, width=80)


def test_last_it_says_what_the_diagnosis_says_of_the_nats(report: DemoReport) -> None:
    last = shown(report, width=200).partition("without being told")[2]
    assert "symmetric: Poor: " in last
    assert "port-restricted cone: Good: " in last
    assert last.count("played in") == 2
