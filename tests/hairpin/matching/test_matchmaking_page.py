"""docs/matchmaking.md says what the code does: its programs and configurations are run, its season is one that was played."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hairpin.commands import app
from signaling.matchmaking.configuration.queues import Queue
from signaling.operation.configuration import make_configuration
from signaling.operation.document import decode_document

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
PAGE = (DOCS / "matchmaking.md").read_text()
runner = CliRunner()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_season_is_what_the_command_prints_and_draws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    drawn = tmp_path / "season.svg"
    (command, shown) = re.findall(
        r"<!-- season: [^\n]* runs hairpin ([^\n]*) -->\n```\n(.*?)\n```\n<!-- /season -->",
        PAGE,
        re.DOTALL,
    )[0]
    arguments = command.replace("docs/season.svg", str(drawn)).split()
    result = runner.invoke(app, arguments, env={"COLUMNS": "100", "NO_COLOR": "1"})
    printed = "\n".join(line.rstrip() for line in result.output.splitlines())
    assert shown == printed, "run tools/update-readme season"
    assert drawn.read_text() == (DOCS / "season.svg").read_text(), "run tools/update-readme season"


def test_the_quick_start_prints_what_it_says() -> None:
    (program,) = blocks("python")
    (said,) = re.findall(r"It prints:\n\n```\n(.*?)```", PAGE, re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (sorted(done.stdout.splitlines()), done.stderr) == (sorted(said.splitlines()), "")


def test_its_configurations_can_be_meant_and_the_duel_is_that_of_the_file() -> None:
    duel, squads = blocks("toml")
    assert duel == (DOCS / "duel.toml").read_text()
    for text in (duel, squads):
        assert make_configuration(decode_document(text.encode()), {}).queues


def test_every_key_of_a_queue_is_explained_with_its_default() -> None:
    usual = Queue("q")
    for field in dataclasses.fields(Queue):
        if field.name in {"name", "rating", "rtt", "keys", "rules", "hook", "trust_ratings"}:
            continue
        key = field.name.replace("_", "-")
        (row,) = [
            line
            for line in PAGE.splitlines()
            if line.startswith("| ") and f"`{key}`" in line.split("|")[1]
        ]
        default = getattr(usual, field.name)
        told = "`false`" if default is None else f"{default:,.0f}".replace(",", "")
        assert told in row.split("|")[2].replace(",", ""), key


def test_the_picture_of_the_windows_is_that_of_the_duel() -> None:
    command = [sys.executable, "tools/queue-pictures", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", PAGE):
        assert (DOCS / target).exists(), target
