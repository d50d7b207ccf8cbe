"""The TypeScript declarations: a compiler takes them, and holds programs to them."""

import subprocess
from pathlib import Path

import pytest

from signaling.schema.jsonschema import Side
from signaling.schema.typescript import declarations
from tests.node.running import NODE, TYPESCRIPT

PROGRAM = """\
import type { ClientMessage, ServerMessage } from "./protocol.js";
export const join: ClientMessage = { t: "join", room: "blue", id: 1 };
export function offered(message: ServerMessage): unknown {
  return message.t === "signal" && message.kind === "offer" ? message.data : message.t;
}
"""
WRONG = {
    'room: "blue", ': "",
    'kind === "offer"': 'kind === "ofer"',
    "message.data": "message.to",
}
"""A room is missing; there is no such word; there is no such field."""


def test_a_program_is_held_to_the_declarations(tmp_path: Path) -> None:
    wrong = PROGRAM
    for right, mistake in WRONG.items():
        wrong = wrong.replace(right, mistake)
    files = {"protocol.d.ts": declarations(), "right.ts": PROGRAM, "wrong.ts": wrong}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    options = ["--strict", "--noEmit", "--skipDefaultLibCheck", "--module", "nodenext"]
    command = [NODE, TYPESCRIPT, *options, *(tmp_path / name for name in files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.count("error TS") == done.stdout.count("wrong.ts(") == len(WRONG)


@pytest.mark.parametrize("side", Side)
def test_there_is_a_union_of_all_that_each_side_says(side: Side) -> None:
    assert f"export type {side.value.title()}Message = " in declarations()
