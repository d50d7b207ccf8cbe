"""Events whose handlers may fail without taking anything else with them."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from pyee.asyncio import AsyncIOEventEmitter

logger = logging.getLogger(__name__)


class SafeEmitter(AsyncIOEventEmitter):
    """pyee's emitter; an exception in a handler, plain or async, is logged and told as `error`.

    pyee raises it in whoever emits, when nobody handles `error`: in aiortc that is the loop which
    receives, so a mistake in an application's handler ends the connection.
    """

    def __init__(self) -> None:
        AsyncIOEventEmitter.__init__(self)  # beside aiortc's classes, whose arguments are others
        self._handlers_running: set[asyncio.Future[Any]] = set()
        self._telling_error = False

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Call the handlers of an event; an `error` that nobody handles is no more than logged."""
        if event == "error" and (self._telling_error or not self.listeners("error")):
            return False
        if event != "error":
            return super().emit(event, *args, **kwargs)
        self._telling_error = True
        try:
            return super().emit(event, *args, **kwargs)
        finally:
            self._telling_error = False

    def _emit_run(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Call one handler. pyee's own hook for this, overridden."""
        try:
            result = f(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever an application may raise
            self._handler_failed(error)
        else:
            if asyncio.iscoroutine(result) or asyncio.isfuture(result):
                self._await(asyncio.ensure_future(result))

    def _await(self, running: asyncio.Future[Any]) -> None:
        self._handlers_running.add(running)
        running.add_done_callback(self._handler_ended)

    def _handler_ended(self, running: asyncio.Future[Any]) -> None:
        self._handlers_running.discard(running)
        if not running.cancelled() and (error := running.exception()) is not None:
            self._handler_failed(error)

    def _handler_failed(self, error: BaseException) -> None:
        if self.listeners("error"):
            logger.error("a handler of %r failed", self, exc_info=error)
            self.emit("error", error)
            return
        asyncio.get_running_loop().call_exception_handler(  # which logs it
            {"message": f"a handler of {self!r} failed", "exception": error}
        )
