"""The browser client: its types, its tests in Node, and what it says, which the schema must allow."""

import json
import os
import subprocess
from pathlib import Path

from signaling import Settings, serve
from signaling.schema.bundle import bundle
from signaling.schema.jsonschema import Side
from tests.node.running import HERE, NODE, ROOT, TYPESCRIPT, run
from tests.signaling.mutating import validator

WEB = ROOT / "signaling" / "web"
CLIENT = validator(Side.CLIENT)


def assert_valid(frames: list[str]) -> None:
    for frame in frames:
        CLIENT.validate(json.loads(frame))


def test_its_types_hold_and_are_those_that_are_declared(tmp_path: Path) -> None:
    command = [NODE, TYPESCRIPT, "-p", HERE, "--outDir", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    parts = sorted(tmp_path.glob("hairpin/*.d.ts"))
    assert {part.name.removesuffix(".d.ts") for part in parts} == {
        module.stem for module in WEB.glob("hairpin/*.js")
    }
    compiled = bundle((tmp_path / "hairpin.d.ts").read_text(), (part.read_text() for part in parts))
    assert (WEB / "hairpin.d.ts").read_text() == compiled, "run tools/write-protocol"


def test_its_tests_in_node_pass_and_it_says_nothing_that_the_schema_does_not_allow(
    tmp_path: Path,
) -> None:
    frames = tmp_path / "frames"
    environment = os.environ | {"FRAMES": str(frames)}
    command = [NODE, "--test", *sorted(HERE.glob("*.test.mjs"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout
    said = frames.read_text().splitlines()
    assert len(said) > 100
    assert_valid(said)


async def test_it_speaks_with_the_server_and_misses_nothing_when_its_connection_is_lost() -> None:
    async with serve(Settings()) as server:
        said = json.loads(await run(HERE / "live.mjs", server.url))
    assert_valid(said)
    kinds = {json.loads(frame)["t"] for frame in said}
    assert {"hello", "join", "signal", "ack", "state", "lock", "kick", "bye"} <= kinds
