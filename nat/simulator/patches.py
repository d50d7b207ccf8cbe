"""What is replaced in the process while a run lasts, and put back whatever happens.

Clocks, random bytes, sockets, names and threads are the world's; `ifaddr`, which aioice asks for
the host's addresses, `nat.routes` and `nat.neighbours` answer for the current host. A function is replaced in its own module and in
every module that had taken it for itself (`from time import time`), and only for threads of the
world: others go on in reality.
"""

import contextlib
import functools
import hashlib
import importlib
import random
import socket
import sys
import types
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Final

from nat import neighbours, routes
from nat.simulator import streams  # noqa: F401 -- makes TCP sockets known
from nat.simulator.clockpatches import clock_patches, datetime_aliases
from nat.simulator.dtls import dtls_patches
from nat.simulator.fences import fence_patches
from nat.simulator.host import current_host, host_in
from nat.simulator.locks import VirtualLock
from nat.simulator.network import Network
from nat.simulator.randompatches import numbering_patches, random_patches
from nat.simulator.resolver import Resolver, getservbyname
from nat.simulator.selector import VirtualSelector
from nat.simulator.sockets import VirtualSocket
from nat.simulator.threadpatches import thread_patches
from nat.simulator.turns import Turns
from stunwire import Family

Patch = tuple[Any, str, Any]
"""An object, the name of an attribute, and what it is while a run lasts."""

_SPARED: Final = ("nat.simulator.", "_pytest.", "datetime.", "_datetime.", "_pydatetime.")
"""Modules that keep the real functions they have taken."""


@contextlib.contextmanager
def patched(network: Network, resolver: Resolver, selector: VirtualSelector) -> Iterator[None]:
    """Play the world's part in the process."""
    turns = selector.turns
    patches = [
        *clock_patches(network.clock, turns),
        *random_patches(network),
        *numbering_patches(),
        *thread_patches(turns),
        *fence_patches(),
        *_sockets(resolver),
        *_interfaces(),
        (routes, "default_router", _default_router),
        (neighbours, "hardware_of", _hardware_of),
        *dtls_patches(network.clock),
    ]
    undo: list[Patch] = []
    state = random.getstate()
    VirtualSocket.files = selector
    VirtualLock.turns = turns
    try:
        for target, name, replacement in _everywhere(
            patches, datetime_aliases(network.clock, turns)
        ):
            real = getattr(target, name)
            undo.append((target, name, real))
            setattr(target, name, _fading(replacement, real, turns))
        random.seed(network.stream("random").getrandbits(64))
        yield
    finally:
        for target, name, real in reversed(undo):
            setattr(target, name, real)
        turns.end()
        random.setstate(state)


def _fading(replacement: Any, real: Any, turns: Turns) -> Any:
    """A function that is the real one again when the run is over, and in threads outside of it.

    A module first imported during the run may have taken it for itself.
    """
    if not isinstance(replacement, types.FunctionType | types.MethodType | functools.partial):
        return replacement

    def either(*args: Any, **kwargs: Any) -> Any:
        return replacement(*args, **kwargs) if turns.takes_part() else real(*args, **kwargs)

    return either


def _everywhere(patches: Iterable[Patch], aliases: dict[int, Any]) -> Iterator[Patch]:
    """The patches, and the same for every name under which a module has taken the real thing.

    Args:
        aliases: by the identity of things that are replaced only there, what takes their place.
    """
    replaced = dict(aliases)
    for target, name, replacement in patches:
        if isinstance(target, types.ModuleType) and replacement is not None:
            # what is taken away there, as the RLock in C, stays with who has taken it: imports do
            replaced[id(getattr(target, name))] = replacement
        yield target, name, replacement
    seen = {(id(target), name) for target, name, _ in patches}
    for module, name, real in _taken.search(replaced):
        if (id(module), name) not in seen and id(vars(module).get(name)) == real:
            yield module, name, replaced[real]


class _Taken:
    """Names of other modules' functions in modules, remembered from run to run."""

    def __init__(self) -> None:
        self._wanted: frozenset[int] = frozenset()
        self._known: weakref.WeakSet[types.ModuleType] = weakref.WeakSet()
        self._count = 0
        self._found: list[tuple[types.ModuleType, str, int]] = []

    def search(self, replaced: dict[int, Any]) -> list[tuple[types.ModuleType, str, int]]:
        """Every module that has one of the objects with these identities, and under which name."""
        wanted = frozenset(replaced)
        if wanted != self._wanted:
            self._wanted, self._count = wanted, 0
            self._known.clear()
            self._found.clear()
        if len(sys.modules) != self._count:
            self._look_at_new_ones()
        return self._found

    def _look_at_new_ones(self) -> None:
        loaded: list[Any] = list(sys.modules.values())  # None for one that must not be imported
        self._count = len(loaded)
        for module in loaded:
            # cffi only claims to be one
            if issubclass(type(module), types.ModuleType) and module not in self._known:
                self._known.add(module)
                self._found.extend((module, name, real) for name, real in self._look(module))

    def _look(self, module: types.ModuleType) -> Iterator[tuple[str, int]]:
        if not f"{module.__name__}.".startswith(_SPARED):
            for name, value in list(vars(module).items()):
                if id(value) in self._wanted:
                    yield name, id(value)


_taken: Final = _Taken()


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
    try:
        ifaddr: Any = importlib.import_module("ifaddr")
    except ImportError:
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


def _default_router(family: Family, interface: str = "") -> str | None:
    """What `nat.routes.default_router` says on the current host: the NAT, or the firewall, of its LAN."""
    for attachment in current_host().node.attachments:
        segment = attachment.port.segment
        router = segment.router6 if family is Family.IPV6 else segment.router
        if router is not None and interface in {"", attachment.name}:
            return router
    return None


def _hardware_of(address: str) -> str | None:
    """What `nat.neighbours.hardware_of` says on the current host: each LAN's router has one of its own."""
    for attachment in current_host().node.attachments:
        segment = attachment.port.segment
        if segment.router == address:
            return f"02{hashlib.sha256(segment.name.encode()).hexdigest()[:10]}"
    return None
