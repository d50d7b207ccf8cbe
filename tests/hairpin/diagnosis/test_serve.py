"""`hairpin nat serve`, and asking it."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from hairpin.diagnosis.serve import ONE_ADDRESS
from nat.discovery import Outcome

COMMAND = (sys.executable, "-m", "hairpin", "nat", "serve", "--port", "0", "--other-port", "0")
BOTH = ("--only", "mapping,filtering", "--within", "60")


@contextmanager
def serving(*arguments: str) -> Iterator[dict[str, Any]]:
    """The command as a process; gives what it said, and ends it by Ctrl-C."""
    process = subprocess.Popen([*COMMAND, *arguments, "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    text = ""
    while True:
        text += process.stdout.readline()
        try:
            document = json.loads(text)
            break
        except json.JSONDecodeError:
            assert process.poll() is None, text
    try:
        yield document
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        process.stdout.close()


def test_with_two_addresses_all_can_be_tested(run_nat: Any) -> None:
    with serving("--address", "127.0.0.1", "--address", "127.0.0.2") as told:
        assert told["tests_filtering"] is True
        assert len(told["addresses"]) == 4
        result = run_nat("--server", told["server"], "--details", *BOTH)
    assert result.exit_code == Outcome.INCONCLUSIVE, result.output
    assert "127.0.0.1 is on this machine itself, so it cannot tell" in result.output
    assert f"{told['server']} tests filtering: yes" in result.output


def test_with_one_address_it_says_what_cannot_be_tested(run_nat: Any) -> None:
    with serving("--address", "127.0.0.1") as told:
        assert told["tests_filtering"] is False
        assert len(told["addresses"]) == 1
        result = run_nat("--server", told["server"], "--details", *BOTH)
    assert f"{told['server']} tests filtering: no" in result.output
    for words in ("Their filtering they cannot test here", "RFC 5780 §3", "--address twice"):
        assert words in ONE_ADDRESS


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--address", "stun.example.org"), "is not an IP address"),
        (("--address", "127.0.0.1", "--address", "127.0.0.1"), "the two are the same"),
        (("--address", "127.0.0.1", "--address", "::1"), "one is IPv4 and one IPv6"),
        (("--address", "0.0.0.0"), "is every address"),
        (("--address", "127.0.0.1", "--address", "127.0.0.2", "--address", "127.0.0.3"), "one address or two"),
        (("--port", "70000"), "ports are 0 to 65535"),
        (("--port", "5", "--other-port", "5"), "the second port is another one"),
    ],
)  # fmt: skip
def test_wrong_arguments_get_a_sentence(run_nat: Any, arguments: Any, words: str) -> None:
    result = run_nat("serve", *arguments)
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", " ").split())


def test_a_port_in_use_and_an_address_of_somebody_else_are_a_line(run_nat: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        result = run_nat("serve", "--address", "127.0.0.1", "--port", port)
    assert result.exit_code == 1
    assert f"Port {port} on 127.0.0.1 is in use" in result.output
    result = run_nat("serve", "--address", "192.0.2.1", "--port", "0")
    assert result.exit_code == 1
    assert "192.0.2.1 is not an address of this machine" in result.output
    result = run_nat("serve", "--address", "192.0.2.1", "--address", "192.0.2.2", "--port", "0")
    assert result.output.count("192.0.2") == 1, "the first that is not there is named"
