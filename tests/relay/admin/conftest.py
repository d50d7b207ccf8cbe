"""Where the admin protocol is tested: a short path for sockets, and a server that only remembers."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from relay.counters import Counters
from relay.fivetuple import Transport
from relay.sessions import Page, Selection
from relay.settings import Settings
from stunwire import Address


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory with a short name, since the path of a socket has at most 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="hp") as made:
        yield Path(made)


@dataclass
class FakeServer:
    settings: Settings = field(
        default_factory=lambda: Settings(
            listen=(Address("127.0.0.1", 3478),), realm="lab", rest_secrets=("hunter2", "old")
        )
    )
    listeners: tuple[tuple[Transport, Address], ...] = (
        (Transport.UDP, Address("127.0.0.1", 3478)),
        (Transport.TLS, Address("2001:db8::1", 5349)),
    )
    counters: Counters = field(default_factory=lambda: Counters(allocations=3))
    draining: bool = False
    asked: list[tuple[Selection, int, int]] = field(default_factory=list)
    disconnected: list[Selection] = field(default_factory=list)
    page: Page = field(default_factory=lambda: Page((), None))

    def sessions(self, selection: Selection, *, after: int, limit: int) -> Page:
        self.asked.append((selection, after, limit))
        return self.page

    def disconnect(self, selection: Selection) -> tuple[int, int]:
        self.disconnected.append(selection)
        return 2, 1


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()
