"""Namespaces are made, connected and entered, and nothing of them is left, however their owner ends."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nat.kernel import CommandFailedError, KernelLabError, Namespace, Namespaces, NeedsRootError
from nat.kernel.orphans import owner

PATIENCE = 20.0
ROOT = Path(__file__).resolve().parents[3]

OWNER = """
import os, signal, sys
from nat.kernel import Namespaces
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # below nohup it would be ignored, and waited for in vain
with Namespaces() as namespaces:
    inner = namespaces.create("inner")
    outside = sys.argv[1]
    inner.ip(f"link add name inner0 type veth peer name outer0 netns {outside}")
    sleeper = inner.popen(["sleep", "1000"])
    print(sleeper.pid, flush=True)
    sleeper.wait()
"""


def pair(namespaces: Namespaces) -> tuple[Namespace, Namespace]:
    alice, bob = namespaces.create("alice"), namespaces.create("bob")
    namespaces.connect(((alice, "eth0"), (bob, "eth0")))
    alice.ip("address add 192.0.2.1/24 dev eth0", "link set eth0 up")
    bob.ip("address add 192.0.2.2/24 dev eth0", "link set eth0 up")
    return alice, bob


def interfaces(namespace: Namespace) -> set[str]:
    with namespace.entered():
        return {name for _, name in socket.if_nameindex()}


def within_patience(done: Callable[[], bool]) -> bool:
    give_up = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.01)
    return True


def test_a_socket_stays_in_the_namespace_in_which_it_was_made(namespaces: Namespaces) -> None:
    alice, bob = pair(namespaces)
    with alice.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("192.0.2.1", 4000))
        with bob.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("192.0.2.2", 4000))
            other.settimeout(PATIENCE)
            one.sendto(b"across", ("192.0.2.2", 4000))
            assert other.recvfrom(100) == (b"across", ("192.0.2.1", 4000))


def test_a_program_runs_inside_and_knows_whose_it_is(namespaces: Namespaces) -> None:
    alice = namespaces.create("alice")
    shown = alice.run(
        ["sh", "-c", "stat -L -c %i /proc/self/ns/net; echo $HAIRPIN_LAB"],
        capture_output=True,
        text=True,
    )
    assert shown.stdout.split() == [str(alice.inode), owner()]


def test_nothing_shows_up_where_the_owner_began(namespaces: Namespaces) -> None:
    before = socket.if_nameindex()
    alice, bob = pair(namespaces)
    assert interfaces(alice) == interfaces(bob) == {"lo", "eth0"}
    assert socket.if_nameindex() == before


def test_parameters_are_set_inside_only(namespaces: Namespaces) -> None:
    timeout = Path("/proc/sys/net/netfilter/nf_conntrack_udp_timeout")
    before = timeout.read_text()
    alice = namespaces.create("alice")
    alice.sysctl(netfilter__nf_conntrack_udp_timeout=17)
    with alice.entered():
        assert timeout.read_text() == "17\n"
    assert timeout.read_text() == before


def test_a_parameter_that_is_none_is_named(namespaces: Namespaces) -> None:
    alice = namespaces.create("alice")
    with pytest.raises(CommandFailedError, match="ipv4/frobnication = 1, in alice: No such file"):
        alice.sysctl(ipv4__frobnication=1)


def test_what_ip_refuses_is_shown_in_its_words_with_the_namespace(namespaces: Namespaces) -> None:
    alice = namespaces.create("alice")
    with pytest.raises(CommandFailedError, match=r'ip, in alice: .*"nowhere"'):
        alice.ip("link set nowhere up")


def test_what_nft_refuses_is_shown_in_its_words(namespaces: Namespaces) -> None:
    with pytest.raises(CommandFailedError, match=r"nft, in alice: .*syntax error"):
        namespaces.create("alice").nft("table table table")


def test_a_program_that_is_not_installed_is_named_with_its_package(
    namespaces: Namespaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = namespaces.create("alice")
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    with pytest.raises(CommandFailedError, match="apt-get install nftables"):
        alice.nft("")


def test_no_two_ends_of_cables_bear_one_number(namespaces: Namespaces) -> None:
    """The kernel lets the news of a cable whose ends do wait for up to a second."""
    alice, bob, carol = (namespaces.create(one) for one in ("alice", "bob", "carol"))
    namespaces.connect(((alice, "eth0"), (bob, "eth0")), ((alice, "eth1"), (carol, "eth0")))
    namespaces.connect(((bob, "eth1"), (carol, "eth1")))
    numbers = [number for one in (alice, bob, carol) for number in _numbers(one)]
    assert len(numbers) == len(set(numbers)) == 6


def _numbers(namespace: Namespace) -> list[int]:
    with namespace.entered():
        return [number for number, name in socket.if_nameindex() if name != "lo"]


def test_an_interface_with_a_name_too_long_is_refused_before_anything_is_made(
    namespaces: Namespaces,
) -> None:
    alice, bob = namespaces.create("alice"), namespaces.create("bob")
    with pytest.raises(KernelLabError, match="1 to 15 characters, not 'sixteen-letters!'"):
        namespaces.connect(((alice, "sixteen-letters!"), (bob, "eth0")))


def test_whoever_may_not_make_namespaces_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> int:
        raise NeedsRootError

    monkeypatch.setattr("nat.kernel.syscalls.new", refuse)
    with Namespaces() as namespaces, pytest.raises(NeedsRootError):
        namespaces.create("alice")


def owner_of_a_namespace(outside: Namespace, *before: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*before, sys.executable, "-c", OWNER, outside.path],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )


@pytest.mark.parametrize(
    "end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGHUP], ids=lambda one: one.name
)
def test_nothing_is_left_when_the_owner_ends_by(
    end: signal.Signals, namespaces: Namespaces
) -> None:
    """The kernel is asked: a cable into a namespace of ours goes when its other end's namespace does."""
    outside = namespaces.create("outside")
    with owner_of_a_namespace(outside) as owner:
        assert owner.stdout is not None
        sleeper = Path(f"/proc/{int(owner.stdout.readline())}")
        assert sleeper.exists()
        assert "outer0" in interfaces(outside)
        owner.send_signal(end)
        assert within_patience(lambda: interfaces(outside) == {"lo"})
        assert within_patience(lambda: not sleeper.exists())


def test_a_user_namespace_serves_where_root_is_not_to_be_had(namespaces: Namespaces) -> None:
    source = OWNER.replace("peer name outer0 netns {outside}", "peer name outer0").replace(
        '["sleep", "1000"]', '["true"]'
    )
    rootless = ["unshare", "--user", "--map-root-user", "--net", sys.executable, "-c", source, "-"]
    subprocess.run(rootless, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
