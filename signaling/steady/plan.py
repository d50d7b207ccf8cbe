"""What a client wants to be, and where its connection can be."""

from dataclasses import dataclass
from enum import Enum

from signaling.messages import RESUME, ClientInfo, Hello, Metadata, Resumption


class Renewal(Enum):
    """Where tokens come from."""

    ASKED = "somebody can be asked for a newer one"
    NONE = "there is nobody to ask"


class Steadiness(Enum):
    """What happens when a connection is lost."""

    COME_BACK = "another is made"
    END = "the session ends"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a client wants to be; times in seconds, sizes in bytes.

    Args:
        urls: The server's addresses, to be tried in turn.
        patience: How long to try when a connection is lost; None for ever.
        welcome_within: How long a server has for its welcome, and for opening a websocket.
        outbox: Messages that may wait for the server.
    """

    urls: tuple[str, ...]
    peer: str | None = None
    meta: Metadata | None = None
    region: str = ""
    steadiness: Steadiness = Steadiness.COME_BACK
    renewal: Renewal = Renewal.NONE
    patience: float | None = None
    welcome_within: float = 5.0
    outbox: int = 1024
    outbox_bytes: int = 1024 * 1024

    def hello(
        self, id_: int, *, peer: str | None, token: str | None, resume: str | None, seq: int
    ) -> Hello:
        """Put together what is said first; `resume` and `seq` are those of the session to go on with."""
        keeps = self.steadiness is Steadiness.COME_BACK
        return Hello(
            id=id_,
            peer=peer,
            meta=self.meta or {},
            token=token,
            client=ClientInfo(name="hairpin-python"),
            caps=(RESUME,) if keeps else (),
            region=self.region,
            resume=None if resume is None else Resumption(token=resume, seq=seq),
        )


class Stage(Enum):
    """Where the connection is."""

    NEW = "nothing has happened yet"
    PAUSING = "waiting to try again"
    OPENING = "a websocket is being opened"
    GREETING = "hello is said"
    UP = "welcomed"
    OVER = "over for good"
