"""Ask a server over its admin socket, and wait for the answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from operating.client import DEADLINE, LineClient
from operating.messages import encode
from signaling.operation.admin.messages import (
    LONGEST_ANSWER,
    SERVER,
    Answer,
    AskRooms,
    AskSessions,
    Refused,
    Request,
    Rooms,
    RoomStatus,
    Sessions,
    SessionStatus,
    decode_answer,
)

Wanted = TypeVar("Wanted", bound=Answer)


class AdminClient(LineClient):
    """One connection to an admin socket, as long as its context lasts.

    Args:
        path: Of the socket.
        deadline: Seconds for each step.

    Raises:
        AdminError: On entry, when no server answers there; the text says why and what to do.
    """

    def __init__(self, path: Path, *, deadline: float = DEADLINE) -> None:
        super().__init__(path, SERVER, longest=LONGEST_ANSWER, deadline=deadline)

    def ask(self, request: Request, wanted: type[Wanted]) -> Wanted:
        """Send a request, and give its answer.

        Raises:
            AdminError: The server refused it, or did not answer as it should.
        """
        self.say(encode(request))
        return self.hear_as(wanted, decode_answer, Refused)

    def rooms(self, room: str | None = None) -> Iterator[RoomStatus]:
        """Give every room, or the one of this name.

        Raises:
            AdminError: As `ask`.
        """
        page = self.ask(AskRooms(room=room), Rooms)
        yield from page.rooms
        while page.more:
            page = self.hear_as(Rooms, decode_answer, Refused)
            yield from page.rooms

    def sessions(self, peer: str | None = None) -> Iterator[SessionStatus]:
        """Give every session of the node, or those that bear this name.

        Raises:
            AdminError: As `ask`.
        """
        page = self.ask(AskSessions(peer=peer), Sessions)
        yield from page.sessions
        while page.more:
            page = self.hear_as(Sessions, decode_answer, Refused)
            yield from page.sessions
