"""The unix socket that the admin protocol is spoken on, for its owner (and its group, if the umask says so)."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from operating import listener
from operating.listener import DEADLINE, Answering, Protocol
from operating.messages import encode
from signaling.operation.admin.messages import SERVER, Refused

logger = logging.getLogger("signaling.admin")


@asynccontextmanager
async def serve_admin(
    path: Path, answer: Answering, *, deadline: float = DEADLINE
) -> AsyncIterator[None]:
    """Answer requests as long as the context lasts; the socket is gone afterwards.

    Args:
        path: Of the socket; its directory is made if it is missing, for the owner alone.
        answer: From a line to lines.
        deadline: Seconds for a request to come, for its answer to be found, and for a line of that to be read.

    Raises:
        AdminError: On entry, when the socket cannot be had; the text says why and what to do.
    """
    async with listener.serve(
        path, SERVER, Protocol(answer, _refuse, logger, "signaling.admin.failed"), deadline=deadline
    ):
        yield


def _refuse(_: listener.Complaint, why: str) -> bytes:
    return encode(Refused(why=why))
