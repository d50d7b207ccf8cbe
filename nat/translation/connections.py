"""TCP through a NAT: the state of each connection decides how long it is remembered (RFC 5382)."""

from nat.choices import MidStream, SimultaneousOpen, TcpReset
from nat.packets import Drop, DropReason, Packet, Protocol
from nat.translation import entrance
from nat.translation.mappings import NEVER, Flow
from nat.translation.register import Made, Register
from nat.translation.tcpstates import (
    Event,
    TcpState,
    follow,
    inbound_event,
    is_first_syn,
    outbound_event,
)


def outward(register: Register, packet: Packet, now: float) -> Made | Drop:
    """The mapping and flow of a segment from the inside, after it has been reckoned with."""
    table = register.tables[Protocol.TCP]
    event = outbound_event(packet.payload)
    behavior = register.behavior
    if event is not Event.SYN_OUT and behavior.midstream is MidStream.DROPPED:
        known = table.outbound.get((packet.source, packet.destination))
        if known is None or not known.is_alive(now):
            return _no_connection(packet)
    made = register.open(table, packet.source, packet.destination, now)
    if not isinstance(made, Drop):
        _advance(register, made.flow, event, now)
    return made


def inward(register: Register, packet: Packet, now: float) -> Made | Drop:
    """The mapping and flow of a segment from the outside, or why it is not let in."""
    table = register.tables[Protocol.TCP]
    event = inbound_event(packet.payload)
    behavior = register.behavior
    made = entrance.let_in(register, table, packet.destination, packet.source, now)
    if isinstance(made, Drop):
        return made
    flow = made.flow
    unknown = flow.state is TcpState.NONE and event is not Event.SYN_IN
    if unknown and behavior.midstream is MidStream.DROPPED:
        register.forget(table, flow)
        return _no_connection(packet)
    if _is_crossing(flow, packet) and behavior.simultaneous_open is SimultaneousOpen.REFUSED:
        detail = f"its SYN has crossed that of {flow.internal}, and this NAT expects SYN, ACK"
        return Drop(DropReason.CONNECTION, detail)
    _advance(register, flow, event, now)
    return made


def _no_connection(packet: Packet) -> Drop:
    between = f"{packet.source} has no connection with {packet.destination}"
    return Drop(DropReason.CONNECTION, f"{between}, and this is no SYN")


def _is_crossing(flow: Flow, packet: Packet) -> bool:
    return flow.state is TcpState.SYN_OUT and is_first_syn(packet.payload)


def _advance(register: Register, flow: Flow, event: Event, now: float) -> None:
    """RFC 5382 §5: the state after the segment, and the silence that it bears."""
    behavior = register.behavior
    flow.quick = False
    if event is Event.RST and behavior.tcp_reset is not TcpReset.TRANSITORY:
        if behavior.tcp_reset is TcpReset.ENDS:
            flow.deadline = NEVER
            register.something_ended()
            return
        event = Event.OUT
    flow.state = follow(flow.state, event)
    transitory = flow.state.is_transitory
    flow.lifetime = behavior.tcp_transitory_lifetime if transitory else behavior.tcp_lifetime
    flow.deadline = now + flow.lifetime
    flow.quick = not transitory and register.may_be_quick(flow)
