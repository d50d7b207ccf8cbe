"""The life of one session: its state, its end, and the readers of what happens in it."""

import asyncio

import aiortc

from peer.channel import Channel
from peer.errors import SessionFailedError
from peer.happenings import End, EndKind, Happening, StateChanged
from peer.states import OVER, SessionEvent, SessionState, after
from peer.streams import Broadcast, Stream

MAX_CHANNELS_WAITING = 64


class Lifecycle:
    """Where one session is. Nothing happens after its end but closing."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self.state = SessionState.WAITING
        self.opened: asyncio.Future[Channel | None] = self._loop.create_future()
        self.ended: asyncio.Future[End] = self._loop.create_future()
        self.happenings: Broadcast[Happening] = Broadcast()
        self.channels: Stream[Channel] = Stream(MAX_CHANNELS_WAITING)
        self.tracks: Stream[aiortc.MediaStreamTrack] = Stream(MAX_CHANNELS_WAITING)

    @property
    def is_over(self) -> bool:
        """Whether the session has ended."""
        return self.state in OVER

    def tell(self, happening: Happening) -> None:
        """Tell whoever reads what happens."""
        self.happenings.put(happening)

    def met(self, deadline: float | None) -> None:
        """There is another side; the channel must be open in time."""
        self.move(SessionEvent.MET)
        if deadline is not None:
            end = End(EndKind.FAILED, f"no connection within {deadline:g} s")
            self._deadline = self._loop.call_later(deadline, self.fail, end)

    def open(self, channel: Channel | None) -> None:
        """The connection is up; with media alone there is no channel."""
        self._stop_timer()
        self.move(SessionEvent.OPENED)
        self.opened.set_result(channel)

    def left(self, reason: str) -> None:
        """The other side has ended it."""
        if not self.is_over:
            self.finish(SessionEvent.LEFT, End(EndKind.LEFT, reason))

    def fail(self, end: End) -> None:
        """It does not come up, or broke."""
        if not self.is_over:
            self.finish(SessionEvent.BROKE, end)

    def lost_while_connecting(self, reason: str) -> None:
        """A connection that is up outlives its signaling; one that is not, does not."""
        if self.state in {SessionState.WAITING, SessionState.CONNECTING}:
            self.fail(End(EndKind.FAILED, reason))

    def finish(self, event: SessionEvent, end: End) -> None:
        """It is over."""
        self.move(event)
        self._stop_timer()
        if not self.ended.done():
            self.ended.set_result(end)
        if not self.opened.done():
            self.opened.set_exception(SessionFailedError(end.reason))
            self.opened.exception()  # whoever does not wait for it has not forgotten it
        for stream in (self.happenings, self.channels, self.tracks):
            stream.end()

    def move(self, event: SessionEvent) -> None:
        """Go to the state that follows."""
        before, self.state = self.state, after(self.state, event)
        if self.state is not before:
            self.tell(StateChanged(self.state))

    def _stop_timer(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
