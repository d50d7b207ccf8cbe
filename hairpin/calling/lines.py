"""Lines from the terminal, a pipe or a file, read in a thread that nobody has to wait for."""

import asyncio
import codecs
import contextlib
import os
import threading
from collections.abc import AsyncIterator, Iterator

_CHUNK = 65536
MAX_LINE = 4000
"""Characters in one message, as the video chat takes them; a longer line is sent in pieces."""
_WAITING = 64


async def lines(descriptor: int = 0) -> AsyncIterator[str]:
    """Each line as it comes, without its end; ends with the input.

    The thread reads the descriptor itself: one that waits in `sys.stdin` would hold a lock that the
    interpreter wants at exit.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    room = threading.Semaphore(_WAITING)

    def hand_over(line: str | None) -> None:
        room.acquire()
        loop.call_soon_threadsafe(queue.put_nowait, line)

    def read() -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            for line in _read(descriptor):
                hand_over(line)
            hand_over(None)

    threading.Thread(target=read, name="lines", daemon=True).start()
    while (line := await queue.get()) is not None:
        room.release()
        yield line


def _read(descriptor: int) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    while True:
        try:
            chunk = os.read(descriptor, _CHUNK)
        except OSError:
            chunk = b""
        *whole, rest = (rest + decoder.decode(chunk, final=not chunk)).split("\n")
        for line in whole:
            yield from _pieces(line.removesuffix("\r"))
        if len(rest) > MAX_LINE:
            *pieces, rest = list(_pieces(rest))
            yield from pieces
        if not chunk:
            break
    if rest:
        yield rest


def _pieces(line: str) -> Iterator[str]:
    if not line:
        yield line
    for start in range(0, len(line), MAX_LINE):
        yield line[start : start + MAX_LINE]
