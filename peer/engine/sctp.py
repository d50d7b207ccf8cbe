"""aiortc's SCTP transport with an association of ours in it.

The core is `peer.sctp`. Here are the sockets' end of it, one timer, one task that sends, and the
table of channels (RFC 8831, RFC 8832).
"""

import asyncio
import logging
import os

import aiortc
from aiortc.rtcsctptransport import RTCSctpCapabilities

from peer.channel import Channel
from peer.emitter import SafeEmitter
from peer.engine import names
from peer.engine.channelsettings import opening, reliability
from peer.errors import ChannelError
from peer.sctp import (
    Association,
    Ended,
    Established,
    Event,
    MessageReceived,
    Reliability,
    StreamsReset,
    TooLarge,
    dcep,
)
from peer.sctp.chunks import DecodeError
from peer.sctp.sending import RELIABLE

logger = logging.getLogger(__name__)

#: The largest message taken; told to the remote (RFC 8841 §6).
MAX_MESSAGE_SIZE = 1 << 18
#: What is held at most for readers that are behind, over all channels.
WINDOW = 1 << 21
#: How many channels a remote may open.
MAX_CHANNELS = 1024
_ASSUMED_MESSAGE_SIZE = 65536  # RFC 8841 §6.1


class SctpTransport(SafeEmitter, aiortc.RTCSctpTransport):
    """Channels over one DTLS transport. Events: datachannel, error, statechange.

    Args:
        transport: The DTLS transport.
        port: Our SCTP port.
    """

    def __init__(self, transport: aiortc.RTCDtlsTransport, port: int = 5000) -> None:
        aiortc.RTCSctpTransport.__init__(self, transport, port)
        SafeEmitter.__init__(self)
        self._association: Association | None = None
        self._ready = "new"
        self._streams: int | None = None
        self._channels: dict[int, Channel] = {}
        self._unassigned: list[Channel] = []
        self._reset_in: set[int] = set()
        self._reset_out: set[int] = set()
        self._next_stream = 0
        self._wanted = asyncio.Event()
        self._sending: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._awaiting: list[tuple[int, asyncio.Future[None]]] = []
        self._max_message_size = _ASSUMED_MESSAGE_SIZE

    @property
    def state(self) -> str:
        """new, connecting, connected or closed."""
        return self._ready

    @property
    def maxChannels(self) -> int | None:  # noqa: N802 - the W3C's name
        """How many channels there can be, once the remote has said it."""
        return self._streams

    @property
    def max_message_size(self) -> int:
        """The largest message that the remote takes, in bytes; 0 for any."""
        return self._max_message_size

    @property
    def association(self) -> Association | None:
        """The association, once it has begun."""
        return self._association

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Every channel that is not closed."""
        return (*self._channels.values(), *self._unassigned)

    @classmethod
    def getCapabilities(cls) -> RTCSctpCapabilities:  # noqa: N802 - aiortc's name
        """What we tell the remote."""
        return RTCSctpCapabilities(maxMessageSize=MAX_MESSAGE_SIZE)

    async def start(self, remoteCaps: RTCSctpCapabilities | None, remotePort: int) -> None:  # noqa: N803 - aiortc's names
        """Begin, once DTLS is connected."""
        if self._association is not None or self._ready == "closed":
            return
        if remoteCaps is not None:
            self._max_message_size = remoteCaps.maxMessageSize
        self._association = Association(
            self.port,
            remotePort,
            os.urandom(24),
            window=WINDOW,
            max_message_size=MAX_MESSAGE_SIZE,
        )
        self._enter("connecting")
        names.private(self.transport, names.DTLS_REGISTER)(self)
        self._association.start(asyncio.get_running_loop().time())
        self._sending = asyncio.create_task(self._send_what_is_due(self._association))
        self._wanted.set()

    async def stop(self) -> None:
        """End at once, and tell the remote so."""
        if self._association is not None:
            packet = self._association.abort()
            names.private(self.transport, names.DTLS_UNREGISTER)(self)
            if packet:
                await self._send_packet(packet)
        self._end()
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.wait([self._sending])

    def path_changed(self) -> None:
        """Packets take another way from now on: send again what was lost on the old one."""
        if self._association is not None:
            self._association.retry(asyncio.get_running_loop().time())
            self._wanted.set()

    # What a channel asks for

    def open_channel(self, channel: Channel) -> None:
        """Register a channel, and announce it unless both sides know of it anyway.

        Raises:
            ValueError: Its id is taken, or its label does not fit.
        """
        dcep.encode_open(opening(channel))
        number = channel.id
        if number is not None and number in {known.id for known in self.channels}:
            raise ValueError(f"there is a channel with id {number} already")
        if self._ready == "closed":
            raise ValueError("the connection is closed")
        self._unassigned.append(channel)
        if self._ready == "connected":
            # Not within the constructor, so that handlers can be set before it opens.
            asyncio.get_running_loop().call_soon(self._assign_streams)

    def close_channel(self, channel: Channel) -> None:
        """Close a channel behind what it has sent (RFC 8831 §6.7)."""
        if channel in self._unassigned:
            self._unassigned.remove(channel)
            channel.ended()
        elif channel.id in self._channels and self._association is not None:
            self._association.resets.want(channel.id)
            self._wanted.set()

    def send_message(self, channel: Channel, ppid: int, data: bytes) -> None:
        """Queue a message."""
        assert channel.id is not None
        self._queue(channel.id, ppid, data, reliability(channel))

    def consumed(self, cost: int) -> None:
        """The application has had a message."""
        if self._association is not None and cost and self._ready == "connected":
            self._association.receiver.consumed(cost)
            if self._association.receiver.urgent:
                self._wanted.set()

    async def delivered(self) -> None:
        """Wait until the remote has acknowledged what was sent until now, or the end."""
        assert self._association is not None
        last = self._association.sender.last_tsn
        if self._ready == "connected" and self._association.sender.acknowledged < last:
            waiting = asyncio.get_running_loop().create_future()
            self._awaiting.append((last, waiting))
            await waiting

    # The sockets' end

    async def _handle_data(self, data: bytes) -> None:
        """aiortc's DTLS transport hands over a packet."""
        assert self._association is not None
        try:
            events = self._association.receive(data, asyncio.get_running_loop().time())
        except DecodeError as error:
            logger.debug("SCTP packet of %d bytes ignored: %s", len(data), error)
            return
        for event in events:
            self._take(event)
        self._wanted.set()

    async def _send_what_is_due(self, association: Association) -> None:
        """Everything is sent here, as much at once as has come together in a turn of the loop."""
        while True:
            self._wanted.clear()
            for packet in association.transmit(asyncio.get_running_loop().time()):
                await self._send_packet(packet)
            for number, size in association.sender.take_left().items():
                if (channel := self._channels.get(number)) is not None:
                    channel.left(size)
            self._wake_awaiting(association.sender.acknowledged)
            self._arm(association.next_deadline())
            await self._wanted.wait()

    async def _send_packet(self, packet: bytes) -> None:
        try:
            await names.private(self.transport, names.DTLS_SEND)(packet)
        except OSError as error:  # also ConnectionError: DTLS is not connected any more
            logger.debug("SCTP packet of %d bytes not sent: %s", len(packet), error)

    def _arm(self, deadline: float | None) -> None:
        """One timer; it is moved forward at once, and back when it goes off too early."""
        if deadline is None:
            return
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(deadline, self._time_has_come)

    def _time_has_come(self) -> None:
        self._timer = None
        if self._association is not None:
            for event in self._association.handle_timer(asyncio.get_running_loop().time()):
                self._take(event)
        self._wanted.set()

    # What the association tells

    def _take(self, event: Event) -> None:
        match event:
            case MessageReceived(stream, dcep.DCEP, data, cost):
                self._take_dcep(stream, data)
                self.consumed(cost)
            case MessageReceived():
                self._take_message(event)
            case Established(streams):
                self._streams = streams
                self._enter("connected")
                self._assign_streams()
            case StreamsReset():
                self._streams_reset(event)
            case TooLarge(stream, limit):
                text = f"a message larger than the {limit} bytes that we take"
                self._complain(stream, text)
                if (channel := self._channels.get(stream)) is not None:
                    channel.close()
            case Ended(reason):
                logger.info("SCTP has ended: %s", reason)
                self._end()

    def _take_message(self, event: MessageReceived) -> None:
        channel = self._channels.get(event.stream)
        if channel is None:
            self.consumed(event.cost)
            return
        try:
            message = dcep.decode_message(event.ppid, event.data)
        except DecodeError as error:
            self.consumed(event.cost)
            self._complain(event.stream, str(error))
            return
        channel.message_came(message, event.cost)

    def _take_dcep(self, stream: int, data: bytes) -> None:
        try:
            said = dcep.decode(data)
            if isinstance(said, dcep.Acknowledgement):
                if (channel := self._channels.get(stream)) is not None:
                    channel.opened()
                return
            self._opened_by_remote(stream, said)
        except DecodeError as error:
            self._complain(stream, str(error))
            if stream not in self._channels and self._association is not None:
                self._association.resets.want(stream)  # so that the remote learns of it

    def _opened_by_remote(self, stream: int, opening: dcep.Opening) -> None:
        if stream in self._reset_in and self._association is not None:
            # It would not, had it not done what we asked for; its answer is still under way.
            for event in self._association.resets.performed():
                self._take(event)
        if stream in self._channels:
            self._complain(stream, "a channel that is open was opened again (RFC 8832 §6)")
            return
        if len(self._channels) >= MAX_CHANNELS:
            raise DecodeError(f"more than {MAX_CHANNELS} channels")
        parameters = aiortc.RTCDataChannelParameters(
            label=opening.label,
            protocol=opening.protocol,
            ordered=opening.ordered,
            maxRetransmits=opening.max_retransmits,
            maxPacketLifeTime=opening.max_lifetime,
            id=stream,
        )
        channel = Channel(self, parameters, send_open=False)
        self._channels[stream] = channel
        self._queue(stream, dcep.DCEP, dcep.encode_acknowledgement())
        channel.opened()
        self.emit("datachannel", channel)

    def _assign_streams(self) -> None:
        """Even streams are the DTLS client's, odd ones the server's (RFC 8832 §6)."""
        assert self._streams is not None
        waiting, self._unassigned = self._unassigned, []
        for channel in waiting:
            number = self._free_stream(self._streams) if channel.id is None else channel.id
            if number >= self._streams or number in self._channels:
                channel.failed(ChannelError(f"no stream {number} for channel {channel.label!r}"))
                channel.ended()
                continue
            channel.assigned(number)
            self._channels[number] = channel
            if channel.negotiated:
                channel.opened()
            else:
                self._queue(number, dcep.DCEP, dcep.encode_open(opening(channel)))
                if channel.ordered:
                    channel.opened()  # RFC 8832 §6: only what is unordered has to wait

    def _free_stream(self, streams: int) -> int:
        """The next one of ours: not the one just freed, whose end may still be under way."""
        first = 1 if self.is_server else 0
        tried = range(self._next_stream, self._next_stream + (streams - first + 1) // 2)
        free = (n for n in (2 * (i % len(tried)) + first for i in tried) if n not in self._channels)
        number = next(free, streams)
        self._next_stream = number // 2 + 1
        return number

    def _streams_reset(self, event: StreamsReset) -> None:
        for stream in event.streams or tuple(self._channels):
            channel = self._channels.get(stream)
            if channel is None:
                continue
            if event.incoming:
                self._reset_in.add(stream)
                if not channel.closed:
                    channel.closing()
                    self.close_channel(channel)
            else:
                self._reset_out.add(stream)
            # An id is free again when both directions are (RFC 8831 §6.7).
            if event.refused or (stream in self._reset_in and stream in self._reset_out):
                self._reset_in.discard(stream)
                self._reset_out.discard(stream)
                del self._channels[stream]
                channel.ended()

    def _complain(self, stream: int, text: str) -> None:
        """Tell the application what the remote did, on the channel if there is one."""
        channel = self._channels.get(stream)
        error = ChannelError(f"stream {stream}: {text}")
        logger.warning("the remote sent, on %s: %s", channel or f"stream {stream}", text)
        if channel is not None:
            channel.failed(error)
        else:
            self.emit("error", error)

    def _queue(self, stream: int, ppid: int, data: bytes, how: Reliability = RELIABLE) -> None:
        if self._association is not None:
            self._association.send(stream, ppid, data, asyncio.get_running_loop().time(), how)
            self._wanted.set()

    def _wake_awaiting(self, acknowledged: int) -> None:
        if self._awaiting:
            for _, waiting in (w for w in self._awaiting if w[0] <= acknowledged):
                if not waiting.done():
                    waiting.set_result(None)
            self._awaiting = [w for w in self._awaiting if w[0] > acknowledged]

    def _enter(self, state: str) -> None:
        self._ready = state
        self.emit("statechange")

    def _end(self) -> None:
        if self._ready == "closed":
            return
        self._enter("closed")
        if self._timer is not None:
            self._timer.cancel()
        channels, self._channels = self.channels, {}
        self._unassigned = []
        for channel in channels:
            channel.ended()
        self._wake_awaiting(1 << 62)
        self.remove_all_listeners()
