"""A desk over a hub without sockets."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from signaling.faults import SettingsError
from signaling.handshake import Condition
from signaling.operation.admin.desk import Desk, Orders
from signaling.settings import Settings


@pytest.fixture
def directory() -> Iterator[Path]:
    """A short path: those of unix sockets have at most 107 bytes."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.fixture
def ask(call: Any) -> Callable[..., list[Any]]:
    """Ask a desk in whose hub alice and bob are in the room r; a list of what it answers."""
    server = SimpleNamespace(
        settings=Settings(node="a", region="eu"),
        places=(("127.0.0.1", 80), Path("/s")),
        hub=call.hub,
        backplane=call.backplane,
        counters=call.hub.counters,
        condition=lambda: Condition(draining=False, full=False, degraded=""),
        carry_out=call.carry_out,
    )

    def reload() -> tuple[str, ...]:
        raise SettingsError("file: no")

    desk = Desk(server, Orders(lambda seconds: seconds or 30.0, reload), process=7, since=100.0)

    def ask(kind: str, **fields: object) -> list[Any]:
        line = msgspec.json.encode({"version": 1, "ask": kind, **fields})
        answers = asyncio.run(desk.answer(line, 160.0))
        return [msgspec.json.decode(one) for one in answers]

    ask.server = server  # type: ignore[attr-defined]
    return ask
