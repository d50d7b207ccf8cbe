"""The server's messages, put together from what the hub knows."""

from signaling.backplane import Entered
from signaling.messages import (
    Forwarded,
    IceServer,
    Joined,
    PeerInfo,
    ServerInfo,
    SessionLimits,
    Signal,
    Undelivered,
    UndeliveredReason,
    Welcome,
)
from signaling.sessions import Session
from signaling.settings import Settings

VERSION = "0.1"


def welcome(
    session: Session, settings: Settings, ice: tuple[IceServer, ...], request: int | None
) -> Welcome:
    """Put together the first frame a session gets."""
    limits = settings.limits
    return Welcome(
        id=request,
        sid=session.sid,
        peer=session.peer,
        resumed=False,
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
        caps=(),
    )


def joined(report: Entered, ice: tuple[IceServer, ...]) -> Joined:
    """Put together the answer to `join`; the newcomer is polite, so the others are not."""
    return Joined(
        id=report.request,
        room=report.room,
        you=report.member.peer,
        max=report.max,
        rev=report.rev,
        peers=tuple(
            PeerInfo(peer=other.peer, polite=False, meta=other.meta) for other in report.others
        ),
        ice=ice,
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
