"""From orders and reports to MessagePack and back; messages for sessions stay JSON."""

import msgspec

from signaling import orders, reports
from signaling.codes import ErrorCode
from signaling.faults import DecodeError
from signaling.messages import Metadata, ServerMessage
from signaling.nodes.letters import (
    Arrived,
    Claim,
    Come,
    Departed,
    Entered,
    Fence,
    FenceReached,
    HandOver,
    Letter,
    LockSet,
    Marked,
    Member,
    Miss,
    Moved,
    Promoted,
    Relay,
    Resynced,
    Revised,
    RoomReport,
    Terms,
    Turned,
    Word,
)

_letters = msgspec.msgpack.Decoder(Letter)
_words = msgspec.msgpack.Decoder(Word)
_messages = msgspec.json.Decoder(ServerMessage)
_metadata = msgspec.json.Decoder(Metadata)
_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


def encode(value: Letter | Word | list[object]) -> bytes:
    """Write a letter, a word, or the arguments of a script."""
    return _pack(value)


def decode(data: bytes) -> Letter:
    """Read a letter.

    Raises:
        DecodeError: It is none.
    """
    try:
        letter: Letter = _letters.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DecodeError(f"not a letter between nodes: {error}") from error
    return letter


def write_word(order: orders.Order) -> Word | None:
    """Write what another node is to hear; None for an order about a room."""
    match order:
        case orders.Relay():
            return Relay(order.sid, _json(order.message))
        case orders.Claim():
            return Claim(order.sid, order.generation, order.seq, order.connection)
        case orders.HandOver():
            return HandOver(order.connection, order.state)
        case orders.Fence():
            return Fence(order.sid, order.back_to, order.mark, order.sender)
        case orders.FenceReached():
            return FenceReached(order.sid, order.mark, order.whole)
        case orders.Miss():
            return Miss(order.sid)
        case orders.Come():
            return Come(order.sid)
        case _:
            return None


def read_word(data: bytes | msgspec.Raw, source: str) -> reports.Report:
    """Read what another node said.

    Raises:
        DecodeError: It is no word.
    """
    try:
        word: Word = _words.decode(data)
        match word:
            case Relay():
                return reports.Relayed(word.sid, _messages.decode(word.message), source)
            case Claim():
                return reports.Claimed(source, word.sid, word.generation, word.seq, word.connection)
            case HandOver():
                return reports.HandedOver(word.connection, word.state)
            case Fence():
                return reports.Fenced(word.sid, word.back_to, word.mark, word.sender, source)
            case FenceReached():
                return reports.FencePassed(word.sid, word.mark, word.whole)
            case Miss():
                return reports.Missed(word.sid)
            case Come():
                return reports.Came(word.sid, source)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DecodeError(f"not a word between nodes: {error}") from error


def write_member(member: orders.Member) -> Member:
    """Put a member as scripts keep it."""
    return Member(
        member.peer,
        member.sid,
        member.node,
        member.role,
        member.state,
        member.subject,
        member.since,
        write_metadata(member.meta),
    )


def write_metadata(meta: Metadata) -> str:
    """Put metadata as scripts keep it."""
    return _json(meta).decode()


def write_terms(terms: orders.Terms) -> Terms:
    """Put terms as scripts keep them."""
    return Terms(terms.max, terms.topology, terms.key, terms.locked)


def read_member(member: Member) -> orders.Member:
    """Take a member from what a script wrote."""
    meta = _metadata.decode(member.meta)
    return orders.Member(
        member.peer,
        member.sid,
        member.node,
        meta,
        member.role,
        member.state,
        member.subject,
        member.since,
    )


def read_terms(terms: Terms) -> orders.Terms:
    """Take terms from what a script wrote."""
    return orders.Terms(terms.max, terms.topology, terms.key, terms.locked)


def read_report(report: RoomReport) -> reports.Report:
    """Take a report from what a script wrote.

    Raises:
        DecodeError: A member's metadata is no JSON.
    """
    try:
        return _read_report(report)
    except (msgspec.MsgspecError, ValueError) as error:
        raise DecodeError(f"not a report of a room: {error}") from error


def _read_report(report: RoomReport) -> reports.Report:
    match report:
        case Entered(room, member, others, terms, rev, request, opened):
            answered = None if request < 0 else request
            present = tuple(map(read_member, others))
            newcomer = read_member(member)
            return reports.Entered(
                room, newcomer, present, read_terms(terms), rev, answered, opened
            )
        case Turned(room, sid, code, request, retry_after):
            answered = None if request < 0 else request
            later = None if retry_after < 0 else retry_after
            return reports.Turned(room, sid, ErrorCode(code), answered, later)
        case Arrived(room, member, rev):
            return reports.Arrived(room, read_member(member), rev)
        case Revised(room, peer, sid, meta, rev):
            return reports.Revised(room, peer, sid, _metadata.decode(meta), rev)
        case Resynced(room, members, terms, rev):
            present = tuple(map(read_member, members))
            return reports.Resynced(room, present, read_terms(terms), rev)
        case _:
            return _read_change(report)


def _read_change(report: Departed | Marked | Promoted | LockSet | Moved) -> reports.Report:
    match report:
        case Departed(room, peer, sid, reason, rev, by, msg, closed):
            return reports.Departed(room, peer, sid, reason, rev, by, msg, closed)
        case Marked(room, peer, sid, state, rev, grace):
            return reports.Marked(room, peer, sid, state, rev, grace)
        case Promoted(room, peer, sid, role, rev):
            return reports.Promoted(room, peer, sid, role, rev)
        case LockSet(room, locked, by, rev):
            return reports.LockSet(room, locked, by, rev)
        case Moved(room, peer, sid, node, rev):
            return reports.Moved(room, peer, sid, node, rev)
