"""The connection inspector in JavaScript: its types, its tests in Node, and its weight."""

import subprocess
from pathlib import Path

import pytest

from hairpin.pages.site import site
from tests.node.running import HERE, NODE, ROOT, TYPESCRIPT

TESTS = HERE / "inspector"
PAGES = ROOT / "hairpin" / "pages" / "chat" / "inspector"
HEAVIEST = 45 * 1024


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
    """As it is served."""
    served = site()
    sizes = {
        path: len(page.body)
        for path in served.paths
        if path.startswith("/chat/inspector/") and (page := served.find(path)) is not None
    }
    words = {path: size for path, size in sizes.items() if "/words/" in path}
    assert len(words) == len(list((PAGES / "words").iterdir()))
    weight = sum(sizes.values()) - sum(words.values()) + max(words.values())
    assert weight < HEAVIEST, sizes
