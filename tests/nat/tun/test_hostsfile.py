"""Programs in the lab know the names of the world, and nobody else does."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from nat.tun import TunLabError
from nat.tun.hostsfile import HostsFile


@pytest.fixture
def names(root: None) -> Iterator[HostsFile]:
    made = HostsFile({"server": ("198.51.100.1", "2001:db8::1")})
    yield made
    made.close()


def output(names: HostsFile, *argv: str) -> str:
    return subprocess.run(
        names.command(argv), capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_program_inside_looks_a_name_up(names: HostsFile) -> None:
    assert output(names, "getent", "ahostsv4", "server").startswith("198.51.100.1 ")
    assert output(names, "getent", "ahostsv6", "server").startswith("2001:db8::1 ")
    assert output(names, "getent", "ahostsv4", "localhost").startswith("127.0.0.1 ")


def test_no_server_of_this_machine_is_asked(names: HostsFile) -> None:
    assert "nameserver 127.0.0.1" in output(names, "cat", "/etc/resolv.conf")


def test_everything_else_is_as_outside(
    names: HostsFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert output(names, "pwd") == str(tmp_path)
    (tmp_path / "note").write_text("seen")
    assert output(names, "cat", "note") == "seen"


def test_this_process_and_the_machine_do_not_change(names: HostsFile) -> None:
    assert "198.51.100.1" not in Path("/etc/hosts").read_text()
    assert "hairpin" not in Path("/proc/mounts").read_text()


def test_closed_it_is_gone(root: None) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    HostsFile({}).close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_why_it_could_not_be_made_is_told(root: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nat.tun.hostsfile._SCRIPT", "echo no such luck >&2; exit 1")
    with pytest.raises(TunLabError, match="no such luck"):
        HostsFile({})
