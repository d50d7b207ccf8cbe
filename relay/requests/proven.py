"""Requests whose sender is proven: to each method the one that answers it."""

from collections.abc import Callable

from relay.outputs import Output
from relay.requests import (
    allocate,
    channel_bind,
    connect,
    connection_bind,
    create_permission,
    refresh,
)
from relay.requests.request import Request, refuse
from relay.settings import Settings, TcpRelay
from relay.state import State
from relay.unsupported import refuse_unknown, unsupported_attributes
from stunwire import DontFragment, Method

_ANSWERS: dict[int, Callable[[Request, State], list[Output]]] = {
    Method.ALLOCATE: allocate.answer,
    Method.REFRESH: refresh.answer,
    Method.CREATE_PERMISSION: create_permission.answer,
    Method.CHANNEL_BIND: channel_bind.answer,
    Method.CONNECT: connect.answer,
    Method.CONNECTION_BIND: connection_bind.answer,
}
_OVER_TCP = frozenset({Method.CONNECT, Method.CONNECTION_BIND})
_WHOLE = (DontFragment,)


def is_answered(method: int, settings: Settings) -> bool:
    """Say whether requests of a method are answered, once their sender is proven."""
    return method in _ANSWERS and (
        method not in _OVER_TCP or settings.tcp_relay is not TcpRelay.OFF
    )


def answer(request: Request, state: State) -> list[Output]:
    """Answer a request, unless it has an attribute that is not understood."""
    # RFC 8656 §7.2: a server that cannot set the bit takes DONT-FRAGMENT as unknown
    done = _WHOLE if state.can_forbid_fragments else ()
    unknown = unsupported_attributes(request.message, done=done)
    if unknown:
        return refuse(request, refuse_unknown(unknown), state)
    moved = state.registry.moves.hear_request(request.message, request.five_tuple)
    return moved + _ANSWERS[request.message.method](request, state)
