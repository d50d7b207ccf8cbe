"""What the documents show is true: their programs run, their commands exist."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from peer import Configuration
from peer.explanation import Cause

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")

DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PROGRAMS = [
    pytest.param(program, id=f"{document.name}-{number}")
    for document in DOCUMENTS
    for number, program in enumerate(PROGRAM.findall(document.read_text()), 1)
    if "import " in program
]


TESTS = [one for one in PROGRAMS if "def test_" in one.values[0]]


@pytest.mark.parametrize("program", [one for one in PROGRAMS if one not in TESTS])
def test_every_program_in_the_documents_runs(program: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert not done.stderr


@pytest.mark.parametrize("program", TESTS)
def test_every_test_in_the_documents_passes(program: str, tmp_path: Path) -> None:
    """With nothing but what is installed, as in a suite of somebody else's."""
    (tmp_path / "test_of_a_stranger.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout


def test_the_worlds_in_the_documents_are_played_as_told(tmp_path: Path) -> None:
    worlds = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "lab.md").read_text(), re.DOTALL)
    path = tmp_path / "world.toml"

    def play(world: str, expected: int) -> dict[tuple[str, str], dict[str, Any]]:
        path.write_text(world)
        command = [sys.executable, "-m", "hairpin", "lab", "run", path, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert done.returncode == expected, done.stdout + done.stderr
        document = json.loads(done.stdout)
        return {(one["host"], one["program"]): one for one in document["programs"]}

    first, second = worlds
    programs = play(first, 1)
    assert programs["alice", "meet"]["error"].startswith("SessionFailedError: no path")
    assert programs["alice", "ping"]["result"].startswith("4 sent, 4 answered")
    assert play(second, 0)["alice", "ping"]["result"].startswith("15 sent, ")


@pytest.mark.parametrize(("name", "mark"), [("peer", "explained"), ("nat", "diagnosed")])
def test_the_guides_show_what_their_explained_failures_print(name: str, mark: str) -> None:
    text = (ROOT / "docs" / f"{name}.md").read_text()
    (program,) = [one for one in PROGRAM.findall(text) if "explain(" in one]
    shown = re.search(rf"<!-- {mark} -->\n```\n(.*?)```", text, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert shown is not None
    assert done.stdout == shown[1]


def test_the_guide_lists_every_setting_with_its_name_and_every_cause() -> None:
    text = (ROOT / "docs" / "peer.md").read_text()
    settings = {one.name for one in dataclasses.fields(Configuration)}
    listed = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert settings - listed == set()
    assert [cause.value for cause in Cause if f"`{cause.value}`" not in text] == []


def test_the_readme_has_programs_to_run() -> None:
    assert len(PROGRAMS) >= 2


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    targets = LINK.findall(document.read_text())
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


def test_the_readme_names_every_make_target_that_people_need() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make ([a-z]+)`", (ROOT / "README.md").read_text()):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_readme_shows_the_demos_output() -> None:
    text = (ROOT / "README.md").read_text()
    assert "connections took the expected path" in text
    assert "symmetric ×" in text


def test_the_pictures_of_the_lab_are_what_its_worlds_give() -> None:
    command = [sys.executable, ROOT / "tools" / "lab-gallery", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["compose.yaml", "nodes.yaml"])
def test_the_compose_files_fit_the_compose_schema(name: str) -> None:
    command = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        "vendor.compose-spec",
        ROOT / "compose" / name,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_container_copies_every_package_and_starts_a_command_that_exists() -> None:
    dockerfile = (ROOT / "compose" / "Dockerfile").read_text()
    packages = re.search(r"include = \[(.*)\]", (ROOT / "pyproject.toml").read_text())
    assert packages is not None
    for package in re.findall(r'"(\w+)\*"', packages[1]):
        assert f"COPY {package} {package}" in dockerfile
    assert 'CMD ["up"' in dockerfile
