"""The truth table as a page: every cell with its reason, and nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import hairpin.lab.grid
from hairpin.commands import app
from hairpin.lab.cells import Cell, Played, cells
from hairpin.lab.gridpage import page
from nat import CandidateType, Model


def as_expected(cell: Cell) -> Played:
    expected = cell.pairing.expected
    types = expected.alternatives[0] if expected.direct else None
    if types is None and cell.with_relay:
        types = (CandidateType.RELAYED,) * 2
    drops = () if expected.direct else ("home-a dropped 1 packet <at 0.1 s>",)
    relayed = cell.with_relay and not expected.direct
    return Played(cell, expected, types, relayed=relayed, elapsed=0.25, drops=drops)


def wrong(cell: Cell) -> Played:
    return Played(cell, cell.pairing.expected, None, relayed=False, elapsed=5.0, drops=())


def text_of(*, with_relay: bool = False) -> str:
    todo = cells(Model.PURE, with_relay=with_relay, seed=1)
    return page([as_expected(cell) for cell in todo], 0.8)


def test_every_cell_has_a_button_with_its_name_and_what_was_found() -> None:
    text = text_of()
    assert text.count("<button") == text.count("</template>") == 81
    assert "EI/AD × APD/EI: direct, server-reflexive and peer-reflexive, after 250 ms" in text
    assert "<h1>42 of 81 pairings connect directly, as expected.</h1>" in text


def test_a_cell_tells_expectation_reason_popular_names_and_drops() -> None:
    (cell,) = re.findall(r'data-name="APD/APD × EI/APD">.*?</template>', text_of())
    assert "<dt>Why</dt><dd>one NAT uses a new port for each destination and the other" in cell
    assert "symmetric × port-restricted cone" in cell
    assert "dropped 1 packet &lt;at 0.1 s&gt;" in cell


def test_relayed_cells_and_those_not_as_expected_are_marked_with_a_word() -> None:
    assert text_of(with_relay=True).count('class="relayed"') == 39
    text = page([wrong(cell) for cell in cells(Model.PURE, with_relay=False, seed=1)], 0.8)
    assert text.count("– !</button>") == 42


def test_the_page_needs_nothing_from_elsewhere() -> None:
    assert not re.search(r"(src|href|url\()", text_of())
    assert "prefers-color-scheme: dark" in text_of()


def test_the_command_writes_it_or_says_why_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hairpin.lab.grid, "play", as_expected)
    runner = CliRunner()
    target = tmp_path / "grid.html"
    done = runner.invoke(app, ["lab", "grid", "-q", "-j", "1", "--html", str(target)])
    assert done.exit_code == 0
    assert target.read_text().startswith("<!doctype html>")
    nowhere = tmp_path / "nowhere" / "grid.html"
    done = runner.invoke(app, ["lab", "grid", "-q", "-j", "1", "--html", str(nowhere)])
    assert done.exit_code == 1
    assert "error: cannot write" in done.output
