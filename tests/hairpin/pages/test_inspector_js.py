"""The connection inspector in JavaScript: its types, its tests in Node, and its weight."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.node.running import HERE, NODE, ROOT, TYPESCRIPT

TESTS = HERE / "inspector"
PAGES = ROOT / "hairpin" / "pages" / "chat" / "inspector"
HEAVIEST = 56 * 1024
#: As the site serves modules: without the comments that fill whole lines.
COMMENTS = re.compile(
    rb"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL
)


def node(*command: object) -> None:
    done = subprocess.run(
        [NODE, *map(str, command)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_types_hold() -> None:
    node(TYPESCRIPT, "-p", TESTS)


@pytest.mark.parametrize("file", sorted(TESTS.glob("*.test.mjs")), ids=lambda path: path.name)
def test_its_tests_in_node_pass(file: Path) -> None:
    node("--test", file)


def test_it_weighs_little_with_the_words_of_one_language() -> None:
    files = [*PAGES.glob("*.js"), PAGES / "inspector.css"]
    languages = [len(file.read_bytes()) for file in (PAGES / "words").glob("*.js")]
    served = sum(len(COMMENTS.sub(b"", file.read_bytes())) for file in files)
    assert served + max(languages) < HEAVIEST
