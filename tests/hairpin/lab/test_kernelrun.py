"""A program on a host of a world in the kernel."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nat
from hairpin.lab.kernelrun import run_program
from hairpin.lab.kernelworlds import pair_plan
from hairpin.lab.meeting import SERVER
from nat.kernel import KernelLabError

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 20.0
PLAN = pair_plan(nat.PORT_RESTRICTED_CONE, nat.PORT_RESTRICTED_CONE)

ASK = f"""
import os, socket
from stunwire import Class, Message, Method, decode
request = Message(Method.BINDING, Class.REQUEST, os.urandom(12))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
    line.settimeout(20)
    line.sendto(request.encode(), ("{SERVER}", 3478))
    answer = decode(line.recv(2000))
assert "203.0.113.1" in repr(answer), answer
assert os.environ["MORE"] == "than before"
"""


@pytest.mark.usefixtures("root")
def test_it_is_behind_the_nat_and_the_stun_server_answers_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    status = run_program(PLAN, "alice", [sys.executable, "-c", ASK], {"MORE": "than before"})
    assert status == 0, capfd.readouterr().err


@pytest.mark.usefixtures("root")
def test_its_status_is_that_a_shell_would_show() -> None:
    assert run_program(PLAN, "alice", ["sh", "-c", "exit 3"]) == 3
    assert run_program(PLAN, "alice", ["sh", "-c", "kill -TERM $$"]) == 128 + 15


def test_a_program_that_is_none_is_named() -> None:
    with pytest.raises(KernelLabError, match="there is no program 'frobnicate'"):
        run_program(PLAN, "alice", ["frobnicate"])


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(("end", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_what_runs_ends_with_the_command(end: signal.Signals, status: int) -> None:
    """The program in the world does not end by itself, nor by Ctrl-C."""
    stubborn = "trap '' INT TERM; echo $$; while :; do sleep 1000; done"
    command = [sys.executable, "-m", "hairpin", "lab", "kernel", "--", "sh", "-c", stubborn]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as hairpin:
        assert hairpin.stdout is not None
        program = Path(f"/proc/{int(hairpin.stdout.readline())}")
        hairpin.send_signal(end)
        assert hairpin.wait(PATIENCE) == status
        give_up = time.monotonic() + PATIENCE
        while program.exists():
            assert time.monotonic() < give_up
            time.sleep(0.01)
