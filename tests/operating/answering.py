"""Somebody who answers at an admin socket instead of a server."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def answering(path: Path, *answers: bytes) -> Iterator[list[bytes]]:
    """Answer each line of one connection with these bytes, whatever is asked; gives what was."""
    asked: list[bytes] = []

    def answer() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as lines:
            for each in answers:
                asked.append(lines.readline())
                connection.sendall(each)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        thread = threading.Thread(target=answer)
        thread.start()
        yield asked
        thread.join(60)
