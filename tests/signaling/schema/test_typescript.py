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
WRONG = {'room: "blue", ': "", 'kind === "offer"': 'kind === "ofer"', "message.data": "message.to"}
"""A room is missing; there is no such word; there is no such field."""


def compile_(program: str, where: Path) -> subprocess.CompletedProcess[str]:
    (where / "protocol.d.ts").write_text(declarations())
    (where / "program.ts").write_text(program)
    options = ["--strict", "--noEmit", "--module", "nodenext"]
    command = [NODE, TYPESCRIPT, *options, where / "program.ts"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_program_with_the_declarations_is_taken(tmp_path: Path) -> None:
    done = compile_(PROGRAM, tmp_path)
    assert done.returncode == 0, done.stdout


def test_programs_with_a_mistake_are_not(tmp_path: Path) -> None:
    program = PROGRAM
    for right, wrong in WRONG.items():
        program = program.replace(right, wrong)
    done = compile_(program, tmp_path)
    assert done.stdout.count("error TS") == len(WRONG), done.stdout


@pytest.mark.parametrize("side", Side)
def test_there_is_a_union_of_all_that_each_side_says(side: Side) -> None:
    assert f"export type {side.value.title()}Message = " in declarations()
