"""The game in JavaScript: its tests in Node."""

import subprocess
from pathlib import Path

import pytest

from tests.node.running import HERE, NODE

GAME = HERE / "game"


def node(*command: object) -> None:
    done = subprocess.run(
        [NODE, *map(str, command)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted(GAME.glob("*.test.mjs")), ids=lambda path: path.name)
def test_its_tests_in_node_pass(file: Path) -> None:
    node("--test", file)
