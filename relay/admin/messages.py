"""The requests and answers of the admin protocol, as JSON: one line each, version 1.

A request names its kind in `ask`, an answer in `answer`; keys are written with hyphens, times are seconds, addresses
are `HOST:PORT` or `[IPV6]:PORT`. Keys may be added to answers; a request with a key that is not known is refused.
"""

import enum
from typing import TypeAlias

import msgspec

from operating.kind import Kind
from operating.messages import VERSION, Fault, Question, Unreadable, read
from relay.errors import AdminError
from relay.sessions import MOST_IN_A_PAGE

RELAY = Kind("relay", AdminError)
LONGEST_ANSWER = 1 << 20
LONGEST_TTL = 30 * 86400


class AskStatus(Question, frozen=True, kw_only=True, tag="status"):
    """How is the relay?"""


class AskSessions(Question, frozen=True, kw_only=True, tag="sessions"):
    """Which allocations live? At most `limit` of them, with numbers above `after`."""

    user: str | None = None
    client: str | None = None
    after: int = 0
    limit: int = MOST_IN_A_PAGE


class AskDisconnect(Question, frozen=True, kw_only=True, tag="disconnect"):
    """End the allocations of a user, of a client's address (with or without a port), or one; not all of them."""

    user: str | None = None
    client: str | None = None
    allocation: int | None = None


class AskDrain(Question, frozen=True, kw_only=True, tag="drain"):
    """Give no more allocations, and stop when the last is gone."""


class AskReload(Question, frozen=True, kw_only=True, tag="reload"):
    """Read the configuration and the certificate again."""


class AskMint(Question, frozen=True, kw_only=True, tag="mint"):
    """Make a time-limited credential for a user, good for `ttl` seconds."""

    user: str
    ttl: int


Request: TypeAlias = AskStatus | AskSessions | AskDisconnect | AskDrain | AskReload | AskMint


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", tag_field="answer"):
    version: int = VERSION


class Stage(enum.Enum):
    """What a relay does with a client that wants an allocation."""

    SERVING = "serving"
    DRAINING = "draining"


class ListenerStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where clients are served, and over what."""

    transport: str
    address: str


class Traffic(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """What was relayed; bytes are payload bytes."""

    to_peer_packets: int
    to_peer_bytes: int
    to_client_packets: int
    to_client_bytes: int


class Status(_Answer, frozen=True, kw_only=True, tag="status"):
    """How the relay is.

    Attributes:
        process: its number in the operating system.
        uptime: since it serves.
        allocations: that live now.
        most_allocations: that may.
        allocations_opened: since it serves; as all the rest.
        refusals: error responses by code.
        drops: packets dropped, by reason.
        hang_ups: connections that the relay ended, by reason.
    """

    stage: Stage
    process: int
    uptime: float
    realm: str
    listeners: tuple[ListenerStatus, ...]
    allocations: int
    most_allocations: int
    allocations_opened: int
    connections: int
    bindings: int
    traffic: Traffic
    refusals: dict[int, int]
    drops: dict[str, int]
    hang_ups: dict[str, int]


class SessionStatus(msgspec.Struct, frozen=True, kw_only=True, rename="kebab"):
    """One allocation."""

    allocation: int
    user: str
    client: str
    transport: str
    server: str
    relayed: str
    age: float
    expires_in: float
    permissions: int
    channels: int
    connections: int
    traffic: Traffic


class Sessions(_Answer, frozen=True, kw_only=True, tag="sessions"):
    """Some allocations in the order of their numbers; `next` is what to go on after, null at the end."""

    sessions: tuple[SessionStatus, ...]
    next: int | None


class Disconnected(_Answer, frozen=True, kw_only=True, tag="disconnected"):
    """So many were ended, and so many are left: ask again to end those."""

    ended: int
    left: int


class Draining(_Answer, frozen=True, kw_only=True, tag="draining"):
    """No more allocations are given, and so many are left."""

    allocations: int


class Reloaded(_Answer, frozen=True, kw_only=True, tag="reloaded"):
    """What was read again is in force; the users file lists so many, if there is one."""

    users: int | msgspec.UnsetType = msgspec.UNSET
    note: str | msgspec.UnsetType = msgspec.UNSET


class Minted(_Answer, frozen=True, kw_only=True, tag="minted"):
    """A credential; `expires` is a Unix time."""

    username: str
    password: str
    realm: str
    expires: int


class Complaint(enum.Enum):
    """Why a request was not carried out."""

    BAD_REQUEST = "bad request"
    UNSUPPORTED_VERSION = "unsupported version"
    REFUSED = "refused"
    BUSY = "busy"
    INTERNAL = "internal"


class Refused(_Answer, frozen=True, kw_only=True, tag="refused"):
    """The request was not carried out."""

    complaint: Complaint
    why: str


_OF_FAULT = {
    Fault.FORM: Complaint.BAD_REQUEST,
    Fault.VERSION: Complaint.UNSUPPORTED_VERSION,
}

Answer: TypeAlias = Status | Sessions | Disconnected | Draining | Reloaded | Minted | Refused


def decode_request(line: bytes) -> Request | Refused:
    """Read a request, or say what is wrong with it."""
    found: Request | Unreadable = read(line, Request, RELAY.noun)
    if isinstance(found, Unreadable):
        return Refused(complaint=_OF_FAULT[found.fault], why=found.why)
    return found


def decode_answer(line: bytes) -> Answer:
    """Read an answer.

    Raises:
        ValueError: it is none that is known here.
    """
    answer: Answer = msgspec.json.decode(line, type=Answer)
    return answer
