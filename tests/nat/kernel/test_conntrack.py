"""What a router tracks is shown and forgotten."""

import socket

import pytest

from nat.kernel import Namespaces, conntrack

TRACK = """table ip t {
  chain c {
    type filter hook output priority 0
    ct state new accept
  }
}"""


def test_sessions_are_shown_and_forgotten(namespaces: Namespaces) -> None:
    router = namespaces.create("router")
    router.nft(TRACK)
    with router.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 4000))
        sender.sendto(b"", ("127.0.0.1", 4001))
    assert any("sport=4000 dport=4001" in line for line in conntrack.sessions(router))
    conntrack.flush(router)
    assert conntrack.sessions(router) == ()


def test_what_the_kernel_refuses_is_an_error(
    namespaces: Namespaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conntrack, "_DELETE", (1 << 8) | 99)
    with pytest.raises(OSError, match="could not be forgotten"):
        conntrack.flush(namespaces.create("router"))
