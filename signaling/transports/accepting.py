"""Accepts sockets: looks at the address first, then at the first byte where TLS is spoken.

A socket that is one too many from its address is closed before anything is made for it.
"""

import asyncio
import contextlib
import errno
import functools
import socket
import ssl
import stat
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from signaling.handshake import Answer, Door
from signaling.transports.connection import Connection

Place: TypeAlias = tuple[str, int] | Path
"""Where to listen: a host and a port, or a Unix socket."""

_BACKLOG: Final = 1024
_ACCEPTED_AT_ONCE: Final = 64
_OUT_OF_SOMETHING: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_PAUSE_WHEN_OUT: Final = 0.5
_CLOSING: Final = "the server is closing"
_TLS_HANDSHAKE: Final = b"\x16"
_SPEAK_TLS: Final = Answer(
    HTTPStatus.BAD_REQUEST, b"TLS is spoken on this port: use wss://\n"
).encode()


class Take(Protocol):
    """Makes a connection for a socket that has been accepted."""

    def __call__(self, peer: tuple[str, int], *, counted: bool) -> Connection:
        """Make one."""


class Acceptor:
    """One listening socket.

    Args:
        listening: Bound, and listening.
        door: Looks at addresses.
        take: Makes a protocol for each socket.
        tls: Gives the context to use for the next connection; None where TLS is not spoken.
        open_timeout: Seconds for the TLS handshake.
    """

    def __init__(
        self,
        listening: socket.socket,
        door: Door,
        take: Take,
        tls: Callable[[], ssl.SSLContext] | None,
        open_timeout: float,
    ) -> None:
        self._listening = listening
        self._door = door
        self._take = take
        self._tls = tls
        self._open_timeout = open_timeout
        self._loop = asyncio.get_running_loop()
        self._beginning: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._listen()

    @property
    def place(self) -> Place:
        """Where it listens, with the real port."""
        name = self._listening.getsockname()
        return Path(name) if isinstance(name, str) else (name[0], name[1])

    def close(self) -> None:
        """Accept nothing more, and give up what has not begun."""
        if self._listening.fileno() < 0:
            return
        place = self.place
        self._loop.remove_reader(self._listening)
        self._listening.close()
        if isinstance(place, Path):
            place.unlink(missing_ok=True)
        if self._pause is not None:
            self._pause.cancel()
        for task in self._beginning:
            task.cancel()

    def _listen(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listening, self._on_readable)

    def _on_readable(self) -> None:
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                accepted, name = self._listening.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                if error.errno not in _OUT_OF_SOMETHING:
                    raise
                self._loop.remove_reader(self._listening)
                self._pause = self._loop.call_later(_PAUSE_WHEN_OUT, self._listen)
                return
            self._begin(accepted, (name[0], name[1]) if isinstance(name, tuple) else ("", 0))

    def _begin(self, accepted: socket.socket, peer: tuple[str, int]) -> None:
        counted, refusal = self._door.knock(peer[0], self._loop.time())
        if refusal is not None:
            _refuse(accepted, b"" if self._tls else refusal.encode())
            return
        accepted.setblocking(False)
        taken = self._take(peer, counted=counted)
        task = self._loop.create_task(self._connect(accepted, taken))
        self._beginning.add(task)
        task.add_done_callback(functools.partial(self._forget, accepted, taken))

    def _forget(self, accepted: socket.socket, taken: Connection, task: asyncio.Task[None]) -> None:
        self._beginning.discard(task)
        if task.cancelled():  # perhaps before its first step, so that it could not hang up itself
            accepted.close()
            taken.give_up(_CLOSING)

    async def _connect(self, accepted: socket.socket, taken: Connection) -> None:
        why = _CLOSING
        connected = False
        try:
            if self._tls is None:
                await self._loop.connect_accepted_socket(lambda: taken.protocol, accepted)
                connected = True
            elif await _speaks_tls(self._loop, accepted, self._open_timeout):
                await self._loop.connect_accepted_socket(
                    lambda: taken.protocol,
                    accepted,
                    ssl=self._tls(),
                    ssl_handshake_timeout=self._open_timeout,
                    ssl_shutdown_timeout=1.0,
                )
                connected = True
            else:
                why = "no TLS"
                _refuse(accepted, _SPEAK_TLS)
        except TimeoutError:
            why = "no TLS handshake in time"
        except (ssl.SSLError, OSError) as error:
            why = f"no TLS handshake: {error}" if self._tls else str(error)
        finally:
            if not connected:
                accepted.close()
                taken.give_up(why)


async def _speaks_tls(
    loop: asyncio.AbstractEventLoop, accepted: socket.socket, seconds: float
) -> bool:
    """Look at the first byte without taking it; who closes before that speaks nothing.

    Raises:
        TimeoutError: Nothing came.
    """
    readable: asyncio.Future[None] = loop.create_future()
    loop.add_reader(accepted, _set, readable)
    try:
        async with asyncio.timeout(seconds):
            await readable
    finally:
        loop.remove_reader(accepted)
    return accepted.recv(1, socket.MSG_PEEK) in (_TLS_HANDSHAKE, b"")


def _set(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def _refuse(accepted: socket.socket, answer: bytes) -> None:
    """Send what fits, and hang up."""
    with contextlib.suppress(OSError):
        accepted.send(answer, socket.MSG_DONTWAIT)
        accepted.shutdown(socket.SHUT_WR)
    accepted.close()


async def listen(place: Place) -> list[socket.socket]:
    """Open the listening sockets of a place: a name may stand for several addresses.

    Raises:
        OSError: It cannot be had.
    """
    if isinstance(place, Path):
        return [_listen_unix(place)]
    host, port = place
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    opened: list[socket.socket] = []
    try:
        for family, kind, protocol, _name, address in dict.fromkeys(infos):
            listening = socket.socket(family, kind, protocol)
            opened.append(listening)
            listening.setblocking(False)
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            # With port 0, the second address takes the port that the first one was given.
            real = opened[0].getsockname()[1] if port == 0 and len(opened) > 1 else address[1]
            listening.bind((address[0], real, *address[2:]))
            listening.listen(_BACKLOG)
    except OSError:
        for each in opened:
            each.close()
        raise
    return opened


def _listen_unix(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISSOCK(path.stat().st_mode):  # of a server that was killed
            path.unlink()
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.bind(str(path))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening
