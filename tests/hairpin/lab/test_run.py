"""`hairpin lab run` as a person types it: worlds that go well, that do not, and that cannot be."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.commands import app

WORLD = """
seed = 7
[nat.home]
behavior = "symmetric"
[host.server]
run = "echo"
[host.alice]
network = "home"
run = [{ program = "ping", to = "server", count = 2 }, "own:shout"]
[host.stranger]
run = { program = "ping", to = "203.0.113.1", count = 1 }
"""
OWN = "async def shout():\n    print('is anybody there?')\n    RESULT\n"

runner = CliRunner()


def run(file: Path, *arguments: str) -> Any:
    return runner.invoke(
        app, ["lab", "run", str(file), *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"}
    )


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A world, and a program of one's own beside it under a name that nothing else has."""
    module = f"own_{abs(hash(request.node.nodeid))}"
    result = getattr(request, "param", "return 42")
    (tmp_path / f"{module}.py").write_text(OWN.replace("RESULT", result))
    file = tmp_path / "world.toml"
    file.write_text(WORLD.replace("own:", f"{module}:"))
    return file


def test_programs_what_they_printed_and_why_packets_were_dropped_are_shown(world: Path) -> None:
    result = run(world)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("All 4 programs did well, within 2.")
    assert "2 sent, 2 answered" in result.output
    assert any(line.endswith("alice │ is anybody there?") for line in lines)
    assert "home dropped 1 packet 198.51.100.2:" in lines[-1]
    assert "no such mapping: nobody inside has opened 203.0.113.1:7" in lines[-1]


@pytest.mark.usefixtures("root")
def test_the_same_world_is_played_in_real_time_with_real_kernels(world: Path) -> None:
    world.write_text(world.read_text().replace("count = 2", "count = 2, patience = 5"))
    result = run(world, "--tun")
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert lines[0].startswith("All 4 programs did well, within ")
    assert "s of real time" in lines[0]
    assert "2 sent, 2 answered" in result.output
    assert any(line.endswith("alice │ is anybody there?") for line in lines)
    assert "nobody inside has opened 203.0.113.1:7" in lines[-1]


@pytest.mark.parametrize("world", ["raise OSError('no')"], indirect=True)
def test_a_program_that_fails_gives_status_1(world: Path) -> None:
    result = run(world)
    assert result.exit_code == 1
    assert result.output.startswith("1 of 4 programs failed, after ")
    assert "failed: OSError: no" in result.output
    assert run(world, "-q").output.count("\n") == 1


def test_the_document_is_the_same_for_the_same_seed_and_another_for_another(world: Path) -> None:
    documents = [
        json.loads(run(world, "--json", *more).output) for more in ((), (), ("--seed", "8"))
    ]
    for document in documents:
        del document["real_ms"]
    assert documents[0] == documents[1]
    assert documents[0]["trace"] != documents[2]["trace"]
    assert documents[0]["programs"][2]["result"] == "42"
    assert documents[0]["printed"][0]["text"] == "is anybody there?"
    assert documents[2]["seed"] == 8


def test_the_packets_are_told_as_text_as_a_capture_and_as_a_diagram(
    world: Path, tmp_path: Path
) -> None:
    capture, diagram = tmp_path / "world.pcapng", tmp_path / "world.svg"
    result = run(world, "--trace", "--pcapng", str(capture), "--svg", str(diagram))
    assert result.exit_code == 0
    assert "translated" in result.output
    assert capture.read_bytes().startswith(b"\x0a\x0d\x0d\x0a")
    assert diagram.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[nat.home]\nbehavior = "cosy"\n', "line 2"),
        ('[host.a]\nrun = "dance"\n', "dance"),
        ("[host.a\n", "it is not TOML"),
    ],
)
def test_a_world_that_cannot_be_is_refused_with_the_place(
    tmp_path: Path, text: str, complaint: str
) -> None:
    file = tmp_path / "world.toml"
    file.write_text(text)
    result = run(file)
    assert result.exit_code == 1
    assert result.output.startswith("error: ")
    assert complaint in result.output


def test_a_file_that_is_not_there_or_cannot_be_written_is_told(world: Path, tmp_path: Path) -> None:
    result = run(tmp_path / "nowhere.toml")
    assert (result.exit_code, "cannot read" in result.output) == (1, True)
    result = run(world, "--svg", str(tmp_path / "nowhere" / "world.svg"))
    assert (result.exit_code, "cannot write" in result.output) == (1, True)


def test_a_world_that_is_stuck_says_who_waits(tmp_path: Path) -> None:
    (tmp_path / "stuck_program.py").write_text(
        "import asyncio\nasync def wait():\n    await asyncio.Event().wait()\n"
    )
    file = tmp_path / "world.toml"
    file.write_text('[host.a]\nrun = "stuck_program:wait"\n')
    result = run(file)
    assert result.exit_code == 1
    assert "nothing will ever happen" in result.output
