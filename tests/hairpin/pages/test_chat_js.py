"""The video chat in JavaScript: its types, and its tests in Node."""

import subprocess

from tests.node.running import HERE, NODE, TYPESCRIPT

CHAT = HERE / "chat"


def node(*command: object) -> None:
    done = subprocess.run(
        [NODE, *map(str, command)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_types_hold_and_those_of_the_game() -> None:
    """Together, since reading the types of the DOM is most of the work."""
    node(TYPESCRIPT, "-p", CHAT)


def test_its_tests_in_node_pass() -> None:
    node("--test", *sorted(CHAT.glob("*.test.mjs")))
