"""Binding: a client learns its mapped address (RFC 8489 §2); on a discovery server, more (RFC 5780 §6.1)."""

from dataclasses import replace

from relay import classic
from relay.counters import DropReason
from relay.discovery import WISHES, Discovery, far_corner
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import Output, SendToClient
from relay.requests.request import refuse_message, response
from relay.state import State
from relay.unsupported import refuse_unknown, unsupported_attributes
from stunwire import (
    Attribute,
    MappedAddress,
    Message,
    OtherAddress,
    ResponseOrigin,
    XorMappedAddress,
)


def answer(message: Message, five_tuple: FiveTuple, state: State, now: float) -> list[Output]:
    """Answer a Binding request."""
    discovery = _discovery(five_tuple, state)
    if discovery is not None:
        return _discover(message, five_tuple, discovery, state, now)
    unknown = unsupported_attributes(message)
    if unknown:
        return refuse_message(message, five_tuple, refuse_unknown(unknown), state)
    # RFC 8489 §6.3.1.1; 32 bytes for IPv4, because answers also go to forged addresses
    attributes = (XorMappedAddress(five_tuple.client), *_elsewhere(five_tuple, state))
    return _succeed(message, five_tuple, attributes, state)


def answer_classic(data: bytes, five_tuple: FiveTuple, state: State, now: float) -> list[Output]:
    """Answer a Binding request of RFC 3489 on a discovery server."""
    discovery, message = _discovery(five_tuple, state), classic.decode_classic(data)
    if discovery is None or message is None:
        state.counters.drops[DropReason.MALFORMED] += 1
        return []
    outputs = _discover(message, five_tuple, discovery, state, now, is_classic=True)
    return [
        replace(output, data=classic.with_bytes_of(data, output.data))
        if isinstance(output, SendToClient)
        else output
        for output in outputs
    ]


def _discovery(five_tuple: FiveTuple, state: State) -> Discovery | None:
    """Return the discovery server that a request came to; only datagrams can be answered from elsewhere."""
    found = state.discovery
    if found is None or five_tuple.transport is not Transport.UDP:
        return None
    return found if found.covers(five_tuple.server) else None


def _elsewhere(five_tuple: FiveTuple, state: State) -> tuple[Attribute, ...]:
    """What a discovery server adds over TCP and TLS, where mappings can be tested and filters cannot."""
    match five_tuple.transport if state.discovery is not None else None:
        case Transport.TCP:
            other = far_corner(five_tuple.server, state.settings.listen_tcp)
        case Transport.TLS:
            other = far_corner(five_tuple.server, state.settings.listen_tls)
        case _:
            other = None
    if other is None:
        return ()
    mapped, origin = MappedAddress(five_tuple.client), ResponseOrigin(five_tuple.server)
    return mapped, origin, OtherAddress(other)


def _discover(
    message: Message,
    five_tuple: FiveTuple,
    discovery: Discovery,
    state: State,
    now: float,
    *,
    is_classic: bool = False,
) -> list[Output]:
    if not discovery.permits(message, five_tuple.client, now):
        state.counters.drops[DropReason.RATE_LIMITED] += 1
        return []
    unknown = unsupported_attributes(message, done=WISHES)
    refusal = refuse_unknown(unknown) if unknown else discovery.refusal(message)
    if refusal is not None:
        return refuse_message(message, five_tuple, refusal, state)
    way = discovery.way(message, five_tuple)
    attributes = (
        tuple(classic.attributes(discovery, five_tuple, way.server))
        if is_classic
        else discovery.attributes(message, five_tuple, way.server)
    )
    return _succeed(message, way, attributes, state)


def _succeed(
    message: Message, way: FiveTuple, attributes: tuple[Attribute, ...], state: State
) -> list[Output]:
    state.counters.bindings += 1
    return [SendToClient(way, response(message, *attributes, key=None))]
