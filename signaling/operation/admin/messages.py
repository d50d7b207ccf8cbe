"""The requests and answers of the admin protocol, as JSON: version 1, a request in one line.

A request names its kind in `ask`, an answer in `answer`; keys are written with hyphens, times are seconds. An answer
that is long comes in several lines, of which all but the last say `more`. Keys may be added to answers; a request with
a key that is not known is refused.
"""

from typing import Annotated, TypeAlias

import msgspec

from operating.kind import Kind, Sharing
from operating.messages import VERSION, Question, Unreadable, read
from signaling.faults import AdminError

SERVER = Kind("server", AdminError, Sharing.GROUP)
LONGEST_ANSWER = 16 << 20
LONGEST_DRAIN = 86400.0

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
_Reason = Annotated[str, msgspec.Meta(max_length=256)]


class AskStatus(Question, frozen=True, kw_only=True, tag="status"):
    """How is the server?"""


class AskRooms(Question, frozen=True, kw_only=True, tag="rooms"):
    """Which rooms are there, on all nodes, and who is in them? Or: how is this one?"""

    room: _Text | None = None


class AskSessions(Question, frozen=True, kw_only=True, tag="sessions"):
    """Which sessions has this node?"""

    peer: _Text | None = None


class AskQueues(Question, frozen=True, kw_only=True, tag="queues"):
    """How do the queues stand, over all nodes?"""


class AskKick(Question, frozen=True, kw_only=True, tag="kick"):
    """Put a member out of a room, on whichever node it is."""

    room: _Text
    peer: _Text
    reason: _Reason = ""


class AskClose(Question, frozen=True, kw_only=True, tag="close"):
    """Put all members out of a room."""

    room: _Text
    reason: _Reason = ""


class AskDrain(Question, frozen=True, kw_only=True, tag="drain"):
    """Send the clients away and stop, after `seconds` at the latest; by default as it is configured."""

    seconds: Annotated[float, msgspec.Meta(ge=0.0, le=LONGEST_DRAIN)] | None = None


class AskReload(Question, frozen=True, kw_only=True, tag="reload"):
    """Read the configuration, the keys and the certificate again."""


Request: TypeAlias = (
    AskStatus | AskRooms | AskSessions | AskQueues | AskKick | AskClose | AskDrain | AskReload
)


class _Answer(msgspec.Struct, frozen=True, kw_only=True, rename="kebab", tag_field="answer"):
    version: int = VERSION


class Status(_Answer, frozen=True, kw_only=True, tag="status"):
    """How the server is.

    Attributes:
        process: Its number in the operating system.
        uptime: Since it serves; as all that says `…-total`.
        rooms: That sessions of this node are in.
        nodes: That meet in Redis and live, this one among them; none where it is alone.
        backplane_up: Whether Redis can be reached; true where there is none.
    """

    node: str
    region: str
    process: int
    uptime: float
    draining: bool
    backplane_up: bool
    nodes: tuple[str, ...]
    listeners: tuple[str, ...]
    sessions: int
    sessions_gone: int
    rooms: int
    kept_bytes: int
    sessions_total: int
    resumed_total: int
    joins_total: int
    messages_total: int
    delivered_total: int
    undelivered_total: int
    errors: dict[str, int]
    closes: dict[int, int]


class MemberStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a room."""

    peer: str
    sid: str
    node: str
    state: str
    role: str
    subject: str


class RoomStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One room; members in the order in which they came."""

    room: str
    topology: str
    locked: bool
    keyed: bool
    max: int
    members: tuple[MemberStatus, ...]


class Rooms(_Answer, frozen=True, kw_only=True, tag="rooms"):
    """Some rooms, by name."""

    rooms: tuple[RoomStatus, ...]
    more: bool = False


class SessionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One session of this node."""

    sid: str
    peer: str
    subject: str
    address: str
    client: str
    region: str
    state: str
    rooms: tuple[str, ...]
    sent: int
    heard: int
    kept: int


class Sessions(_Answer, frozen=True, kw_only=True, tag="sessions"):
    """Some sessions, by the name that they bear."""

    sessions: tuple[SessionStatus, ...]
    more: bool = False


class QueueStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One queue: tickets, incomplete parties, matches found and running, their players, seconds of the longest wait."""

    queue: str
    waiting: int
    gathering: int
    found: int
    running: int
    players: int
    openings: int
    longest: float | None


class Queues(_Answer, frozen=True, kw_only=True, tag="queues"):
    """All queues, as they are configured."""

    queues: tuple[QueueStatus, ...]


class PutOut(_Answer, frozen=True, kw_only=True, tag="put-out"):
    """These are put out of the room."""

    room: str
    peers: tuple[str, ...]


class Draining(_Answer, frozen=True, kw_only=True, tag="draining"):
    """Clients are sent away; so many sessions are left, and have `seconds` at most."""

    sessions: int
    seconds: float


class Reloaded(_Answer, frozen=True, kw_only=True, tag="reloaded"):
    """What was read again is in force, but for what `unchanged` names: that needs a restart."""

    unchanged: tuple[str, ...] = ()


class Refused(_Answer, frozen=True, kw_only=True, tag="refused"):
    """The request was not carried out."""

    why: str


Answer: TypeAlias = Status | Rooms | Sessions | Queues | PutOut | Draining | Reloaded | Refused


def decode_request(line: bytes) -> Request | Refused:
    """Read a request, or say what is wrong with it."""
    found: Request | Unreadable = read(line, Request, SERVER.noun)
    return Refused(why=found.why) if isinstance(found, Unreadable) else found


def decode_answer(line: bytes) -> Answer:
    """Read an answer.

    Raises:
        ValueError: It is none that is known here.
    """
    answer: Answer = msgspec.json.decode(line, type=Answer)
    return answer
