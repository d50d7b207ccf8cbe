"""The matcher's own process: reads what there is to do from its input, and writes what ticks came to.

It ends with its input; so it never outlives the server that it works for.
"""

import gc
import os
import pickle
import signal
import sys
import time
from typing import BinaryIO, Final

from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.leading.matching import Tick, work
from signaling.matchmaking.worker.frames import LENGTH, read_work, write_ticked
from signaling.matchmaking.worker.worker import make_pool

NICENESS: Final = 5
"""Where processors are few the sockets go first."""


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Do what comes until there is nothing more; the first frame is the queue."""
    first = _read(source)
    if first is None:
        return
    queue: Queue = pickle.loads(first[1])  # noqa: S301  of the process that has started this one
    pool = make_pool(queue)
    while (frame := _read(source)) is not None:
        todo, began = read_work(*frame, queue.name), time.perf_counter()
        gc.disable()  # a tick makes many objects and no garbage: looking for some would take longer
        ticked = work(pool, todo)
        gc.enable()
        if isinstance(todo, Tick) and ticked is not None:
            sink.writelines(write_ticked(todo.number, ticked, time.perf_counter() - began))
            sink.flush()


def _read(source: BinaryIO) -> tuple[bytes, bytes] | None:
    head = source.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    kind, length = LENGTH.unpack(head)
    data = source.read(length)
    return (kind, data) if len(data) == length else None


def main() -> None:
    """Serve the process that has started this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    gc.disable()  # a tick leaves nothing to collect, and has many things to look through
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:
        os._exit(0)


if __name__ == "__main__":
    main()
