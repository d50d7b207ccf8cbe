"""aiortc's peer connection whose data channels, and whose events, are ours."""

from typing import Any

import aiortc
import aiortc.exceptions

from peer.channel import Channel
from peer.emitter import SafeEmitter
from peer.engine import names
from peer.engine.mediareceiving import bound
from peer.engine.sctp import SctpTransport


class ChannelConnection(SafeEmitter, aiortc.RTCPeerConnection):
    """A peer connection with `Channel`s; an exception in a handler takes nothing with it.

    Args:
        configuration: aiortc's.
    """

    def __init__(self, configuration: aiortc.RTCConfiguration | None = None) -> None:
        SafeEmitter.__init__(self)
        aiortc.RTCPeerConnection.__init__(self, configuration)

    def createDataChannel(  # noqa: N802 - the W3C's names, and aiortc's order
        self,
        label: str,
        maxPacketLifeTime: int | None = None,  # noqa: N803
        maxRetransmits: int | None = None,  # noqa: N803
        ordered: bool = True,  # noqa: FBT001, FBT002
        protocol: str = "",
        negotiated: bool = False,  # noqa: FBT001, FBT002
        id: int | None = None,  # noqa: A002
    ) -> Channel:
        """Make a data channel.

        Args:
            label: Its name, in any language; several may have the same.
            maxPacketLifeTime: Milliseconds within which a message is sent, else it is given up.
            maxRetransmits: How often a message is sent again before it is given up.
            ordered: Whether messages are delivered in order.
            protocol: The name of what is spoken on it.
            negotiated: Whether the other side makes it as well, with the same `id`.
            id: Its SCTP stream.

        Raises:
            ValueError: The arguments make no sense; the message says why.
            InvalidStateError: The connection is closed.
        """
        if self.signalingState == "closed":
            raise aiortc.exceptions.InvalidStateError("the connection is closed")
        if self.sctp is None:
            names.private(self, names.PC_CREATE_SCTP_TRANSPORT)()
        parameters = aiortc.RTCDataChannelParameters(
            label=label,
            maxPacketLifeTime=maxPacketLifeTime,
            maxRetransmits=maxRetransmits,
            ordered=ordered,
            protocol=protocol,
            negotiated=negotiated,
            id=id,
        )
        transport = self.sctp
        assert isinstance(transport, SctpTransport)
        return Channel(transport, parameters)

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Tell whoever listens; a received track is bounded before anybody can read it."""
        if event == "track":
            for transceiver in self.getTransceivers():
                if transceiver.receiver.track is args[0]:
                    bound(transceiver.receiver)
        return super().emit(event, *args, **kwargs)

    def path_changed(self) -> None:
        """Packets take another way from now on: what was lost on the old one is sent again."""
        if isinstance(self.sctp, SctpTransport):
            self.sctp.path_changed()

    def _RTCPeerConnection__createSctpTransport(self) -> None:  # noqa: N802 - aiortc's own (mangled) name
        """Let aiortc build its transport, then put ours in its place."""
        names.private(super(), names.PC_CREATE_SCTP_TRANSPORT)()
        stock = names.private(self, names.PC_SCTP)
        mended = SctpTransport(stock.transport, stock.port)
        setattr(mended, names.BUNDLED, names.private(stock, names.BUNDLED))
        setattr(self, names.PC_SCTP, mended)
        mended.on("datachannel", lambda channel: self.emit("datachannel", channel))
        mended.on("error", lambda error: self.emit("error", error))
