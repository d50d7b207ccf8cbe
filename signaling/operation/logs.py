"""The log: one line for each thing that happened, as JSON or for people, with the session in each, and no secrets.

What a client chose (names, reasons) is written so that no terminal obeys it. What is never written: tokens, keys,
credentials, metadata, and what members send each other.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

from signaling.journal import Happening, Noted
from signaling.operation.configuration import Format, Level, LogSettings

_LEVELS = {
    Level.DEBUG: logging.DEBUG,
    Level.INFO: logging.INFO,
    Level.WARNING: logging.WARNING,
    Level.ERROR: logging.ERROR,
}
QUIET = ("httpx", "httpcore", "websockets", "asyncio", "picows")
"""They tell of every request, or of every connection, in words of their own."""
_BEFORE: list[structlog.typing.Processor] = [
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(allow=("cid", "sid")),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]

_logger = structlog.wrap_logger(
    logging.getLogger("signaling.events"),
    processors=[*_BEFORE, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.stdlib.BoundLogger,
    context_class=dict,
    cache_logger_on_first_use=False,
)


def start_logging(settings: LogSettings, stream: TextIO | None = None) -> logging.Handler:
    """From now on write what is logged to a stream (standard error); take the handler away to stop."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _renderer(settings),
            ],
            foreign_pre_chain=_BEFORE,
        )
    )
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(_LEVELS[settings.level])
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, _LEVELS[settings.level]))
    return handler


def note(noted: Noted) -> None:
    """Write what the core has noted."""
    level = logging.WARNING if noted.happening is Happening.REFUSED else logging.INFO
    if noted.fields.get("code") == _RATE_LIMITED:
        level = logging.INFO
    happened = f"signaling.{noted.happening.value}"
    _logger.log(level, happened, sid=noted.sid, **noted.fields)


_RATE_LIMITED = 429


def _renderer(settings: LogSettings) -> structlog.typing.Processor:
    if settings.format is Format.JSON:
        return structlog.processors.JSONRenderer(sort_keys=False)
    return _for_people


def _for_people(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    """One line: when, how grave, what, and the rest as `key=value`, each value as Python would write it."""
    when, level = event.pop("timestamp", ""), event.pop("level", "")
    what = _printable(str(event.pop("event", "")))
    trace = event.pop("exception", None)
    rest = "".join(f" {key}={_value(value)}" for key, value in event.items())
    line = f"{when} {level:<7} {what}{rest}"
    return line if trace is None else f"{line}\n{trace}"


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    plain = text.isascii() and text.isprintable() and not set(text) & {" ", "=", "'", '"'}
    return text if plain and text else repr(value)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
