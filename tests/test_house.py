"""The rules of the house that no linter knows (docs/architecture.md, "How the code is written")."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("stunwire", "nat", "relay", "signaling", "peer", "hairpin")
MAX_FILE = 400
MAX_FUNCTION = 60
SLOPPY_CITATION = re.compile(r"\b(RFC\d|rfc ?\d|RFC \d{3,5},? (?:section|sect\.|sec\.|\d))")

MODULES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
EVERYTHING = MODULES + sorted((ROOT / "tests").rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_a_file_is_one_thing_of_at_most_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= MAX_FILE


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_function_has_at_most_60_lines(path: Path) -> None:
    long = {
        node.name: lines
        for node in functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_the_sign_on_the_door_is_one_sentence(path: Path) -> None:
    if path.name == "conftest.py" and not path.read_text().strip():
        return
    sign = ast.get_docstring(ast.parse(path.read_text()))
    assert sign, "a module begins with a docstring"
    assert sign.splitlines()[0].rstrip().endswith((".", ":", "?", "!"))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_every_module_has_its_mirror_among_the_tests(path: Path) -> None:
    if path.name.startswith("__"):
        return
    mirror = ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")
    assert mirror.exists(), f"{name(mirror)} is missing"


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_rfcs_are_cited_in_one_form(path: Path) -> None:
    if path == Path(__file__):
        return
    sloppy = SLOPPY_CITATION.findall(path.read_text())
    assert not sloppy, 'write "RFC 8656 §7.2"'


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_no_import_hides_behind_type_checking(path: Path) -> None:
    assert "TYPE_CHECKING" not in path.read_text()
