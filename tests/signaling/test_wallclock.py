"""Virtual time reaches whoever asks for the time of the day."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from signaling.identity.tokengate import TokenGate
from signaling.identity.webhook import WebhookGate, WebhookSettings
from signaling.operation.deliveries import Deliveries
from signaling.wallclock import unix_now


@pytest.mark.parametrize(
    "make",
    [
        lambda: TokenGate(lambda: ()),
        lambda: WebhookGate(WebhookSettings("http://127.0.0.1:9/")),
        lambda: Deliveries([], "n1"),
    ],
)
async def test_without_a_clock_of_their_own_they_follow_a_time_that_is_set(
    make: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make()
    monkeypatch.setattr(time, "time", lambda: 1234.5)
    assert made._unix_clock() == unix_now() == 1234.5
