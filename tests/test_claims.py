"""What docs/rfc.md and docs/relay-security.md claim: each file and each test they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CLAIMS = [ROOT / "docs" / name for name in ("rfc.md", "relay-security.md")]
LINK = re.compile(r"\[`([\w./]+)`\]\(\.\./([\w./]+)\)")
HEADING = re.compile(r"^## RFC (\d+)", re.MULTILINE)
SECTION = re.compile(r"§([\d.]+\d|\d+)(?:–§([\d.]+\d))?")
CITATION = re.compile(r"RFC (\d+)((?:,? §[\d.]*\d)*)")
SOURCES = sorted(
    path for package in ("relay", "stunwire") for path in (ROOT / package).rglob("*.py")
)


def _rows(document: Path) -> list[str]:
    return [row for row in document.read_text().splitlines() if row.startswith("|")]


def _sections() -> dict[str, set[str]]:
    """Which sections the tables have, by RFC; those with a row in the last table have none."""
    text = CLAIMS[0].read_text()
    found: dict[str, set[str]] = {number: set() for number in re.findall(r"RFC (\d+)\]\(", text)}
    for part in HEADING.split(text)[1:]:
        if part.isdecimal():
            number = part
            continue
        for row in part.splitlines():
            for first, last in SECTION.findall(row.split("|")[1] if row.startswith("|") else ""):
                found[number] |= _range(first, last or first)
    return found


def _range(first: str, last: str) -> set[str]:
    stem, _, low = first.rpartition(".")
    high = last.rpartition(".")[2]
    return {".".join(filter(None, (stem, str(n)))) for n in range(int(low), int(high) + 1)}


def _covers(rows: set[str], section: str) -> bool:
    """Whether a row is about a section, the one that it is in, or a part of it."""
    return any(
        f"{row}.".startswith(f"{section}.") or f"{section}.".startswith(f"{row}.") for row in rows
    )


@pytest.mark.parametrize("document", CLAIMS, ids=lambda path: path.name)
def test_every_test_that_is_named_is_where_it_is_said_to_be(document: Path) -> None:
    named = [(name, path) for name, path in LINK.findall(document.read_text()) if "/" not in name]
    assert len(named) > 20
    missing = [
        f"{path}: {name}"
        for name, path in named
        if not re.search(rf"^ *(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE)
    ]
    assert not missing


@pytest.mark.parametrize("document", CLAIMS, ids=lambda path: path.name)
def test_every_file_that_is_named_is_the_one_that_is_linked(document: Path) -> None:
    named = [(name, path) for name, path in LINK.findall(document.read_text()) if "/" in name]
    assert len(named) > 20
    assert not [name for name, path in named if name != path or not (ROOT / path).is_file()]


@pytest.mark.parametrize("document", CLAIMS, ids=lambda path: path.name)
def test_every_row_is_shown_by_a_test_or_says_that_it_is_not_done(document: Path) -> None:
    empty = [row for row in _rows(document) if "../tests/" not in row and "../relay/" in row]
    assert not empty


def test_every_citation_in_the_code_is_of_an_rfc_and_a_section_in_the_table() -> None:
    known = _sections()
    cited = [
        (path.relative_to(ROOT), number, section)
        for path in SOURCES
        for number, sections in CITATION.findall(path.read_text())
        for section in re.findall(r"§([\d.]*\d)", sections) or [""]
    ]
    assert len(cited) > 100
    assert not [one for one in cited if one[1] not in known]
    assert not [
        one for one in cited if one[2] and known[one[1]] and not _covers(known[one[1]], one[2])
    ]
