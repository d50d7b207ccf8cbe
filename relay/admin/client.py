"""Ask a relay over its admin socket, and wait for the answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from operating.client import DEADLINE, LineClient
from operating.messages import encode
from relay.admin.messages import (
    LONGEST_ANSWER,
    RELAY,
    Answer,
    AskSessions,
    Refused,
    Request,
    Sessions,
    SessionStatus,
    decode_answer,
)

Wanted = TypeVar("Wanted", bound=Answer)


class AdminClient(LineClient):
    """One connection to an admin socket, as long as its context lasts.

    Args:
        path: of the socket.
        deadline: seconds for each step.

    Raises:
        AdminError: on entry, when no relay answers there; the text says why and what to do.
    """

    def __init__(self, path: Path, *, deadline: float = DEADLINE) -> None:
        super().__init__(path, RELAY, longest=LONGEST_ANSWER, deadline=deadline)

    def ask(self, request: Request, wanted: type[Wanted]) -> Wanted:
        """Send a request, and give its answer.

        Raises:
            AdminError: the relay refused it, or did not answer as it should.
        """
        self.say(encode(request))
        return self.hear_as(wanted, decode_answer, Refused)

    def sessions(self, *, user: str | None, client: str | None) -> Iterator[SessionStatus]:
        """Give every session, page after page; those that begin or end meanwhile may be missing.

        Raises:
            AdminError: as `ask`.
        """
        after: int | None = 0
        while after is not None:
            page = self.ask(AskSessions(user=user, client=client, after=after), Sessions)
            yield from page.sessions
            after = page.next
