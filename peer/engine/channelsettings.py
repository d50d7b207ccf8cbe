"""What a channel was made with, as the association and as the remote are told it."""

from peer.channel import Channel
from peer.sctp import Reliability, dcep


def opening(channel: Channel) -> dcep.Opening:
    """What the remote is told."""
    return dcep.Opening(
        channel.label,
        channel.protocol,
        ordered=channel.ordered,
        max_retransmits=channel.maxRetransmits,
        max_lifetime=channel.maxPacketLifeTime,
    )


def reliability(channel: Channel) -> Reliability:
    """How hard its messages are tried."""
    lifetime = channel.maxPacketLifeTime
    return Reliability(
        channel.ordered, channel.maxRetransmits, None if lifetime is None else lifetime / 1000
    )
