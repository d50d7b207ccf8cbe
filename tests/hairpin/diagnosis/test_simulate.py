"""`hairpin nat simulate`: the same printing, JSON, page and status as of a real NAT."""

import json
from pathlib import Path
from typing import Any

import pytest

from hairpin.diagnosis.htmlreport import evidence_in


def test_it_prints_what_a_real_diagnosis_would(run_nat: Any) -> None:
    result = run_nat("simulate", "symmetric")
    assert result.exit_code == 11
    assert result.output.startswith("Poor: ")
    assert 'address-and-port-dependent ("symmetric NAT")' in result.output
    assert "stun.example.org:3478" in result.output


def test_lifetimes_take_virtual_time_only(run_nat: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    result = run_nat("simulate", "linux-masquerade", "--lifetime", "--report", str(file), "--quiet")
    assert result.exit_code == 0
    assert result.output.count("\n") == 1
    page = file.read_text()
    assert "Lifetime ladder" in page
    assert "25 to 3" in page


def test_what_it_recorded_can_be_judged_again_and_comes_to_the_same(
    run_nat: Any, tmp_path: Path
) -> None:
    page, document = tmp_path / "report.html", tmp_path / "report.json"
    result = run_nat("simulate", "ei/ad", "--report", str(page))
    again = run_nat("--replay", str(page))
    assert again.output == result.output
    assert again.exit_code == result.exit_code
    document.write_text(run_nat("--replay", str(page), "--json").output)
    assert run_nat("--replay", str(document)).output == result.output


def test_addresses_are_masked_wherever_they_are_given_out(run_nat: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    masked = run_nat("simulate", "full-cone", "--anonymize", "--report", str(file), "--json")
    evidence = evidence_in(file.read_text())
    assert evidence is not None
    assert json.loads(evidence)["anonymous"] is True
    for text in (masked.output, file.read_text()):
        assert "stun.example.org" not in text
        assert "192.168.1.2" not in text.replace("192.168.0", "")
    plain = run_nat("simulate", "full-cone", "--quiet")
    assert run_nat("--replay", str(file), "--quiet").output == plain.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("simulate", "cone-of-silence"), "'cone-of-silence'"),
        (("simulate", "none", "--carrier", "symmetric"), "--carrier"),
        (("simulate", "symmetric", "--carrier", "x"), "--carrier"),
        (("simulate", "symmetric", "--loss", "101"), "0 to 100"),
        (("simulate", "symmetric", "--round-trip", "-1"), "0 to 10000"),
        (("simulate", "symmetric", "--fail-on", "x"), "udp-blocked"),
        (("simulate", "symmetric", "--external", "x"), "is not an IPv4 address"),
        (("simulate",), "NAT"),
    ],
)
def test_wrong_arguments_get_a_sentence(run_nat: Any, arguments: Any, words: str) -> None:
    result = run_nat(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert "Traceback" not in result.output


def test_only_outcomes_that_are_named_fail(run_nat: Any) -> None:
    quiet = ("simulate", "symmetric", "--quiet", "--fail-on")
    assert run_nat(*quiet, "udp-blocked").exit_code == 0
    assert run_nat(*quiet, "udp-blocked,relay-needed").exit_code == 11


def test_a_page_that_cannot_be_written_is_a_line(run_nat: Any) -> None:
    result = run_nat("simulate", "symmetric", "--quiet", "--report", "/nowhere/r.html")
    assert result.exit_code == 1
    assert "cannot write /nowhere/r.html" in result.output


def test_a_page_that_could_not_be_written_is_told_before_it_begins(
    run_nat: Any, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere" / "report.html"
    result = run_nat("simulate", "symmetric", "--report", str(nowhere))
    assert result.exit_code == 1
    assert result.output.startswith(f"error: cannot write {nowhere}")
