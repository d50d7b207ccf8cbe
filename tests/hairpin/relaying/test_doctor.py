"""`hairpin relay doctor`."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

ALICE = ("--user", "alice:wonder")


def test_a_relay_that_is_well_is_one_sentence_and_a_table_of_steps(
    run_relay: Any, start_relay: Any, tmp_path: Path
) -> None:
    allow = ("--allow-peer", "127.0.0.0/8")
    with start_relay(*ALICE, *allow, "--tcp-listen", "127.0.0.1:0") as process:
        udp, tcp = process.address_of("UDP"), process.address_of("TCP")
        servers = ("--server", udp, "--server", f"turn:{tcp}?transport=tcp")
        shown = run_relay("doctor", *servers, *ALICE)
        document = run_relay("doctor", *servers, *ALICE, "--json")
        quiet = run_relay("doctor", "--server", udp, *ALICE, "--quiet")
        wrong = run_relay("doctor", "--server", udp, "--user", "alice:0p3n")
        file = tmp_path / "relay.toml"
        file.write_text(f"listen = ['{udp}']\nrealm = 'other'\n[users]\nalice = 'wonder'\n")
        by_file = run_relay("doctor", "--config", str(file), "--quiet")
    assert (shown.exit_code, document.exit_code, quiet.exit_code) == (0, 0, 0)
    assert shown.output.startswith("It relays, over UDP and TCP.\n")
    assert f"{udp} over UDP" in shown.output
    assert [one["ok"] for one in json.loads(document.output)["servers"]] == [True, True]
    assert quiet.output == "It relays, over UDP.\n"
    assert wrong.exit_code == 1
    assert "unknown there, or the password is wrong" in wrong.output
    assert "0p3n" not in wrong.output
    assert by_file.exit_code == 1
    assert by_file.output == "Its realm is 'hairpin' where 'other' was expected.\n"


def test_a_closed_port_is_status_1_and_says_what_to_do(run_relay: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    result = run_relay("doctor", "--server", f"127.0.0.1:{port}", *ALICE)
    assert result.exit_code == 1
    assert result.output.startswith("The machine answers that the port is closed")
    assert "--listen" in result.output
    assert "skipped" in result.output


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ((), 2, "--server HOST:PORT, or --config FILE"),
        (("--server", "nowhere"), 2, "'nowhere'"),
        (("--server", "h:1", "--user", "alice"), 2, "NAME:PASSWORD"),
        (("--server", "h:1", "--transport", "sctp"), 2, "sctp"),
        (("--server", "h:1", "--ca", "none.pem"), 1, "none.pem"),
        (("--config", "none.toml"), 1, "none.toml"),
    ],
)
def test_wrong_arguments_are_named(
    run_relay: Any, arguments: tuple[str, ...], status: int, words: str
) -> None:
    result = run_relay("doctor", *arguments)
    assert result.exit_code == status
    assert words in result.output
    assert "Traceback" not in result.output
