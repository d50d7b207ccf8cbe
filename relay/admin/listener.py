"""The unix socket that the admin protocol is spoken on, for its owner alone."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from operating import listener
from operating.listener import DEADLINE, Protocol
from operating.messages import encode
from relay.admin.messages import RELAY, Complaint, Refused

logger = logging.getLogger("hairpin.relay.admin")

_COMPLAINTS = {
    listener.Complaint.TOO_LONG: Complaint.BAD_REQUEST,
    listener.Complaint.TOO_MANY: Complaint.BUSY,
    listener.Complaint.TOO_LATE: Complaint.BUSY,
    listener.Complaint.OUR_FAULT: Complaint.INTERNAL,
}


@asynccontextmanager
async def serve_admin(
    path: Path, answer: Callable[[bytes], Awaitable[bytes]], *, deadline: float = DEADLINE
) -> AsyncIterator[None]:
    """Answer requests as long as the context lasts; the socket is gone afterwards.

    Args:
        path: of the socket; its directory is made if it is missing, for the owner alone.
        answer: from a line to a line.
        deadline: seconds for a request to come, for its answer to be found, and for that to be read.

    Raises:
        AdminError: on entry, when the socket cannot be had; the text says why and what to do.
    """

    async def answer_in_lines(line: bytes) -> tuple[bytes]:
        return (await answer(line),)

    protocol = Protocol(answer_in_lines, _refuse, logger, "relay.admin.failed")
    async with listener.serve(path, RELAY, protocol, deadline=deadline):
        yield


def _refuse(complaint: listener.Complaint, why: str) -> bytes:
    return encode(Refused(complaint=_COMPLAINTS[complaint], why=why))
