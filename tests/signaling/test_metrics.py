"""The metrics page."""

import re
from types import SimpleNamespace

import pytest

from signaling.codes import CloseCode, ErrorCode
from signaling.counters import Counters
from signaling.journal import Happening, Noted
from signaling.metrics import CONTENT_TYPE, Metrics, Traffic


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
async def metrics(traffic: Traffic) -> Metrics:
    counters = Counters(sessions_opened=7, sessions_closed=3, joins=5)
    counters.errors[ErrorCode.RATE_LIMITED] = 2
    source = SimpleNamespace(counters=counters, rooms=4, ring_bytes=99, is_draining=False)
    return Metrics(source, traffic, lambda: 6, lambda: False)


def values(metrics: Metrics) -> dict[str, float]:
    page, content_type = metrics.expose()
    assert content_type == CONTENT_TYPE
    lines = re.findall(r"^([a-z_]+(?:\{[^}]*\})?) (\S+)$", page.decode(), re.MULTILINE)
    return {name: float(value) for name, value in lines}


async def test_the_page_has_what_the_hub_and_the_shell_count(metrics, traffic):
    traffic.bytes_sent = 1000
    traffic.closes[CloseCode.SLOW_CONSUMER] = 1
    traffic.closes[4999] = 1
    traffic.answers[503] = 8
    page = values(metrics)
    assert page["signaling_sessions"] == 4
    assert page["signaling_connections"] == 6
    assert page["signaling_rooms"] == 4
    assert page["signaling_ring_bytes"] == 99
    assert page["signaling_backplane_up"] == 0
    assert page["signaling_joins_total"] == 5
    assert page['signaling_bytes_total{direction="sent"}'] == 1000
    assert page['signaling_refusals_total{code="rate_limited"}'] == 2
    assert page['signaling_closes_total{code="4508 slow_consumer"}'] == 1
    assert page['signaling_closes_total{code="4999 close_4999"}'] == 1
    assert page['signaling_answers_total{status="503"}'] == 8


async def test_calls_that_members_report_are_counted_and_timed(metrics):
    for relayed, milliseconds in ((False, 180), (True, 900)):
        fields = {"state": "connected", "relayed": relayed, "connect_ms": milliseconds}
        metrics.note(Noted(Happening.CALL_REPORTED, "s", fields))
    metrics.note(Noted(Happening.CALL_REPORTED, "s", {"state": "failed", "relayed": False}))
    metrics.note(Noted(Happening.PEER_JOINED, "s", {"room": "r"}))
    page = values(metrics)
    assert page['signaling_calls_total{relayed="yes",state="connected"}'] == 1
    assert page['signaling_calls_total{relayed="no",state="failed"}'] == 1
    assert page["signaling_call_connect_seconds_count"] == 2
    assert page['signaling_call_connect_seconds_bucket{le="0.2"}'] == 1


async def test_how_late_the_event_loop_is_is_measured(metrics, monkeypatch):
    monkeypatch.setattr("signaling.metrics._LAG_EVERY", 0.0)
    metrics.start()
    import asyncio

    async with asyncio.timeout(20):
        while not values(metrics)["signaling_loop_lag_seconds_count"]:
            await asyncio.sleep(0.001)
    metrics.stop()
