"""`hairpin nat` and `lifetime` on real sockets: what is there, what is not, and what is nonsense."""

import itertools
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nat.discovery import Evidence, Plan
from nat.discovery.plan import Page

QUICK = ("--only", "mapping,filtering", "--within", "3")
ENOUGH = b"that is enough"
COMMAND = (sys.executable, "-m", "hairpin", "nat")


@pytest.fixture
def stranger() -> Iterator[socket.socket]:
    """A UDP socket that somebody asks."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        opened.settimeout(60)
        yield opened


def named(stranger: socket.socket) -> str:
    return f"127.0.0.1:{stranger.getsockname()[1]}"


def test_silence_is_inconclusive_and_no_wrong_answer(run_nat: Any, stranger: socket.socket) -> None:
    result = run_nat("--server", named(stranger), "--only", "mapping", "--within", "0.6")
    assert result.exit_code in {3, 12}
    assert result.output.startswith(("Unknown: ", "None: "))
    assert "Traceback" not in result.output


def test_garbage_is_no_answer(run_nat: Any, stranger: socket.socket) -> None:
    def answer() -> None:
        for rubbish in itertools.cycle((b"", b"\x00" * 20, b"\xff" * 1400, b"HTTP/1.1 400\r\n")):
            data, source = stranger.recvfrom(2048)
            if data == ENOUGH:
                return
            stranger.sendto(rubbish, source)
            stranger.sendto(data[:8] + data[4:20] + rubbish, source)

    answering = threading.Thread(target=answer, daemon=True)
    answering.start()
    result = run_nat("--server", named(stranger), "--only", "mapping", "--within", "2.5")
    stranger.sendto(ENOUGH, stranger.getsockname())
    answering.join()
    assert result.exit_code in {3, 12}
    assert "Traceback" not in result.output


def test_a_server_that_is_not_there_is_a_sentence(run_nat: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    result = run_nat("--server", f"127.0.0.1:{port}", *QUICK)
    assert result.exit_code in {3, 12}
    assert f"127.0.0.1:{port}" in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [QUICK, ("--server", "stun.example.invalid", *QUICK)])
def test_no_network_has_a_status_of_its_own(root: None, arguments: tuple[str, ...]) -> None:
    unshare = shutil.which("unshare")
    assert unshare
    command = [unshare, "--net", *COMMAND, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 13
    assert done.stdout.startswith("None: ")
    assert done.stderr == ""


def test_ctrl_c_prints_what_is_known_and_waits_for_nothing_more(stranger: socket.socket) -> None:
    command = [*COMMAND, "--server", named(stranger), "--within", "600", "--only", "mapping"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        stranger.recvfrom(2048)  # it asks
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)  # the diagnosis has ten minutes
    assert process.returncode in {3, 12}
    assert err == b""
    assert out.decode().startswith(("Unknown: ", "None: "))


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--server", "a:b:c]"), 2, "'a:b:c]'"),
        (("--turn", "turn:h"), 2, "--turn-user"),
        (("--only", "x"), 2, "'x' is no test"),
        (("--within", "soon"), 2, "'--within'"),
        (("--fail-on", "x"), 2, "'x' is none of"),
        (("--server", "h", "lifetime"), 2, "put it behind"),
        (("--page", "https://h"), 2, "'https://h' is not http://HOST"),
        (("--replay", "none.json"), 1, "none.json"),
        (("nonsense",), 2, "nonsense"),
        (("lifetime", "--longest", "20"), 2, "20 s is too short"),
        (("lifetime", "--longest", "nan"), 2, "nan s is too short"),
        (("--interface", "nosuch0", *QUICK), 13, "there is no interface 'nosuch0'"),
        (("--report", "/", *QUICK), 1, "cannot write /: it is a folder"),
        (("--report", "no/such/page.html", *QUICK), 1, "there is no folder no/such"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(
    run_nat: Any, arguments: tuple[str, ...], status: int, words: str
) -> None:
    result = run_nat(*arguments)
    assert (result.exit_code, words in result.output) == (status, True), result.output
    assert "Traceback" not in result.output


def test_what_is_asked_for_is_asked(run_nat: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = []

    async def ask(plan: Plan, **_: object) -> Evidence:
        plans.append(plan)
        return Evidence()

    monkeypatch.setattr("hairpin.diagnosis.check.ask", ask)
    run_nat("lifetime", "--precise", "--longest", "130")
    run_nat("--page", "http://page.example/known")
    first, second = plans
    assert (first.precise, max(first.lifetimes)) == (True, 125)
    assert second.page == Page("page.example", "/known")


def test_nothing_is_asked_when_evidence_is_replayed(run_nat: Any, tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    file.write_text('{"version": 1, "wishes": ["mapping"]}')
    result = run_nat("--replay", str(file))
    assert result.exit_code in {3, 13}
    assert list(tmp_path.iterdir()) == [file]
