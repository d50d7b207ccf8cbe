"""A server's listening sockets and the connections that come over them, whatever the transport."""

import importlib
import ssl
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path

from signaling.codes import CloseCode
from signaling.handshake import Door
from signaling.settings import Settings
from signaling.transports.accepting import Acceptor, Place, listen
from signaling.transports.connection import Bounds, Connection, Shell
from signaling.transports.rounds import Clock


class Transport(Enum):
    """What reads and writes websockets; the value is its name on the command line."""

    WEBSOCKETS = "websockets"
    PICOWS = "picows"


class TransportMissingError(ImportError):
    """What a transport needs is not installed."""


_CLASSES = {
    Transport.WEBSOCKETS: "WebsocketsConnection",
    Transport.PICOWS: "PicowsConnection",
}


def connection_class(transport: Transport) -> type[Connection]:
    """Load a transport; what is not used need not be installed.

    Raises:
        TransportMissingError: It is not installed, or is not the one that is meant.
    """
    try:
        module = importlib.import_module(f"signaling.transports.{transport.value}")
    except ImportError as error:
        raise TransportMissingError(
            f"transport {transport.value!r} needs what is not installed ({error}):"
            f" pip install 'hairpin[{transport.value}]'"
        ) from error
    made: type[Connection] = getattr(module, _CLASSES[transport])
    return made


class Listener:
    """Accepts connections and ends them.

    Args:
        shell: Is told what comes.
        door: Is asked who may come.
        tls: Gives the context for the next connection; None where TLS is not spoken.
    """

    def __init__(
        self,
        settings: Settings,
        shell: Shell,
        door: Door,
        transport: Transport = Transport.WEBSOCKETS,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._make = connection_class(transport)
        self._make_unix = connection_class(Transport.WEBSOCKETS)  # picows has TCP and nothing else
        self._shell = shell
        self._door = door
        self._tls = tls
        self._open_timeout = settings.open_timeout
        self._bounds = Bounds(2 * settings.limits.message, settings.limits.outbox)
        self._clock = Clock(
            open_timeout=settings.open_timeout,
            close_timeout=settings.close_timeout,
            ping_interval=settings.ping_interval,
            ping_timeout=settings.ping_timeout,
        )
        self._acceptors: list[Acceptor] = []

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it listens, with real ports."""
        return tuple(acceptor.place for acceptor in self._acceptors)

    def __len__(self) -> int:
        return len(self._clock)

    async def open(self, places: Iterable[Place]) -> None:
        """Listen at all of these places, or at none.

        Raises:
            OSError: One of them cannot be had.
        """
        try:
            for place in places:
                for listening in await listen(place):
                    self._acceptors.append(
                        Acceptor(listening, self._door, self._take, self._tls, self._open_timeout)
                    )
        except OSError:
            self.stop_listening()
            raise

    def stop_listening(self) -> None:
        """Accept nothing more."""
        for acceptor in self._acceptors:
            acceptor.close()
        self._acceptors = []

    async def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye to everybody, and wait until the last socket is closed, or cut."""
        self.stop_listening()
        for connection in self._clock.everybody():
            connection.close(code, reason)
        await self._clock.until_nobody()
        self._clock.stop()

    def _take(self, peer: tuple[str, int], *, counted: bool) -> Connection:
        make = self._make if peer[0] else self._make_unix
        connection = make(self._shell, self._clock, self._bounds, peer, counted=counted)
        self._clock.expect_open(connection)
        return connection


def place_name(place: Place) -> str:
    """Write a place for people: `127.0.0.1:8080`, `[::1]:8080`, `unix:/run/x.sock`."""
    if isinstance(place, Path):
        return f"unix:{place}"
    host, port = place
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
