"""What is replaced in the process while a run lasts, and put back whatever happens.

Clocks, random bytes, sockets and names are the world's; `ifaddr`, which aioice asks for the host's
addresses, answers for the current host; OpenSSL's DTLS timers, which read the real clock, are
helped along. Modules that have taken a function for themselves before the run (`from time import
time`) keep the real one.
"""

import contextlib
import importlib
import math
import random
import socket
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Final

from nat.simulator import streams  # noqa: F401 -- makes TCP sockets known
from nat.simulator.clock import Clock
from nat.simulator.host import current_host, host_in
from nat.simulator.network import Network
from nat.simulator.resolver import Resolver, getservbyname
from nat.simulator.sockets import Files, VirtualSocket

Patch = tuple[Any, str, Any]
"""An object, the name of an attribute, and what it is while a run lasts."""

_real_sleep: Final = time.sleep


@contextlib.contextmanager
def patched(network: Network, resolver: Resolver, files: Files) -> Iterator[None]:
    """Play the world's part in the process."""
    patches = [
        *_clocks(network.clock),
        *_randomness(network),
        *_sockets(resolver),
        *_interfaces(),
        *_dtls(),
    ]
    with contextlib.ExitStack() as stack:
        VirtualSocket.files = files
        state = random.getstate()
        stack.callback(random.setstate, state)
        run = _Run()
        stack.callback(run.end)
        for target, name, replacement in patches:
            real = getattr(target, name)
            stack.callback(setattr, target, name, real)
            setattr(target, name, run.fading(replacement, real))
        random.seed(network.stream("random").getrandbits(64))
        yield


class _Run:
    """Knows whether the run still lasts."""

    def __init__(self) -> None:
        self._lasts = True

    def end(self) -> None:
        self._lasts = False

    def fading(self, replacement: Any, real: Any) -> Any:
        """A function that is the real one again when the run is over.

        A module first imported during the run may have taken it for itself.
        """
        if isinstance(replacement, type):
            return replacement

        def either(*args: Any, **kwargs: Any) -> Any:
            return replacement(*args, **kwargs) if self._lasts else real(*args, **kwargs)

        return either


def _clocks(clock: Clock) -> Iterator[Patch]:
    for name in ("time", "time_ns", "monotonic", "monotonic_ns"):
        yield time, name, getattr(clock, name)
    yield time, "perf_counter", clock.monotonic
    yield time, "perf_counter_ns", clock.monotonic_ns


def _randomness(network: Network) -> Iterator[Patch]:
    """Random bytes from a stream of each host, so that one host does not disturb another."""

    def urandom(size: int, /) -> bytes:
        host = host_in()
        return network.stream("bytes", host.name if host else "").randbytes(size)

    yield importlib.import_module("os"), "urandom", urandom
    yield random, "_urandom", urandom  # what random.SystemRandom, and with it secrets, reads


def _sockets(resolver: Resolver) -> Iterator[Patch]:
    yield socket, "socket", VirtualSocket
    yield socket, "getaddrinfo", resolver.getaddrinfo
    for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"):
        yield socket, name, getattr(resolver, name)
    yield socket, "getservbyname", getservbyname
    yield socket, "gethostname", _host_name


def _host_name() -> str:
    host = host_in()
    return host.name if host is not None else "simulation"


def _interfaces() -> Iterator[Patch]:
    ifaddr = _optional("ifaddr")
    if ifaddr is None:
        return

    def get_adapters(*_include_unconfigured: bool) -> list[Any]:
        loopback = ifaddr.Adapter("lo", "lo", [ifaddr.IP("127.0.0.1", 8, "lo")], index=1)
        adapters = [loopback]
        for index, attachment in enumerate(current_host().node.attachments, 2):
            name = attachment.name
            ips = [
                ifaddr.IP(
                    str(one.ip) if one.version == 4 else (str(one.ip), 0, 0),
                    one.network.prefixlen,
                    name,
                )
                for one in attachment.networks()
            ]
            adapters.append(ifaddr.Adapter(name, name, ips, index=index))
        return adapters

    yield ifaddr, "get_adapters", get_adapters


def _dtls() -> Iterator[Patch]:
    """OpenSSL counts the time of a DTLS flight on the real clock (RFC 6347 §4.2.4).

    The time left is rounded up to whole seconds, which is what it was when the flight was sent, so
    that it does not depend on the speed of this machine. When it is up in the world, the rest of
    it is slept in reality, because OpenSSL would not send the flight again before.
    """
    module = _optional("OpenSSL.SSL")
    if module is None:
        return
    connection = module.Connection
    real_get, real_handle = connection.DTLSv1_get_timeout, connection.DTLSv1_handle_timeout

    def get_timeout(self: Any) -> float | None:
        left = real_get(self)
        return None if left is None else max(1.0, float(math.ceil(left)))

    def handle_timeout(self: Any) -> bool:
        while left := real_get(self):
            _real_sleep(left)
        return bool(real_handle(self))

    yield connection, "DTLSv1_get_timeout", get_timeout
    yield connection, "DTLSv1_handle_timeout", handle_timeout


def _optional(name: str) -> ModuleType | Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
