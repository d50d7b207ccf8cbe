"""Received tracks that never grow memory: what nobody reads in time is dropped, and counted.

aiortc decodes in a thread of each receiver, with an endless queue before it and another behind it.
"""

import queue
import threading
import weakref
from typing import Any

import aiortc

from peer.engine import names
from peer.framebuffer import FrameBuffer

#: Decoded frames that are kept: a second of sound, and a third of one of pictures.
_DECODED = {"audio": 50, "video": 10}
#: Encoded frames that wait for the decoder.
_ENCODED = 64


class DecoderQueue(queue.Queue[Any]):
    """What waits for a decoder. When too much does, all of it goes, and a keyframe is asked for.

    Args:
        starved: Set when something was dropped; aiortc then asks the remote for a whole picture.
    """

    def __init__(self, starved: threading.Event) -> None:
        super().__init__()
        self._starved = starved
        #: How many were dropped because the decoder was too slow.
        self.dropped = 0

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - the standard library's signature
        """Add a frame, or `None`, the end, which nothing waits in front of."""
        if item is None or self.qsize() >= _ENCODED:
            self.dropped += self._clear()
            if item is not None:
                self._starved.set()
        super().put(item, block, timeout)

    def _clear(self) -> int:
        count = 0
        while True:
            try:
                self.get_nowait()
            except queue.Empty:
                return count
            count += 1


_decoders: weakref.WeakSet[DecoderQueue] = weakref.WeakSet()


def bound(receiver: aiortc.RTCRtpReceiver) -> None:
    """Bound the queues of a receiver that has its track and has not begun."""
    track = receiver.track
    decoded = FrameBuffer(_DECODED.get(track.kind, 10))
    setattr(track, names.TRACK_QUEUE, decoded)
    encoded = DecoderQueue(names.private(receiver, names.RECEIVER_DECODER_ERROR))
    setattr(receiver, names.RECEIVER_DECODER_QUEUE, encoded)
    _decoders.add(encoded)


def dropped(track: Any) -> int:
    """How many frames of a received track nobody has read in time."""
    frames = names.private(track, names.TRACK_QUEUE)
    return frames.dropped if isinstance(frames, FrameBuffer) else 0


def end_decoders() -> None:
    """Let every decoder's thread end: a program that ends without closing would wait for them."""
    for decoder in tuple(_decoders):
        decoder.put(None)


_at_shutdown = getattr(threading, "_register_atexit", None)  # before threads are joined; CPython's
if _at_shutdown is not None:
    _at_shutdown(end_decoders)
