"""`hairpin signaling queues`."""

import json
from typing import Any

import pytest

from signaling.matchmaking.ledger.overview import QueueSeen
from signaling.nodes.errors import BackplaneUnreachableError
from signaling.partners import NoDesk


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the server's desk sees."""
    found: list[Any] = []

    async def overview(_: NoDesk) -> list[QueueSeen]:
        if isinstance(found[0], Exception):
            raise found[0]
        return found

    monkeypatch.setattr(NoDesk, "overview", overview)
    return found


def test_a_server_without_queues_says_so(ask: Any) -> None:
    assert ask("queues").output == "This server has no queues.\n"
    assert json.loads(ask("queues", "--json").output)["queues"] == []


def test_queues_are_shown_with_who_waits_for_how_long_and_what_is_played(
    ask: Any, seen: list[Any]
) -> None:
    seen += [
        QueueSeen("duel", 1204, 0, 3, 1, 2, 0, 754.2),
        QueueSeen("\u202efive", 0, 1, 0, 0, 0, 0, None),
    ]
    output = ask("queues").output
    assert output.startswith("2 queues. 1,204 tickets waiting, 1 match played.\n")
    (duel,) = [line for line in output.splitlines() if "duel" in line]
    assert duel.replace("│", " ").split() == ["duel", "1,204", "12", "min", "0", "3", "1", "2", "0"]
    assert "\u202e" not in output
    first, second = json.loads(ask("queues", "--json").output)["queues"]
    assert (first["waiting"], first["longest"], second["longest"]) == (1204, 754.2, None)


def test_queues_that_cannot_be_reached_are_one_line(ask: Any, seen: list[Any]) -> None:
    seen.append(BackplaneUnreachableError("redis.example:6379: away"))
    result = ask("queues")
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "redis.example:6379: away" in result.output
