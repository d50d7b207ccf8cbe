"""`hairpin match bot` from its first line to a clean stop."""

import asyncio
import signal
import sys

import pytest

from hairpin.matching.bot import Played
from hairpin.matching.botcommand import _line
from hairpin.matching.duel import DUEL
from hairpin.matching.game import Ending, Outcome
from hairpin.services import Services, serve
from tests.hairpin.matching.test_arenareport import HOST, RELAY
from tests.hairpin.test_commands import run

LOOPBACK = ("127.0.0.1", 0)


def test_help_has_an_example_and_its_exit_codes() -> None:
    output = " ".join(run("match", "bot", "--help").output.split())
    assert "Example: hairpin match bot" in output
    assert "Exit status: 0" in output


def test_a_server_that_is_not_there_is_one_line_and_1() -> None:
    result = run("match", "bot", "--server", "ws://127.0.0.1:1/v1/ws")
    assert result.exit_code == 1
    assert "cannot connect" in result.output
    assert "Traceback" not in result.output


async def test_it_stands_by_until_it_is_asked_to_stop() -> None:
    services = Services(
        signaling_address=LOOPBACK, relay_address=LOOPBACK, secret="s", queues=(DUEL,)
    )
    async with serve(services) as running:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hairpin", "match", "bot", "--server", running.local_url),
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(120.0):
                first = await process.stdout.readline()
                process.send_signal(signal.SIGINT)
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert first == b"Standing by in duel. Stop with Ctrl-C.\n"


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (
            Outcome(Ending.FINISHED, (5, 3), "Aoi", path=HOST, round_trip=0.041),
            "Played Aoi: 5 to 3, finished (direct, 41 ms).",
        ),
        (
            Outcome(Ending.LEFT, (1, 0), path=RELAY),
            "Played somebody: 1 to 0, the other left (relayed).",
        ),
        (Outcome(Ending.FAILED, reason="no path"), "Not connected to somebody: no path."),
    ],
)
def test_each_game_is_a_line(outcome: Outcome, words: str) -> None:
    assert _line(Played("Bot", "m", 1.0, outcome)) == words
