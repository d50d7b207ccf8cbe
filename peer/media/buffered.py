"""A track that is handed its frames, and keeps some until they are read."""

from typing import Any

from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError

from peer.framebuffer import FrameBuffer


class BufferedTrack(MediaStreamTrack):
    """Frames come in at their own pace; what nobody takes in time is dropped.

    Args:
        kind: `audio` or `video`.
        most: How many frames are kept.
    """

    def __init__(self, kind: str, most: int) -> None:
        super().__init__()
        self.kind = kind
        self._frames = FrameBuffer(most)

    @property
    def dropped(self) -> int:
        """Frames that were not read in time."""
        return self._frames.dropped

    def offer(self, frame: Any) -> None:
        """Take in a frame, or `None` for the end."""
        self._frames.put_nowait(frame)

    def want(self) -> None:
        """Hear that somebody reads."""

    async def recv(self) -> Any:
        """The next frame, at its time.

        Raises:
            MediaStreamError: There is none any more.
        """
        if self.readyState != "live":
            raise MediaStreamError
        self.want()
        frame = await self._frames.get()
        if frame is None:
            self.stop()
            raise MediaStreamError
        return frame
