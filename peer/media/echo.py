"""Everything goes back to where it came from."""

from typing import Any

from aiortc import MediaStreamTrack

from peer.channel import Channel
from peer.errors import ChannelClosedError
from peer.media.sharing import share


def echo(peer: Any) -> None:
    """Send back what a peer connection receives: messages, pictures, sound.

    Call it before the remote's offer is taken: the tracks go into the answer. A track that is read
    elsewhere too, to be recorded say, is read there through `share`.

    Args:
        peer: A peer connection, or a session, whose own channel goes to `echo_channel` besides.
    """
    pc = getattr(peer, "pc", peer)
    pc.on("datachannel", echo_channel)

    def back(track: MediaStreamTrack) -> None:
        pc.addTrack(share(track))

    pc.on("track", back)


def echo_channel(channel: Channel) -> None:
    """Send back each message of a channel; a remote that does not read its own is waited for."""
    channel.on("message", lambda message: _send_back(channel, message))


def _send_back(channel: Channel, message: str | bytes) -> Any:
    try:
        return channel.send(message)
    except ChannelClosedError:  # it closed meanwhile
        return None
