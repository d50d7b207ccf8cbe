"""The video chat in JavaScript: its types, and its tests in Node."""

import subprocess
from pathlib import Path

import pytest

from tests.node.running import HERE, NODE, ROOT, TYPESCRIPT

CHAT = HERE / "chat"
LONGEST = 400


def node(*command: object) -> None:
    done = subprocess.run(
        [NODE, *map(str, command)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_types_hold() -> None:
    node(TYPESCRIPT, "-p", CHAT)


def test_its_tests_in_node_pass() -> None:
    node("--test", *sorted(CHAT.glob("*.test.mjs")))


@pytest.mark.parametrize("part", ["pages/chat", "pages/game"])
def test_a_module_is_one_thing_of_at_most_400_lines_with_a_sign_on_its_door(part: str) -> None:
    modules = sorted(Path(ROOT, "hairpin", part).rglob("*.js"))
    assert modules
    for module in modules:
        lines = module.read_text().splitlines()
        assert len(lines) <= LONGEST, module.name
        assert lines[0] == "// @ts-check", module.name
        assert lines[1].startswith("/**"), module.name
