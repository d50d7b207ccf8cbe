"""One track for several readers, each at its own pace."""

import asyncio
import weakref
from typing import Any

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.media.buffered import BufferedTrack

_KEPT = {"audio": 50, "video": 10}  # about a second, and a third of one


class _Hub:
    """Reads a track and gives each frame to every reader."""

    def __init__(self) -> None:
        self.readers: weakref.WeakSet[SharedTrack] = weakref.WeakSet()
        self._task: asyncio.Task[None] | None = None

    def start(self, source: MediaStreamTrack) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(source))

    def leave(self, reader: "SharedTrack") -> None:
        self.readers.discard(reader)
        if not self.readers and self._task is not None:
            self._task.cancel()

    async def _run(self, source: MediaStreamTrack) -> None:
        frame: Any = True
        while frame is not None:
            try:
                frame = await source.recv()
            except MediaStreamError:
                frame = None
            for reader in tuple(self.readers):
                reader.offer(frame)
            if not self.readers:
                return


class SharedTrack(BufferedTrack):
    """A reader's own end of a shared track. Stopping it stops neither the source nor the others."""

    def __init__(self, source: MediaStreamTrack, hub: _Hub) -> None:
        super().__init__(source.kind, _KEPT.get(source.kind, 10))
        self._source = source
        self._hub = hub

    def want(self) -> None:
        """Be given frames from now on."""
        self._hub.readers.add(self)
        self._hub.start(self._source)

    def stop(self) -> None:
        """Stop reading."""
        super().stop()
        self._hub.leave(self)


_hubs: weakref.WeakKeyDictionary[MediaStreamTrack, _Hub] = weakref.WeakKeyDictionary()


def share(track: MediaStreamTrack) -> SharedTrack:
    """Another end of a track: each reader gets every frame, and a slow one keeps nobody waiting.

    Once a track is shared, it is read through its ends alone.
    """
    hub = _hubs.get(track)
    if hub is None:
        hub = _hubs[track] = _Hub()
    end = SharedTrack(track, hub)
    hub.readers.add(end)
    return end
