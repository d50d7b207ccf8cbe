"""The log: one line for each thing, as JSON or for people."""

import io
import json
import logging
from collections.abc import Callable, Iterator

import pytest

from signaling.journal import Happening, Noted
from signaling.operation.configuration import Format, Level, LogSettings
from signaling.operation.logs import QUIET, note, start_logging


@pytest.fixture
def log() -> Iterator[Callable[..., io.StringIO]]:
    """Start to log into a stream, and stop after the test."""
    root = logging.getLogger()
    changed = [root, *map(logging.getLogger, QUIET)]
    levels, handlers = [one.level for one in changed], []

    def start(shape: Format = Format.CONSOLE, level: Level = Level.INFO) -> io.StringIO:
        stream = io.StringIO()
        handlers.append(start_logging(LogSettings(level, shape), stream))
        return stream

    yield start
    for handler in handlers:
        root.removeHandler(handler)
    for logger, level in zip(changed, levels, strict=True):
        logger.setLevel(level)


OPENED = Noted(Happening.SESSION_OPENED, "s1", {"peer": "alice", "address": "192.0.2.1"})


def test_a_line_of_json_has_the_session_in_it(log):
    stream = log(Format.JSON)
    note(OPENED)
    logging.getLogger("signaling").info("connection %s opened", "c1", extra={"cid": "c1"})
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "signaling.session.opened",
        "level": "info",
        "sid": "s1",
        "peer": "alice",
        "address": "192.0.2.1",
    }
    assert (second["event"], second["cid"]) == ("connection c1 opened", "c1")


def test_a_line_for_people_says_when_how_grave_and_what(log):
    stream = log()
    note(OPENED)
    line = stream.getvalue()
    assert line.endswith(" info    signaling.session.opened sid=s1 peer=alice address=192.0.2.1\n")


@pytest.mark.parametrize("shape", list(Format))
@pytest.mark.parametrize("name", ["\x1b[31mred", "two\nlines", "\u202eback", "a b='c'"])
def test_a_name_that_a_terminal_would_obey_is_written_and_not_obeyed(log, shape, name):
    stream = log(shape)
    note(Noted(Happening.PEER_JOINED, "s1", {"peer": name}))
    logging.getLogger("signaling").warning("no websocket from %s", name)
    assert len(stream.getvalue().splitlines()) == 2
    assert "\x1b" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()


def test_a_refusal_is_a_warning_but_for_those_that_a_stranger_can_cause_at_will(log):
    stream = log(Format.JSON)
    for code in (403, 429):
        note(Noted(Happening.REFUSED, "s1", {"code": code, "name": "n", "msg": "m"}))
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == [
        "warning",
        "info",
    ]


def test_less_is_logged_if_less_is_wanted_and_other_programs_parts_are_quiet(log):
    stream = log(level=Level.WARNING)
    note(OPENED)
    log(level=Level.INFO)
    logging.getLogger("httpx").info("POST https://example.org/?token=hunter2")
    assert stream.getvalue() == ""


def test_a_failure_of_our_own_is_logged_with_its_traceback(log):
    stream, as_json = log(), log(Format.JSON)
    ours = RuntimeError("ours")
    logging.getLogger("signaling").error("failed", exc_info=ours)
    assert "failed\nRuntimeError: ours" in stream.getvalue()
    assert "RuntimeError: ours" in json.loads(as_json.getvalue())["exception"]
