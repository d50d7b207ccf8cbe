"""The server's messages, put together from what the hub knows."""

from signaling.messages import (
    RESUME,
    Forwarded,
    IceServer,
    Joined,
    PeerInfo,
    PeerJoin,
    ServerInfo,
    SessionLimits,
    Signal,
    Undelivered,
    UndeliveredReason,
    Welcome,
)
from signaling.orders import Member
from signaling.reports import Entered
from signaling.rooms import Room
from signaling.sessions import Session
from signaling.settings import Settings

VERSION = "0.1"


def welcome(
    session: Session,
    settings: Settings,
    ice: tuple[IceServer, ...],
    request: int | None,
    *,
    token: str | None = None,
    replay: int | None = None,
) -> Welcome:
    """Put together the first frame on a connection; `replay` is None where the session is new."""
    limits = settings.limits
    return Welcome(
        id=request,
        sid=session.sid,
        peer=session.peer,
        resumed=replay is not None,
        replay=replay or 0,
        ack=None if replay is None else session.heard,
        resume=token,
        resume_s=0.0 if token is None else settings.resume_for,
        ping_ms=round(settings.ping_interval * 1000),
        limits=SessionLimits(
            msg=limits.message,
            rate=limits.rate,
            burst=limits.burst,
            rooms=limits.rooms,
            peers=limits.peers,
            meta=limits.meta,
        ),
        ice=ice,
        ice_ttl_s=round(settings.ice.ttl),
        server=ServerInfo(node=settings.node, ver=VERSION, region=settings.region),
        caps=() if settings.resume_key is None else (RESUME,),
    )


def joined(report: Entered, room: Room, ice: tuple[IceServer, ...], request: int | None) -> Joined:
    """Put together the answer to `join`; the newcomer is polite, so the others are not."""
    return Joined(
        id=request,
        room=report.room,
        you=report.member.peer,
        max=report.terms.max,
        rev=report.rev,
        peers=tuple(peer_info(other) for other in room.seen_by(report.member)),
        ice=ice,
        role=report.member.role,
        topology=report.terms.topology,
        locked=report.terms.locked,
    )


def peer_info(member: Member) -> PeerInfo:
    """Tell a newcomer of somebody who is there already."""
    return PeerInfo(
        peer=member.peer, polite=False, meta=member.meta, state=member.state, role=member.role
    )


def peer_join(room: str, member: Member, rev: int) -> PeerJoin:
    """Tell somebody who is there already of a newcomer."""
    return PeerJoin(
        room=room, peer=member.peer, polite=True, rev=rev, meta=member.meta, role=member.role
    )


def forwarded(signal: Signal, sender: str) -> Forwarded:
    """Turn a signal around: the receiver learns who sent it from the server alone."""
    return Forwarded(
        room=signal.room,
        sender=sender,
        kind=signal.kind,
        data=signal.data,
        pc=signal.pc,
        mid=signal.mid,
    )


def undelivered(signal: Signal, reason: UndeliveredReason) -> Undelivered:
    """Tell the sender that its signal did not arrive."""
    return Undelivered(
        id=signal.id,
        room=signal.room,
        to=signal.to,
        reason=reason,
        pc=signal.pc,
        mid=signal.mid,
    )


def undelivered_from(late: Forwarded, receiver: str, reason: UndeliveredReason) -> Undelivered:
    """Tell the sender that its signal was under way and did not arrive."""
    return Undelivered(room=late.room, to=receiver, reason=reason, pc=late.pc, mid=late.mid)
