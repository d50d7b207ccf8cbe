"""What a call is told: where, who, with which servers, and what to do in it."""

import enum
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import signaling
from peer import Configuration

DEFAULT_SIGNALING = "ws://127.0.0.1:8080"


class Doing(enum.Enum):
    """What the call does with messages."""

    NOTHING = "nothing"
    ECHO = "echo"
    CHAT = "chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """The command's options, parsed.

    Attributes:
        room: The room to join.
        url: Of the signaling server, with its path.
        name: To bear in the room, or `None` for one that the server makes up.
        doing: What to do with messages.
        configuration: Of the session.
        play: The file to send instead of the test pattern.
        record: The file for what comes.
        explain: Print why the connection took its path.
        timeline: Write the waterfall there.
        as_json: Print one document at the end.
        quiet: Print the verdict alone.
    """

    room: str
    url: str = ""
    name: str | None = None
    doing: Doing = Doing.NOTHING
    configuration: Configuration = field(default_factory=Configuration)
    play: Path | None = None
    record: Path | None = None
    explain: bool = False
    timeline: Path | None = None
    as_json: bool = False
    quiet: bool = False

    @property
    def sends_pattern(self) -> bool:
        """A call that neither echoes nor chats shows that it is there."""
        return self.doing is Doing.NOTHING and self.play is None


def signaling_url(text: str | None) -> str:
    """The address of a signaling server, with the path that `hairpin up` serves.

    Args:
        text: `ws://HOST:PORT`, `wss://HOST`, or `None` for a server that `hairpin up` runs here.

    Raises:
        ValueError: It is none; the message says what is allowed.
    """
    given = text or DEFAULT_SIGNALING
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{given!r} is no address: {error}") from None
    if parts.scheme not in {"ws", "wss"} or not parts.hostname or port == 0:
        raise ValueError(f"{given!r} is not ws://HOST:PORT or wss://HOST[:PORT]")
    path = parts.path if parts.path not in {"", "/"} else signaling.PATH
    return parts._replace(path=path).geturl()
