"""A handler that fails takes nothing with it."""

import asyncio
import logging
from typing import Any

import pytest

from peer.emitter import SafeEmitter


def fails(*_: Any) -> None:
    raise ZeroDivisionError("in a handler")


async def fails_later(*_: Any) -> None:
    raise ZeroDivisionError("in an async handler")


@pytest.mark.parametrize("handler", [fails, fails_later])
async def test_an_exception_is_logged_and_told_and_the_next_handler_runs(
    handler: Any, caplog: pytest.LogCaptureFixture
) -> None:
    emitter, errors, ran = SafeEmitter(), [], []
    emitter.on("error", errors.append)
    emitter.on("x", handler)
    emitter.on("x", ran.append)
    with caplog.at_level(logging.ERROR):
        emitter.emit("x", 1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert ran == [1]
    assert [type(error) for error in errors] == [ZeroDivisionError]
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("handler", [fails, fails_later])
async def test_without_a_handler_of_error_it_is_only_logged(
    handler: Any, caplog: pytest.LogCaptureFixture
) -> None:
    emitter = SafeEmitter()
    emitter.on("x", handler)
    with caplog.at_level(logging.ERROR):
        assert emitter.emit("x")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert caplog.text.count("Traceback") == 1
    assert not emitter.emit("error", ValueError("nobody listens"))


async def test_a_handler_of_error_that_fails_itself_ends_there() -> None:
    emitter = SafeEmitter()
    emitter.on("error", fails)
    emitter.on("x", fails)
    assert emitter.emit("x")
    assert emitter.emit("error", ValueError())


async def test_a_handler_for_once_is_called_once() -> None:
    emitter, ran = SafeEmitter(), []
    emitter.once("x", ran.append)
    emitter.emit("x", 1)
    emitter.emit("x", 2)
    assert ran == [1]
