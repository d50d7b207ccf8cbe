"""What the client's core wants done; the shell carries it out in order."""

from dataclasses import dataclass
from typing import TypeAlias

from signaling.errors import SignalingError
from signaling.events import Event
from signaling.messages import ServerMessage


@dataclass(frozen=True, slots=True)
class Open:
    """Open a websocket; `receive_open` or `receive_unreachable` answers."""

    url: str


@dataclass(frozen=True, slots=True)
class Write:
    """Write a text frame to the websocket."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut the websocket, or stop opening it; nothing more is to be heard of it."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell the user an event."""

    event: Event


@dataclass(frozen=True, slots=True)
class Answer:
    """Give a request its answer: what the server said, or why it says nothing."""

    request: int
    answer: ServerMessage | SignalingError


@dataclass(frozen=True, slots=True)
class Renew:
    """Get a newer token; `receive_token` takes it."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something for the log, no fault of the user's."""

    text: str


@dataclass(frozen=True, slots=True)
class Over:
    """The session has ended for good; the last event is told already."""

    error: SignalingError


Action: TypeAlias = Open | Write | Cut | Tell | Answer | Renew | Remark | Over
