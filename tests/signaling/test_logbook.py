"""The lines of the log, and how many of them."""

import logging
from types import SimpleNamespace

import pytest

from signaling import logbook
from signaling.codes import CloseCode
from signaling.journal import Happening, Noted
from signaling.transports.connection import Failure


@pytest.mark.parametrize(("code", "level"), [(400, logging.WARNING), (429, logging.INFO)])
def test_a_refusal_is_a_line(caplog, code, level):
    caplog.set_level(logging.INFO)
    fields = {"code": code, "name": "some_name", "msg": "because\n"}
    logbook.note(Noted(Happening.REFUSED, "s1", fields))
    assert caplog.messages == [f"session s1 refused: {code} some_name: 'because\\n'"]
    assert caplog.records[0].sid == "s1"
    assert caplog.records[0].levelno == level


@pytest.mark.parametrize(
    ("code", "ours", "level"),
    [
        (CloseCode.PROTOCOL_ERROR, True, logging.WARNING),
        (CloseCode.PROTOCOL_ERROR, False, logging.INFO),
        (CloseCode.NORMAL, False, logging.INFO),
        (4999, False, logging.INFO),
    ],
)
def test_an_end_is_a_line_and_a_warning_if_what_came_was_no_websocket_traffic(
    caplog, code, ours, level
):
    caplog.set_level(logging.INFO)
    ended = SimpleNamespace(cid="c1", close_code=code, closed_by_us=ours, close_reason="so\x1b")
    logbook.closed(ended)
    assert caplog.records[0].levelno == level
    assert caplog.messages[0].startswith(f"connection c1 ended with {int(code)} ")
    assert caplog.messages[0].isprintable()
    assert caplog.records[0].cid == "c1"


def test_what_strangers_say_is_written_without_control_characters(caplog):
    failed = SimpleNamespace(peer="192.0.2.1:7", failure=Failure("bad \x1b[31m", notable=True))
    logbook.failed(failed, 3)
    assert caplog.messages[0].isprintable()
    assert caplog.messages[0].endswith("(3 more like this)")


def test_a_flood_of_lines_is_kept_back_and_counted():
    throttle = logbook.Throttle()
    assert [throttle.take(1.0) for _ in range(12)] == [0] * 10 + [None] * 2
    assert throttle.take(2.0) == 2
    assert throttle.take(2.5) == 0


def test_who_only_asks_after_health_leaves_no_line(caplog):
    caplog.set_level(logging.INFO)
    asked = Failure("answered 200", notable=False, harmless=True)
    logbook.failed(SimpleNamespace(peer="192.0.2.1:7", failure=asked), 0)
    assert not caplog.messages
