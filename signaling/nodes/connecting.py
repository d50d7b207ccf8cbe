"""How redis-py is told to connect: no retries of its own, short patience, keepalive."""

import functools
import re
from typing import Final
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.driver_info import DriverInfo
from redis.exceptions import BusyLoadingError, OutOfMemoryError, ReadOnlyError, ResponseError

from signaling.nodes.errors import BackplaneUrlError

SCHEMES: Final = ("redis", "rediss", "unix")
TIMEOUT: Final = 3.0
_PASSING = re.compile(r"(MISCONF|NOREPLICAS|MASTERDOWN|CLUSTERDOWN|LOADING|READONLY|OOM|BUSY)\b")


def connect(url: str) -> Redis:
    """Make a client; it connects when it is used.

    Raises:
        BackplaneUrlError: The URL is none.
    """
    location(url)
    try:
        return Redis.from_url(
            url,
            protocol=2,
            driver_info=_driver(),
            retry=Retry(NoBackoff(), 0),
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            health_check_interval=15,
            **({} if urlsplit(url).scheme == "unix" else {"socket_keepalive": True}),
        )
    except ValueError as error:
        raise BackplaneUrlError(f"{location(url)!r}: {error}") from error


def location(url: str) -> str:
    """Say where a URL leads, without its user and password.

    Raises:
        BackplaneUrlError: It leads nowhere.
    """
    forms = "redis://HOST:PORT/DB, rediss://… or unix:///PATH?db=DB"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BackplaneUrlError(f"a backplane URL reads {forms}: {error}") from error
    if parts.scheme not in SCHEMES:
        came = f"{parts.scheme}:…" if parts.scheme else "one without a scheme"
        raise BackplaneUrlError(f"a backplane URL reads {forms}, not {came}")
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise BackplaneUrlError(f"a backplane URL reads {forms}; the path is missing")
        return f"unix://{parts.path}"
    if not parts.hostname:
        raise BackplaneUrlError(f"a backplane URL reads {forms}; the host is missing")
    if not re.fullmatch(r"/?\d*", parts.path):
        raise BackplaneUrlError(f"the database is a number, not {parts.path[1:]!r}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or 6379}{parts.path if parts.path != '/' else ''}"


def is_passing(error: ResponseError) -> bool:
    """Say whether a refusal is about the server's state, and not about the command."""
    kinds = (BusyLoadingError, OutOfMemoryError, ReadOnlyError)
    return isinstance(error, kinds) or _PASSING.match(str(error)) is not None


@functools.cache
def _driver() -> DriverInfo:
    """What tells Redis who connects; by default each connection looks for the files that have redis-py's version."""
    return DriverInfo()
