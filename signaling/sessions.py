"""What the hub remembers of one connection, and of one session, which may outlive it."""

from signaling.clientmessages import Auth, ClientMessage, Hello, Join
from signaling.gate import ANONYMOUS, Identity
from signaling.messages import IceServer, Metadata, ServerMessage
from signaling.orders import Copy
from signaling.queueplaces import Places, Stage
from signaling.rate import TokenBucket
from signaling.ring import Ring


class Connection:
    """One websocket, from its first frame to its last.

    Attributes:
        bucket: The messages it may still send now.
        hello: Its hello, while the gate or another node thinks about it.
        waiting: What came meanwhile.
        auth: A newer token that the gate thinks about.
        claims: The session that is on its way here from another node.
        hops: Nodes that were asked for it and knew another.
        session: Its session, once it is welcomed.
        is_proven: Whether anything came since the welcome, so that the welcome arrived.
    """

    __slots__ = (
        "address", "auth", "bucket", "cid", "claims", "heir_of", "hello", "hops", "is_proven",
        "refused_in_a_row", "session", "waiting",
    )  # fmt: skip

    def __init__(self, cid: str, address: str, bucket: TokenBucket) -> None:
        self.cid = cid
        self.address = address
        self.bucket = bucket
        self.auth: Auth | None = None
        self.claims: str | None = None
        self.hops = 0
        self.hello: Hello | None = None
        self.heir_of: str | None = None
        self.waiting: list[ClientMessage] | None = None
        self.session: Session | None = None
        self.is_proven = False
        self.refused_in_a_row = 0


class Seat:
    """A session's place in a room.

    Attributes:
        fixed: Metadata that the gate gave; the client cannot change it.
        ice: ICE servers for this room alone, if the gate gave any.
    """

    __slots__ = ("fixed", "ice", "meta")

    def __init__(
        self,
        meta: Metadata,
        fixed: Metadata | None = None,
        ice: tuple[IceServer, ...] | None = None,
    ) -> None:
        self.meta = meta
        self.fixed = fixed
        self.ice = ice


class Entering:
    """A room that a session has asked to be let into, and what the gate said of it."""

    __slots__ = ("asked", "fixed", "ice", "join", "meta")

    def __init__(self, join: Join, meta: Metadata) -> None:
        self.join = join
        self.meta = meta
        self.fixed: Metadata | None = None
        self.ice: tuple[IceServer, ...] | None = None
        self.asked = False


class Session:
    """A client's stay on the server, from its welcome until it ends.

    Attributes:
        connection: None while the session is gone.
        generation: Of the token that the last welcome gave.
        proven: The newest generation that is known to have arrived.
        sent: The number of the last message to the client.
        heard: The number of the last message from the client.
        told: The last of these that the client was told of.
        ring: What the client has not acknowledged; None for a client that does not come back.
        heir_of: An earlier session of the same client, whose names it may take.
        expires: When its token expires; None for never.
        notice: Seconds before that at which the client is told.
        joins_to_ask: What it asked for on another node, and has no answer to.
        places: Where it waits for a match or plays one, by queue; None for most.
        tickets: How many it has had so far.
    """

    __slots__ = (
        "_mids", "client", "connection", "entering", "expires", "generation", "heard", "heir_of",
        "identity", "joins", "joins_to_ask", "meta", "notice", "peer", "places", "proven", "region",
        "ring", "rooms", "sent", "sid", "tickets", "told",
    )  # fmt: skip

    def __init__(self, sid: str, peer: str) -> None:
        self.sid = sid
        self.peer = peer
        self.meta: Metadata = {}
        self.identity: Identity = ANONYMOUS
        self.expires: float | None = None
        self.notice = 0.0
        self.joins_to_ask: tuple[Join, ...] = ()
        self.client = ""
        self.region = ""
        self.connection: Connection | None = None
        self.generation = 0
        self.proven = 0
        self.sent = 0
        self.heard = 0
        self.told = 0
        self.ring: Ring | None = None
        self.rooms: dict[str, Seat] = {}
        self.entering: dict[str, Entering] | None = None
        self.joins: TokenBucket | None = None
        self.heir_of: str | None = None
        self.places: Places | None = None
        self.tickets = 0
        self._mids: dict[str, None] | None = None

    def is_open_to(self, generation: int) -> bool:
        """Say whether a token may still be used: the last that was seen to arrive, or a later one."""
        return self.proven <= generation <= self.generation

    def holds(self, seq: int) -> bool:
        """Say whether everything after message `seq` is still here."""
        if self.ring is None:
            return False
        return self.sent - len(self.ring.frames) <= seq <= self.sent

    def plays_in(self, room: str) -> bool:
        """Say whether the room is that of a match that it plays."""
        return self.players_in(room) > 0

    def players_in(self, room: str) -> int:
        """Count the players of the match that it plays in a room; 0 if it plays none there."""
        for place in () if self.places is None else self.places.values():
            if place.stage is Stage.PLAYING and place.room == room:
                return len(place.roster)
        return self.identity.match_players if self.identity.match_room == room else 0

    def has_sent(self, mid: str | None) -> bool:
        """Say whether a signal with this id was delivered already."""
        return mid is not None and self._mids is not None and mid in self._mids

    def remember(self, mid: str, most: int) -> None:
        """Keep the id of a delivered signal, and forget the oldest of more than `most`."""
        if self._mids is None:
            self._mids = {}
        self._mids[mid] = None
        if len(self._mids) > most:
            del self._mids[next(iter(self._mids))]

    @property
    def mids(self) -> tuple[str, ...]:
        """The ids that it remembers, oldest first."""
        return () if self._mids is None else tuple(self._mids)


class Homing:
    """A session that has come from another node, until its rooms know it here.

    Attributes:
        pending: The rooms that have not said so yet, as the session knows them.
        messages: What came for it meanwhile.
        cid: The connection that waits for its welcome; empty where there is none any more.
        seq: What that connection's client got last.
    """

    __slots__ = ("cid", "messages", "pending", "seq", "session")

    def __init__(self, session: Session, pending: dict[str, Copy]) -> None:
        self.session = session
        self.pending = pending
        self.messages: list[ServerMessage] = []
        self.cid = ""
        self.seq = 0
