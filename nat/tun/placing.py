"""Sockets of a task are made in the namespace of its host, so that one process may hold all peers.

Which host a task runs on is the simulator's context variable: `with host:`, `host.run(…)` and
`host.start(…)` do here what they do in virtual time, and the same program runs in both. A socket
stays in the namespace in which it was made, whoever uses it. Outside of hosts nothing changes.
"""

import contextlib
import importlib
import socket
from collections.abc import Iterator, Mapping
from typing import Any

from nat.kernel import Namespace
from nat.simulator.host import host_in
from nat.simulator.resolver import Resolver, is_address

_FAMILIES = frozenset({-1, socket.AF_INET, socket.AF_INET6})


@contextlib.contextmanager
def placed(namespaces: Mapping[str, Namespace], resolver: Resolver) -> Iterator[None]:
    """Replace what makes sockets and finds names and addresses in this process, and put it back.

    Args:
        namespaces: by the names of their hosts.
    """

    def here() -> Namespace | None:
        host = host_in()
        return None if host is None else namespaces.get(host.name)

    with contextlib.ExitStack() as stack:
        for module, name, replacement in (
            (socket, "socket", _socket_class(here)),
            *_names(here, resolver),
            *_interfaces(here),
        ):
            stack.callback(setattr, module, name, getattr(module, name))
            setattr(module, name, replacement)
        yield


def _socket_class(here: Any) -> type[socket.socket]:
    real = socket.socket

    class PlacedSocket(real):  # type: ignore[misc, valid-type]
        """A socket that is made in the namespace of the calling task's host."""

        def __init__(
            self,
            family: int = -1,
            type: int = -1,  # noqa: A002 -- the parameter's name in socket.socket
            proto: int = -1,
            fileno: int | None = None,
        ) -> None:
            namespace = here() if fileno is None and family in _FAMILIES else None
            with namespace.entered() if namespace is not None else contextlib.nullcontext():
                super().__init__(family, type, proto, fileno)

    return PlacedSocket


def _names(here: Any, resolver: Resolver) -> Iterator[tuple[Any, str, Any]]:
    """Names of the world; other ones only outside of it.

    Whoever asks for a name in a thread has no host any more, so names of the world are known
    everywhere.
    """
    real_info, real_name = socket.getaddrinfo, socket.gethostbyname

    def is_ours(host: Any) -> bool:
        name = host.decode() if isinstance(host, bytes) else host
        if not name or is_address(name) or name == "localhost":
            return False
        with contextlib.suppress(socket.gaierror):
            resolver.look_up(name)
            return True
        return here() is not None

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        ask = resolver.getaddrinfo if is_ours(host) else real_info
        return ask(host, port, *args, **kwargs)

    def gethostbyname(host: Any) -> Any:
        return resolver.gethostbyname(host) if is_ours(host) else real_name(host)

    yield socket, "getaddrinfo", getaddrinfo
    yield socket, "gethostbyname", gethostbyname


def _interfaces(here: Any) -> Iterator[tuple[Any, str, Any]]:
    """`ifaddr`, which aioice asks for the addresses of the host, is asked in the namespace."""
    try:
        ifaddr: Any = importlib.import_module("ifaddr")
    except ImportError:
        return
    real = ifaddr.get_adapters

    def get_adapters(*args: Any, **kwargs: Any) -> Any:
        namespace = here()
        with namespace.entered() if namespace is not None else contextlib.nullcontext():
            return real(*args, **kwargs)

    yield ifaddr, "get_adapters", get_adapters
