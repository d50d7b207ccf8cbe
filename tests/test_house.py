"""The rules of the house that no linter knows (docs/architecture.md, "How the code is written").

A rule is one test over all files, and names every file that breaks it: a test for each file and rule would be six
thousand, and a minute.
"""

import ast
import functools
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("operating", "stunwire", "nat", "relay", "signaling", "peer", "hairpin")
MAX_FILE = 400
MAX_FUNCTION = 60
SLOPPY_CITATION = re.compile(r"\b(RFC\d|rfc ?\d|RFC \d{3,5},? (?:section|sect\.|sec\.|\d))")
SIGN = re.compile(r'(?:#.*\n)*r?"""(.*)')

MODULES = sorted(p for package in PACKAGES for p in (ROOT / package).rglob("*.py"))
EVERYTHING = MODULES + sorted((ROOT / "tests").rglob("*.py"))
#: What pages are made of, and the programs for Node; what Node itself has installed is not ours.
PAGES = sorted(
    p
    for folder in (*PACKAGES, "tests")
    for ending in ("js", "mjs", "css", "html")
    for p in (ROOT / folder).rglob(f"*.{ending}")
    if "node_modules" not in p.parts
)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@functools.cache
def text(path: Path) -> str:
    return path.read_text()


def sign(path: Path) -> str:
    """The docstring's first line."""
    found = SIGN.match(text(path))
    return found[1].removesuffix('"""').rstrip() if found else ""


def functions(path: Path) -> list[tuple[str, int]]:
    """Each function with its length."""
    return [
        (node.name, (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(ast.parse(text(path)))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_the_files_are_found() -> None:
    found = {path.relative_to(ROOT).parts[0] for path in EVERYTHING}
    assert found == {*PACKAGES, "tests"}
    assert {path.relative_to(ROOT).parts[0] for path in PAGES} >= {
        "hairpin",
        "peer",
        "signaling",
        "tests",
    }


def test_a_file_is_one_thing_of_at_most_400_lines() -> None:
    lines = {name(path): len(text(path).splitlines()) for path in EVERYTHING + PAGES}
    assert {where: count for where, count in lines.items() if count > MAX_FILE} == {}


def test_a_function_has_at_most_60_lines() -> None:
    lengths = [(name(path), *one) for path in MODULES for one in functions(path)]
    assert [one for one in lengths if one[2] > MAX_FUNCTION] == []


def test_the_sign_on_the_door_is_one_sentence() -> None:
    """A module begins with a docstring; a conftest.py may be empty."""
    files = [path for path in EVERYTHING if path.name != "conftest.py" or text(path).strip()]
    assert [name(path) for path in files if not sign(path).endswith((".", ":", "?", "!"))] == []


def test_a_module_of_javascript_is_checked_and_begins_with_what_it_is() -> None:
    modules = [path for path in PAGES if path.suffix == ".js" and "tests" not in path.parts]
    assert [name(path) for path in modules if not text(path).startswith("// @ts-check\n/**")] == []


def test_every_module_has_its_mirror_among_the_tests() -> None:
    mirrors = [
        ROOT / "tests" / path.relative_to(ROOT).with_name(f"test_{path.name}")
        for path in MODULES
        if not path.name.startswith("__")
    ]
    assert [name(mirror) for mirror in mirrors if not mirror.exists()] == []


def test_rfcs_are_cited_in_one_form() -> None:
    """As "RFC 8656 §7.2"."""
    files = [path for path in EVERYTHING if path != Path(__file__)]
    found = {name(path): SLOPPY_CITATION.findall(text(path)) for path in files}
    assert {where: sloppy for where, sloppy in found.items() if sloppy} == {}


def test_no_import_hides_behind_type_checking() -> None:
    assert [name(path) for path in MODULES if "TYPE_CHECKING" in text(path)] == []
