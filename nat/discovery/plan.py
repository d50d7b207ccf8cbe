"""What a diagnosis is to do: which servers, which questions, how long."""

from dataclasses import dataclass
from typing import Final

from nat.discovery.evidence import Wish
from nat.discovery.transactions import Transport

DEFAULT_WISHES: Final = frozenset(
    {
        Wish.MAPPING,
        Wish.FILTERING,
        Wish.HAIRPIN,
        Wish.PORTS,
        Wish.ERRORS,
        Wish.FRAGMENTS,
        Wish.TCP,
        Wish.REACH,
        Wish.TURN,
        Wish.PATH_MTU,
        Wish.GATEWAY,
    }
)
"""What `hairpin nat` asks: everything that changes nothing and is known within eight seconds."""
DEADLINE: Final = 8.0


@dataclass(frozen=True, slots=True)
class StunServer:
    """A STUN server to ask.

    Attributes:
        host: its name or address.
        port: its port; 0 for a service of DNS, whose name `host` is then.
        transport: how to speak to it.
    """

    host: str
    port: int = 3478
    transport: Transport = Transport.UDP


@dataclass(frozen=True, slots=True)
class TurnServer:
    """A TURN server to try.

    Attributes:
        host: its name or address.
        port: its port.
        transport: how to speak to it.
        username: of the long-term credential (RFC 8489 §9.2).
        password: of the same; never printed.
    """

    host: str
    port: int
    transport: Transport
    username: str
    password: str

    def __repr__(self) -> str:
        return f"TurnServer({self.host!r}, {self.port}, {self.transport}, {self.username!r})"


@dataclass(frozen=True, slots=True)
class Page:
    """A page over plain HTTP whose answer is known. Who stands between us and its server can change it, as portals do.

    Attributes:
        host: of its server.
        path: on it.
        status: that it answers with.
        body: what it says, without blanks around it; None for anything.
        port: of its server.
    """

    host: str
    path: str
    status: int = 200
    body: bytes | None = None
    port: int = 80


@dataclass(frozen=True, slots=True)
class Plan:
    """What a diagnosis is to do.

    Attributes:
        servers: STUN servers; empty for the built-in list.
        turn: TURN servers to try.
        wishes: the questions.
        deadline: seconds in which there must be a report (lifetimes take their own time).
        interface: to leave through; empty for the system's choice.
        lifetimes: seconds of silence that the ladder tries.
        precise: whether a second ladder narrows down where a lifetime ends.
        web: host and port to which TCP and TLS are tried; None for port 443 of the servers.
        page: that is fetched to see a captive portal; None for a built-in one, which is a third
            party's, and is fetched only where no server answers.
        pace: new transactions to one server in a second, at most (RFC 5780 §4: 10).
    """

    servers: tuple[StunServer, ...] = ()
    turn: tuple[TurnServer, ...] = ()
    wishes: frozenset[Wish] = DEFAULT_WISHES
    deadline: float = DEADLINE
    interface: str = ""
    lifetimes: tuple[float, ...] = (15, 25, 35, 50, 65, 95, 125, 185, 245, 305, 600)
    precise: bool = False
    web: tuple[str, int] | None = None
    page: Page | None = None
    pace: float = 10.0
