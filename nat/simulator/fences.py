"""What a world refuses: real sockets, pipes and processes, each with what to do instead."""

import asyncio.selector_events
import os
import select
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Final, Never

from nat.simulator.errors import OutsideWorldError
from nat.simulator.sockets import VirtualSocket

_UNIX: Final = (
    "a unix socket is a real file that every host of the world would share:"
    " use TCP on 127.0.0.1, which each host has for itself"
)
_PIPE: Final = "a pipe is real, and its time with it: read and write plain files, or use a socket"
_PROCESS: Final = (
    "another process is not in this world and knows nothing of its time: run its code here on a"
    " host, or run the program in the kernel or TUN lab"
)
_PAIR: Final = (
    "such a socket is real, and not of this world: connect two virtual sockets over 127.0.0.1; an"
    " event loop of its own, which needs one, cannot run inside the world"
)
_SELECT: Final = (
    "a real selector does not know virtual sockets, and would wait in real time: use the loop's"
    " add_reader, or a blocking socket in a thread (asyncio.to_thread)"
)


def fence_patches() -> Iterator[tuple[Any, str, Any]]:
    """What is put in the place of functions that would reach out of the world."""
    yield subprocess.Popen, "__init__", _refusing(_PROCESS)
    for name in ("fork", "forkpty", "posix_spawn", "posix_spawnp", "system", "popen"):
        if hasattr(os, name):
            yield os, name, _refusing(_PROCESS)
    for name in ("socketpair", "fromfd"):
        yield socket, name, _refusing(_PAIR)
    for name in ("select", "poll", "epoll", "kqueue"):
        if hasattr(select, name):
            yield select, name, _refusing(_SELECT)


def _refusing(why: str) -> Callable[..., Never]:
    def refuse(*_args: Any, **_kwargs: Any) -> Never:
        raise OutsideWorldError(why)

    return refuse


class FencedLoop(asyncio.selector_events.BaseSelectorEventLoop):
    """asyncio's loop, which takes nothing that is not of the world."""

    def check_virtual(self, sock: Any) -> None:
        """Refuse a socket that is real.

        Raises:
            OutsideWorldError: it is.
        """
        if not isinstance(sock, VirtualSocket):
            raise OutsideWorldError(
                f"{sock!r} is not a socket of this world: make it inside the run, on its host"
            )

    # real sockets, made before the run

    async def sock_recv(self, sock: Any, nbytes: int) -> bytes:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        return await super().sock_recv(sock, nbytes)

    async def sock_recv_into(self, sock: Any, buf: Any) -> int:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        return await super().sock_recv_into(sock, buf)

    async def sock_recvfrom(self, sock: Any, bufsize: int) -> tuple[bytes, Any]:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        return await super().sock_recvfrom(sock, bufsize)

    async def sock_recvfrom_into(self, sock: Any, buf: Any, nbytes: int = 0) -> tuple[int, Any]:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        return await super().sock_recvfrom_into(sock, buf, nbytes)

    async def sock_sendall(self, sock: Any, data: Any) -> None:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        await super().sock_sendall(sock, data)

    async def sock_sendto(self, sock: Any, data: Any, address: Any) -> int:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        return await super().sock_sendto(sock, data, address)

    async def sock_connect(self, sock: Any, address: Any) -> None:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        await super().sock_connect(sock, address)

    async def sock_accept(self, sock: Any) -> tuple[Any, Any]:
        """As asyncio's, for virtual sockets."""
        self.check_virtual(sock)
        return await super().sock_accept(sock)

    async def create_server(
        self,
        protocol_factory: Any,
        host: Any = None,
        port: Any = None,
        *,
        sock: Any = None,
        **rest: Any,
    ) -> asyncio.Server:
        """As asyncio's, for virtual sockets."""
        if sock is not None:
            self.check_virtual(sock)
        return await super().create_server(protocol_factory, host, port, sock=sock, **rest)

    def _make_socket_transport(self, sock: Any, *args: Any, **kwargs: Any) -> asyncio.Transport:
        self.check_virtual(sock)
        make: Callable[..., asyncio.Transport] = super()._make_socket_transport  # type: ignore[misc]
        return make(sock, *args, **kwargs)

    def _make_ssl_transport(self, rawsock: Any, *args: Any, **kwargs: Any) -> asyncio.Transport:
        self.check_virtual(rawsock)
        make: Callable[..., asyncio.Transport] = super()._make_ssl_transport  # type: ignore[misc]
        return make(rawsock, *args, **kwargs)

    # what is not of a network

    async def create_unix_server(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused: hosts of a world share no files."""
        raise OutsideWorldError(_UNIX)

    async def create_unix_connection(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused: hosts of a world share no files."""
        raise OutsideWorldError(_UNIX)

    async def connect_read_pipe(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused."""
        raise OutsideWorldError(_PIPE)

    async def connect_write_pipe(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused."""
        raise OutsideWorldError(_PIPE)

    async def subprocess_exec(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused: virtual time does not reach into another process."""
        raise OutsideWorldError(_PROCESS)

    async def subprocess_shell(self, *_args: Any, **_kwargs: Any) -> Any:
        """Refused: virtual time does not reach into another process."""
        raise OutsideWorldError(_PROCESS)
