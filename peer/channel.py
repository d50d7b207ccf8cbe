"""A data channel that waits when the network is slow, and never grows without bound.

It is aiortc's `RTCDataChannel` for whoever uses it as such. Besides, `send` can be awaited, which
waits for room, and messages can be iterated over instead of handled. A reader that falls behind
closes the receive window, so that the remote waits: nothing is lost and memory stays bounded.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any, Protocol

import aiortc

from peer.emitter import SafeEmitter
from peer.errors import BufferFullError, ChannelClosedError, ChannelError, MessageTooLargeError
from peer.sctp import dcep

#: An awaited `send` waits from here on …
HIGH_WATER = 1 << 20
#: … until no more than this waits to be sent.
LOW_WATER = 1 << 18
#: What may wait to be sent when nobody awaits.
MAX_BUFFERED = 1 << 24
_MAX_ID = 65534
_MAX_THRESHOLD = 0xFFFFFFFF
Message = str | bytes


class Wire(Protocol):
    """What a channel needs of its transport."""

    @property
    def max_message_size(self) -> int:
        """The largest message that the remote takes, in bytes; 0 for any."""

    def open_channel(self, channel: "Channel") -> None:
        """Register a channel, and announce it unless both sides know of it anyway."""

    def close_channel(self, channel: "Channel") -> None:
        """Close a channel behind what it has sent."""

    def send_message(self, channel: "Channel", ppid: int, data: bytes) -> None:
        """Queue a message."""

    def consumed(self, cost: int) -> None:
        """The application has had a message of this cost."""

    async def delivered(self) -> None:
        """Wait until the remote has acknowledged what was sent until now."""


class Sent:
    """What `send` returns: awaited, it waits until there is room for more."""

    __slots__ = ("_channel",)

    def __init__(self, channel: "Channel") -> None:
        self._channel = channel

    def __await__(self) -> Generator[Any, None, None]:
        return self._channel.wait_for_room().__await__()


class Channel(SafeEmitter, aiortc.RTCDataChannel):
    """One data channel. Events: open, message, bufferedamountlow, error, close.

    Messages go to the handlers of `message`; while there are none they are kept, and iterating
    gives them in order and ends when the channel closes. Choose one way.

    Args:
        transport: The SCTP transport.
        parameters: As in aiortc.
        send_open: Whether this side opens it.
    """

    def __init__(
        self,
        transport: Wire,
        parameters: aiortc.RTCDataChannelParameters,
        send_open: bool = True,  # noqa: FBT001, FBT002 - aiortc's signature
    ) -> None:
        SafeEmitter.__init__(self)  # aiortc's constructor only fills its private attributes
        _check(parameters)
        self._wire = transport
        self._parameters = parameters
        self._id = parameters.id
        self._state = "connecting"
        self._threshold = 0
        self._buffered = 0
        self._inbox: deque[tuple[Message, int]] = deque()
        self._came = asyncio.Event()
        self._changed = asyncio.Event()
        self._roomy = asyncio.Event()
        self._roomy.set()
        self._awaited: list[asyncio.Future[Any]] | None = None
        self._closed_here = False
        #: Counted as the W3C's `RTCDataChannelStats` are.
        self.messages_sent = self.bytes_sent = 0
        self.messages_received = self.bytes_received = 0
        if send_open or parameters.negotiated:
            transport.open_channel(self)

    def __repr__(self) -> str:
        return f"<channel {self.label!r}, id {self._id}, {self._state}>"

    # What aiortc's has

    @property
    def label(self) -> str:
        """The channel's name; several may have the same."""
        return self._parameters.label

    @property
    def protocol(self) -> str:
        """The name of what is spoken on it."""
        return self._parameters.protocol

    @property
    def ordered(self) -> bool:
        """Whether messages are delivered in order."""
        return self._parameters.ordered

    @property
    def maxRetransmits(self) -> int | None:  # noqa: N802 - the W3C's name
        """How often a message is sent again at most."""
        return self._parameters.maxRetransmits

    @property
    def maxPacketLifeTime(self) -> int | None:  # noqa: N802 - the W3C's name
        """Milliseconds within which a message is sent."""
        return self._parameters.maxPacketLifeTime

    @property
    def negotiated(self) -> bool:
        """Whether both sides made it with the same id."""
        return self._parameters.negotiated

    @property
    def id(self) -> int | None:
        """Its SCTP stream, once it has one."""
        return self._id

    @property
    def readyState(self) -> str:  # noqa: N802 - the W3C's name
        """connecting, open, closing or closed."""
        return self._state

    @property
    def transport(self) -> Any:
        """The SCTP transport."""
        return self._wire

    @property
    def bufferedAmount(self) -> int:  # noqa: N802 - the W3C's name
        """Bytes given to `send` that have not been sent for the first time."""
        return self._buffered

    @property
    def bufferedAmountLowThreshold(self) -> int:  # noqa: N802 - the W3C's name
        """`bufferedamountlow` is told when `bufferedAmount` falls to this."""
        return self._threshold

    @bufferedAmountLowThreshold.setter
    def bufferedAmountLowThreshold(self, value: int) -> None:  # noqa: N802 - the W3C's name
        if not 0 <= value <= _MAX_THRESHOLD:
            raise ValueError(f"bufferedAmountLowThreshold is 0 to 2^32 - 1, not {value}")
        self._threshold = value

    def send(self, data: Message | bytearray | memoryview) -> Sent:  # type: ignore[override]
        """Send a message. Await the result to wait while more than 1 MiB waits to go out.

        Raises:
            ChannelClosedError: The channel is not open.
            MessageTooLargeError: The remote does not take a message of this size.
            BufferFullError: More than 16 MiB would wait; awaiting never comes to this.
            ValueError: It is neither text nor bytes.
        """
        if self._state != "open":
            raise ChannelClosedError(f"channel {self.label!r} is {self._state}")
        ppid, payload = dcep.encode_message(data)
        size, limit = len(payload), self._wire.max_message_size
        if limit and size > limit:
            raise MessageTooLargeError(f"a message of {size} bytes; the remote takes {limit}")
        if self._buffered and self._buffered + size > MAX_BUFFERED:
            raise BufferFullError(
                f"{self._buffered} bytes wait to be sent on channel {self.label!r}, and {size} more"
                f" would be over {MAX_BUFFERED}: await send()"
            )
        self._buffered += size
        if self._buffered >= HIGH_WATER:
            self._roomy.clear()
        self.messages_sent += 1
        self.bytes_sent += size if ppid in {dcep.STRING, dcep.BINARY} else 0
        self._wire.send_message(self, ppid, payload)
        return Sent(self)

    def close(self) -> None:
        """Close it: what waits is sent first; messages that have come can still be read."""
        if self._state in {"connecting", "open"}:
            self._closed_here = True
            self._enter("closing")
            self._wire.close_channel(self)

    # What it has besides

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._state in {"closing", "closed"}

    async def wait_open(self) -> None:
        """Wait until it is open.

        Raises:
            ChannelClosedError: It has closed before.
        """
        while self._state == "connecting":
            self._changed.clear()
            await self._changed.wait()
        if self._state != "open":
            raise ChannelClosedError(f"channel {self.label!r} is {self._state}")

    async def wait_for_room(self) -> None:
        """Wait while more than 1 MiB waits to be sent.

        Raises:
            ChannelClosedError: The channel closed while waiting, so what waits may be lost.
        """
        if not self._roomy.is_set():
            await self._roomy.wait()
            if self._state == "closed":
                raise ChannelClosedError(f"channel {self.label!r} is closed")

    async def drain(self) -> None:
        """Wait until the remote has acknowledged everything sent here.

        Raises:
            ChannelClosedError: The channel closed first.
        """
        while self._buffered and self._state != "closed":
            self._changed.clear()
            await self._changed.wait()
        if self._state == "closed":
            raise ChannelClosedError(f"channel {self.label!r} is closed")
        await self._wire.delivered()

    async def receive(self) -> Message:
        """The next message.

        Raises:
            ChannelClosedError: The channel is closed and every message was read.
        """
        while not self._inbox:
            if self.closed:
                raise ChannelClosedError(f"channel {self.label!r} is closed")
            self._came.clear()
            await self._came.wait()
        message, cost = self._inbox.popleft()
        self._wire.consumed(cost)
        return message

    def __aiter__(self) -> AsyncIterator[Message]:
        return self

    async def __anext__(self) -> Message:
        try:
            return await self.receive()
        except ChannelClosedError:
            raise StopAsyncIteration from None

    # What the transport tells

    def assigned(self, stream: int) -> None:
        """It has its stream."""
        self._id = stream

    def opened(self) -> None:
        """It can be used."""
        if self._state == "connecting":
            self._enter("open")
            self.emit("open")

    def closing(self) -> None:
        """The remote closes it."""
        if self._state in {"connecting", "open"}:
            self._enter("closing")

    def ended(self) -> None:
        """It is closed."""
        if self._state == "closed":
            return
        self._enter("closed")
        self._roomy.set()
        for index, (message, cost) in enumerate(self._inbox):
            self._wire.consumed(cost)  # it can be read still, but stops nobody
            self._inbox[index] = (message, 0)
        self.emit("close")
        self.remove_all_listeners()  # as aiortc: no event follows, and cycles are untied

    def left(self, size: int) -> None:
        """So many bytes do not wait any longer."""
        before, self._buffered = self._buffered, self._buffered - size
        if self._buffered <= LOW_WATER:
            self._roomy.set()
        if not self._buffered:
            self._changed.set()
        if before > self._threshold >= self._buffered:
            self.emit("bufferedamountlow")

    def failed(self, error: ChannelError) -> None:
        """The remote sent something that cannot be used."""
        self.emit("error", error)

    def message_came(self, message: Message, cost: int) -> None:
        """Take in a message; it counts as had when its handlers have ended, or it was read."""
        self.messages_received += 1
        self.bytes_received += len(message) if isinstance(message, bytes) else len(message.encode())
        if self._closed_here:
            self._wire.consumed(cost)
        elif self.listeners("message"):
            self._hand_over(message, cost)
        else:
            self._inbox.append((message, cost))
            self._came.set()

    def emit(self, event: str, *args: Any, **kwargs: Any) -> bool:
        """Call handlers; the first one of `message` gets what has come before it was there."""
        if event == "new_listener" and args[0] == "message" and self._inbox:
            asyncio.get_running_loop().call_soon(self._hand_over_kept)
        return super().emit(event, *args, **kwargs)

    def _hand_over_kept(self) -> None:
        while self._inbox and self.listeners("message"):
            self._hand_over(*self._inbox.popleft())

    def _hand_over(self, message: Message, cost: int) -> None:
        self._awaited = []
        self.emit("message", message)
        waiting, self._awaited = set(self._awaited), None
        if not waiting:
            self._wire.consumed(cost)
            return

        def ended(handler: asyncio.Future[Any]) -> None:
            waiting.discard(handler)
            if not waiting:
                self._wire.consumed(cost)

        for handler in tuple(waiting):
            handler.add_done_callback(ended)

    def _emit_run(
        self, f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        def handler(*args: Any, **kwargs: Any) -> Any:
            result = f(*args, **kwargs)
            if isinstance(result, Sent):  # on("message", channel.send): an echo waits for room
                return None if self._roomy.is_set() else self._wait_quietly()
            return result

        super()._emit_run(handler, args, kwargs)

    def _await(self, running: asyncio.Future[Any]) -> None:
        if self._awaited is not None:
            self._awaited.append(running)
        super()._await(running)

    async def _wait_quietly(self) -> None:
        with contextlib.suppress(ChannelClosedError):
            await self.wait_for_room()

    def _enter(self, state: str) -> None:
        self._state = state
        self._changed.set()
        self._came.set()


#: The W3C's name, and aiortc's.
RTCDataChannel = Channel


def _check(parameters: aiortc.RTCDataChannelParameters) -> None:
    number = parameters.id
    if parameters.negotiated and number is None:
        raise ValueError("a negotiated channel needs an id")
    if number is not None and not 0 <= number <= _MAX_ID:
        raise ValueError(f"the id of a channel is 0 to {_MAX_ID}, not {number}")
    if parameters.maxRetransmits is not None and parameters.maxPacketLifeTime is not None:
        raise ValueError("maxRetransmits and maxPacketLifeTime exclude each other")
