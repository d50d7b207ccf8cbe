"""One other member of a call: what is said with it, sent to it and taken from it, from its coming to its end."""

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hairpin.calling.files import LABEL, Files, refusing
from hairpin.calling.messages import Conversation, Message
from hairpin.calling.names import shown_name
from hairpin.calling.recordings import Recordings
from hairpin.calling.results import CallResult
from hairpin.calling.screen import Screen
from peer import (
    Channel,
    ChannelClosedError,
    ConfigurationError,
    MediaStreamTrack,
    PeerError,
    Session,
)
from peer.media import Recording, share

#: Seconds that a channel may be closed before its session says why.
LAST_MOMENT = 0.2


class Manners(Protocol):
    """How a member behaves to one other."""

    def greeting(self) -> Sequence[Message]:
        """What is said when they are connected."""

    def answer(self, message: Message) -> Sequence[Message]:
        """What is said to a message."""

    def take(self, track: MediaStreamTrack) -> None:
        """A track has come."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of what comes.

    Attributes:
        recordings: Sound and picture.
        directory: Files.
    """

    recordings: Recordings | None = None
    directory: Path | None = None


class Guest:
    """One other member.

    Args:
        session: With it.
        manners: How to behave.
        keeping: What is kept.
        screen: Where to tell.
        result: What comes of it.
    """

    def __init__(
        self,
        session: Session,
        manners: Manners,
        keeping: Keeping,
        screen: Screen,
        result: CallResult,
    ) -> None:
        self.session = session
        self.name = result.name = shown_name(session)
        self.result = result
        result.session = session
        self.conversation: Conversation | None = None
        self._manners = manners
        self._keeping = keeping
        self._screen = screen
        self._recording: Recording | None = None
        #: Set when it is connected, or will not be.
        self.settled = asyncio.Event()

    async def stay(self) -> None:
        """Be with it until it leaves, or until this is cancelled."""
        try:
            channel = await self.session.connected()
        except PeerError as error:
            note(self.result)
            self.result.reason = str(error)
            self._screen.say(f"Not connected with {self.name}: {error}.")
            return
        finally:
            self.settled.set()
        self.result.connected = True
        self._screen.connected(self.name, self.session.path)
        try:
            await self._together(channel)
        finally:
            if self.result.report is None:  # stopped here, or by what went wrong
                note(self.result)
            await self._end_recording()

    async def _together(self, channel: Channel) -> None:
        talk = self.conversation = Conversation(channel, self._manners.answer, self.result.counts)
        works: list[Coroutine[Any, Any, None]] = [
            self._talk(talk),
            self._take_tracks(),
            self._take_files(),
        ]
        working = {asyncio.create_task(work) for work in works}
        ending = asyncio.create_task(self.session.ended())
        try:
            waiting = {*working, ending}
            while not ending.done():
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for task in done - {ending}:
                    task.result()
            note(self.result)
            self.result.reason = ending.result()
            self._screen.say(f"{self.name}: {self.result.reason}.")
        finally:
            for task in (*working, ending):
                task.cancel()
            await asyncio.wait({*working, ending})

    async def _talk(self, talk: Conversation) -> None:
        for each in self._manners.greeting():
            await talk.say(each)
        await talk.run()

    async def _take_tracks(self) -> None:
        async for track in self.session.tracks():
            self.result.tracks += 1
            if self._keeping.recordings is not None:
                self._record(self._keeping.recordings, track)
            self._manners.take(track)

    def _record(self, recordings: Recordings, track: MediaStreamTrack) -> None:
        try:
            if self._recording is None:
                self._recording = recordings.begin(self.name)
            if self._recording.takes(track.kind):
                self._recording.add(share(track))
        except ConfigurationError as error:
            self._screen.say(f"{self.name} is not recorded: {error}")

    async def _end_recording(self) -> None:
        if self._recording is not None and self._keeping.recordings is not None:
            await self._keeping.recordings.end(self._recording)

    async def _take_files(self) -> None:
        """Whoever came later opens the channel for files."""
        if self.session.offers and self._keeping.directory is not None:
            with contextlib.suppress(PeerError):
                await self._take_files_of(await self.session.open_channel(LABEL))
            return
        async for channel in self.session.channels():
            if channel.label == LABEL:
                await self._take_files_of(channel)

    async def _take_files_of(self, channel: Channel) -> None:
        def say(text: str) -> None:
            with contextlib.suppress(ChannelClosedError):
                channel.send(text)

        if self._keeping.directory is None:
            async for message in channel:
                if (refusal := refusing(message)) is not None:
                    say(refusal)
            return
        files = Files(
            self._keeping.directory, say, lambda told: self._screen.say(f"{self.name}: {told}")
        )
        try:
            async for message in channel:
                files.take(message)
        finally:
            files.close()


def note(result: CallResult) -> None:
    """Keep what is known of the connection, while it is."""
    if result.session is not None and (report := result.session.report()) is not None:
        result.report = report
        result.explanation = result.session.explain()
        now = asyncio.get_running_loop().time()
        result.offset = now - result.session.timeline.origin - report.taken_at
