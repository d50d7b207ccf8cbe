"""`hairpin nat` as people run it, behind miniupnpd's router: coturn and our own servers beyond it, over UDP, TCP and TLS."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nat.kernel.namespaces import Namespace
from relay import CertificateFiles
from tests.interop import coturn
from tests.interop.miniupnpd import ALICE, EXTERNAL, FAR, FAR_TOO, GATEWAY, PATIENCE, Home, home

pytestmark = [pytest.mark.interop, pytest.mark.usefixtures("root")]

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("unhurried.py")
THEIRS, THEIRS_TLS, OURS = 3478, 5349, 4478
TURN = (
    *("--turn", f"turn:{FAR}:{THEIRS}", "--turn", f"turn:{FAR}:{THEIRS}?transport=tcp"),
    *("--turn", f"turns:{FAR}:{THEIRS_TLS}", "--turn-user", "alice"),
)
SECRET = "wonderland"
FAIR = 10
"""The exit status: a masquerading router with an open INPUT chain gives ports away."""


@dataclass
class Lab:
    """The home, and where a certificate for the far servers is."""

    home: Home
    trusted: Path

    def hairpin_nat(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run the command on alice's machine."""
        environment = {"HAIRPIN_TURN_PASSWORD": SECRET, "SSL_CERT_FILE": str(self.trusted)}
        return self.home.alice.run(
            [sys.executable, str(PROGRAM), "nat", "--within", "90", *arguments],
            env={**os.environ, **environment, "COLUMNS": "150"},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )


@contextlib.contextmanager
def program(where: Namespace, listens: int, *argv: str) -> Iterator[None]:
    """Let a program run there from when it listens, and end it by its own handle."""
    process = where.popen(
        argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        began = time.monotonic()
        while not accepts(where, listens):
            assert process.poll() is None, argv
            assert time.monotonic() < began + PATIENCE, argv
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def accepts(where: Namespace, port: int) -> bool:
    with where.socket(socket.AF_INET, socket.SOCK_STREAM) as trying:
        return trying.connect_ex((FAR_TOO, port)) == 0


@pytest.fixture(scope="module")
def lab(
    root: None,
    tmp_path_factory: pytest.TempPathFactory,
    make_certificate: Callable[..., None],
) -> Iterator[Lab]:
    where = tmp_path_factory.mktemp("command")
    files = CertificateFiles(where / "chain.pem", where / "key.pem")
    make_certificate(files, host=FAR)
    theirs = (
        *(coturn.find("turnserver"), "-n", "-L", FAR, "-L", FAR_TOO, "-p", str(THEIRS)),
        *("--alt-listening-port=3479", f"--tls-listening-port={THEIRS_TLS}"),
        *("--alt-tls-listening-port=5350", "--cert", str(files.chain), "--pkey", str(files.key)),
        *("--lt-cred-mech", "-u", f"alice:{SECRET}", "-r", "lab", "--no-dtls", "--no-cli"),
        *("--log-file=/dev/null", f"--pidfile={where / 'pid'}", f"--userdb={where / 'users'}"),
    )
    ours = (
        *(sys.executable, "-m", "hairpin", "nat", "serve", "--address", FAR),
        *("--address", FAR_TOO, "--port", str(OURS), "--other-port", str(OURS + 1), "--quiet"),
    )
    with (
        home(where) as made,
        program(made.far, THEIRS_TLS, *theirs),
        program(made.far, OURS + 1, *ours),
    ):
        yield Lab(made, files.chain)
        assert made.opened == []


@pytest.fixture(scope="module")
def document(lab: Lab) -> dict[str, Any]:
    """What is said as JSON, with coturn for a server over UDP and TLS."""
    servers = ("--server", f"{FAR}:{THEIRS}", "--server", f"stuns:{FAR}:{THEIRS_TLS}")
    done = lab.hairpin_nat(*servers, "--classic", "--map-test", *TURN, "--json")
    assert (done.returncode, done.stderr) == (FAIR, "")
    assert SECRET not in done.stdout
    assert lab.home.opened == []
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def values(found: dict[str, Any], *names: str) -> list[Any]:
    return [found[name]["value"] for name in names]


def test_the_nat_is_known_over_udp_tcp_and_tls(document: dict[str, Any]) -> None:
    (family,) = (one for one in document["families"] if one["family"] == "IPv4")
    assert (family["local"], family["external"]) == (ALICE, [EXTERNAL])
    mappings = values(family, "mapping", "tcp_mapping", "tls_mapping")
    assert mappings == ["endpoint-independent"] * 3
    assert values(family, "filtering", "clashes") == ["address-and-port-dependent", True]
    # the router itself answers that nobody listens there
    assert values(family, "hairpinning", "double", "carrier_grade") == ["none", False, False]
    assert values(family["ports"], "preserving", "parity") == [True, True]


def test_the_relay_is_reached_over_udp_tcp_and_tls_and_what_was_opened_is_tried(
    document: dict[str, Any],
) -> None:
    turn = {one["means"]: one for one in document["ways_out"] if one["means"].startswith("turn")}
    assert set(turn) == {"turn over udp", "turn over tcp", "turn over tls"}
    for one in turn.values():
        assert one["works"]["value"] is True, one
    assert {name: one["value"] for name, one in document["port_mapping"].items()} == dict.fromkeys(
        ("pcp", "nat-pmp", "upnp"), True
    )
    assert {name: one["value"] for name, one in document["opened"].items()} == dict.fromkeys(
        ("pcp", "nat-pmp", "upnp"), True
    )
    assert document["evidence"]["gateway"] == GATEWAY


def test_pystun3_is_told_apart(document: dict[str, Any]) -> None:
    """It draws a packet from where nothing was sent, and then takes the other port for a mapping."""
    assert document["classic"]["value"] == "Symmetric NAT"
    assert "unasked" in document["classic_difference"]


def test_the_same_is_printed_of_our_own_server(lab: Lab) -> None:
    done = lab.hairpin_nat(
        "--server", f"{FAR}:{OURS}", "--skip", "reach", "--classic", "--map-test", *TURN
    )
    assert done.returncode == FAIR, done.stderr
    assert "Traceback" not in done.stderr
    said = done.stdout
    assert said.startswith("Fair: ")
    rows = {
        cells[0].strip(): cells[1].strip()
        for line in said.splitlines()
        if len(cells := line.strip("│").split("│")) > 1
    }
    assert rows["mapping"].startswith("endpoint-independent")
    assert rows["TCP mapping"].startswith("endpoint-independent")
    assert rows["filtering"].startswith("address-and-port-dependent")
    assert rows["hairpinning"].startswith("no")
    for way in (f"UDP {FAR}:{THEIRS}", f"TCP {FAR}:{THEIRS}", f"TLS {FAR}:{THEIRS_TLS}"):
        assert rows[f"TURN over {way}"].startswith("works, ")
    for name in ("PCP", "NAT-PMP", "UPnP IGD"):
        assert rows[f"port opened by {name}"].startswith("reached")
    assert rows["classic name (RFC 3489)"].startswith("Symmetric NAT")
    assert "Let programs open ports by PCP or NAT-PMP or UPnP" in said
    assert lab.home.opened == []
