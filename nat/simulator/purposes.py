"""What a task waits for, in words, as far as the frames of its coroutines show it."""

import asyncio
import types
from collections.abc import Callable, Sequence
from typing import Any, Final

_Locals = dict[str, Any]


def purpose_of(frames: Sequence[types.FrameType], waited: "asyncio.Future[Any] | None") -> str:
    """What the innermost of these frames is for, or else the future that is waited for.

    Args:
        frames: from the outermost coroutine to the innermost.
        waited: what the task itself waits for.
    """
    for frame in reversed(frames):
        describe = _PURPOSES.get(frame.f_code.co_qualname)
        if describe is not None and "asyncio" in frame.f_code.co_filename:
            return describe(frame.f_locals)
    if isinstance(waited, asyncio.Task):
        return f"for task {waited.get_name()}"
    for frame in reversed(frames):
        found = _transport_of(frame.f_locals.get("self"))
        if found is not None:
            return f"for something that comes to {_ends(found)}"
    return ""


def _transport_of(owner: Any) -> asyncio.BaseTransport | None:
    """The transport of an object, under one of the usual names."""
    for name in ("transport", "_transport"):
        found = getattr(owner, name, None)
        if isinstance(found, asyncio.BaseTransport):
            return found
    return None


def _ends(transport: asyncio.BaseTransport) -> str:
    """The addresses of a transport, the own one first."""
    own, other = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    return _text(own) if other is None else f"{_text(own)} from {_text(other)}"


def _text(address: Any) -> str:
    if not isinstance(address, tuple):
        return "nowhere"
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _stream(here: _Locals) -> str:
    transport = _transport_of(here.get("self"))
    return "for data" if transport is None else f"for data on {_ends(transport)}"


def _room(here: _Locals) -> str:
    transport = _transport_of(here.get("self"))
    return "for room to send" if transport is None else f"for room to send on {_ends(transport)}"


def _socket(what: str) -> Callable[[_Locals], str]:
    def describe(here: _Locals) -> str:
        sock = here["sock"]
        bound = sock.getsockname() if sock.fileno() >= 0 else None
        return f"{what} {_text(bound)}"

    return describe


def _connecting(here: _Locals) -> str:
    return f"to be connected to {_text(here.get('address'))}"


def _tasks(here: _Locals) -> str:
    """The tasks of a group, or of `asyncio.wait`."""
    group = here.get("self")
    tasks = getattr(group, "_tasks", None) if group is not None else here.get("fs")
    names = [one.get_name() for one in tasks or () if isinstance(one, asyncio.Task)]
    return f"for {'tasks' if len(names) != 1 else 'task'} {', '.join(sorted(names))}"


def _one(what: str) -> Callable[[_Locals], str]:
    return lambda here: f"{what} {here.get('self')!r}"


_READING: Final = "StreamReader._wait_for_data"
_PURPOSES: Final[dict[str, Callable[[_Locals], str]]] = {
    "sleep": lambda here: f"for {here.get('delay')} s to pass",
    "Event.wait": _one("for"),
    "Condition.wait": _one("to be notified by"),
    "Lock.acquire": _one("for"),
    "Semaphore.acquire": _one("for"),
    "Barrier.wait": _one("for others at"),
    "Queue.get": _one("for something in"),
    "Queue.put": _one("for room in"),
    "Queue.join": _one("for all of it to be done:"),
    "TaskGroup.__aexit__": _tasks,
    "_wait": _tasks,
    _READING: _stream,
    "FlowControlMixin._drain_helper": _room,
    "StreamReaderProtocol._drain_helper": _room,
    "Server.serve_forever": lambda _: "for ever, serving",
    "BaseSelectorEventLoop.sock_recv": _socket("for data on"),
    "BaseSelectorEventLoop.sock_recv_into": _socket("for data on"),
    "BaseSelectorEventLoop.sock_recvfrom": _socket("for a datagram on"),
    "BaseSelectorEventLoop.sock_recvfrom_into": _socket("for a datagram on"),
    "BaseSelectorEventLoop.sock_sendall": _socket("for room to send on"),
    "BaseSelectorEventLoop.sock_accept": _socket("for a connection to"),
    "BaseSelectorEventLoop.sock_connect": _connecting,
    "to_thread": lambda here: f"for {getattr(here.get('func'), '__qualname__', '')} in a thread",
}
"""By the qualified name of a coroutine of asyncio, what it waits for."""
