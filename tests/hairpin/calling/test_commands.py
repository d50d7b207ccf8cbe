"""`hairpin call` as a person types it: right, wrong, in pipes, and stopped."""

import asyncio
import signal
import subprocess
import sys
from typing import Any

import pytest
from typer.testing import CliRunner

from hairpin.calling.plan import CallPlan, Doing
from hairpin.calling.run import run_call
from hairpin.calling.screen import Screen
from hairpin.commands import app
from hairpin.services import Running
from peer import Configuration

COMMAND = [sys.executable, "-m", "hairpin", "call"]


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["call", *arguments], env={"COLUMNS": "200", "NO_COLOR": "1"})


def words(result: Any) -> str:
    return " ".join(result.output.replace("│", " ").split())


def test_help_has_an_example_and_the_exit_codes() -> None:
    text = words(run("--help"))
    assert "Example: hairpin call tea-room" in text
    assert "Exit status: 0" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--echo", "--chat"), "one of --echo and --chat"),
        (("--chat", "--json"), "choose one"),
        (("--turn", "turn:host"), "--user NAME:PASSWORD"),
        (("--turn", "turn:host", "--user", "name"), "NAME:PASSWORD"),
        (("--stun", "host:3478"), "'host:3478' is not a STUN or TURN URI"),
        (("--signaling", "http://host"), "'http://host' is not ws://HOST:PORT"),
        (("--record", "x.xyz"), "cannot record to x.xyz"),
        (("--play", "no-such-file.mp4"), "no-such-file.mp4"),
        (("--diagnose", "--diagnosis", "mine.json"), "one of --diagnosis and --diagnose"),
    ],
)
def test_wrong_arguments_are_told_in_words(arguments: tuple[str, ...], message: str) -> None:
    result = run("room", *arguments)
    assert result.exit_code == 2
    assert message in words(result)


@pytest.mark.parametrize("option", ["--diagnosis", "--remote-diagnosis"])
def test_a_diagnosis_that_cannot_be_read_is_a_line_before_anything_is_begun(option: str) -> None:
    result = run("room", option, "no-such-diagnosis.json")
    assert result.exit_code == 1
    assert "cannot read no-such-diagnosis.json" in words(result)


def test_a_server_that_is_not_there_is_told_with_what_to_do() -> None:
    result = run("room", "--signaling", "ws://127.0.0.1:9")
    assert result.exit_code == 3
    assert "cannot connect to ws://127.0.0.1:9" in words(result)
    assert "hairpin up" in words(result)


async def test_a_pipe_into_a_chat_comes_back_from_an_echo(running: Running) -> None:
    plan = CallPlan(
        room="pipes",
        url=running.signaling_url,
        doing=Doing.ECHO,
        configuration=Configuration(host_addresses=("127.0.0.1",)),
        quiet=True,
    )
    echo = asyncio.create_task(run_call(plan, Screen(plan)))
    where = ("--signaling", running.signaling_url, "--host", "127.0.0.1")
    chat = await asyncio.create_subprocess_exec(
        *COMMAND,
        "pipes",
        *where,
        "--chat",
        "--name",
        "bob",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    async with asyncio.timeout(120):
        out, err = await chat.communicate(b"tea?\nwith milk\n")
        result = await echo
    assert out.decode() == "tea?\nwith milk\n", err
    assert chat.returncode == 0
    assert b"everything was said" in err
    assert result.as_document()["remote"] == "bob"


def test_ctrl_c_stops_soon_and_without_a_traceback(running: Running) -> None:
    with subprocess.Popen(
        [*COMMAND, "alone", "--signaling", running.signaling_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "Connecting" in process.stderr.readline()
        assert "waiting" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        err = process.stderr.read()
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "stopped here" in err
