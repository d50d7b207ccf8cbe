"""`hairpin signaling status`."""

import re
from typing import Any

import pytest
from rich.console import Console

from hairpin.switchboard.asking import status
from signaling.operation.admin.messages import Status


def test_it_says_whom_it_serves_and_what_it_carried(ask: Any, running: Any) -> None:
    running.enter("alice", "blue")
    output = ask("status").output
    assert re.match(r"Serving\. 1 session in 1 room, up \d+ s\.", output)
    assert "messages received" in output


@pytest.mark.parametrize(
    ("draining", "up", "words"),
    [
        (True, True, "Draining: 2 sessions in 1 room are left, and nobody is let in."),
        (False, False, "Cut off. 2 sessions in 1 room, up 9 s. Redis cannot be reached"),
    ],
)
def test_what_is_not_as_it_should_be_comes_first(
    monkeypatch: pytest.MonkeyPatch, ask: Any, draining: bool, up: bool, words: str
) -> None:
    answer = Status(
        node="a", region="eu", process=1, uptime=9.0, draining=draining, backplane_up=up,
        nodes=("a", "b"), listeners=("127.0.0.1:1",), sessions=2, sessions_gone=1, rooms=1,
        kept_bytes=1, sessions_total=1, resumed_total=1, joins_total=1, messages_total=1,
        delivered_total=1, undelivered_total=1, errors={"not_found": 7}, closes={4508: 3},
    )  # fmt: skip
    monkeypatch.setattr("signaling.operation.admin.client.AdminClient.ask", lambda *_: answer)
    monkeypatch.setattr(status, "stdout", lambda: Console(width=120))
    output = ask("status").output
    assert output.startswith(words)
    for shown in ("a (eu)", "a, b", "7: not_found", "closed with 4508"):
        assert shown in output
