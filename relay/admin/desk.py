"""Where the admin protocol is answered: a request as a line of bytes in, an answer as a line of bytes out."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol, assert_never

import msgspec

from operating.messages import encode
from relay.admin.messages import (
    LONGEST_TTL,
    Answer,
    AskDisconnect,
    AskDrain,
    AskMint,
    AskReload,
    AskSessions,
    AskStatus,
    Complaint,
    Disconnected,
    Draining,
    ListenerStatus,
    Minted,
    Refused,
    Reloaded,
    Request,
    Sessions,
    SessionStatus,
    Stage,
    Status,
    Traffic,
    decode_request,
)
from relay.configuration import parse_address
from relay.counters import Counters, Usage
from relay.errors import RelayError, SettingsError
from relay.fivetuple import Transport
from relay.outputs import UsersFileRead
from relay.sessions import EVERY, Page, Selection, Session
from relay.settings import Settings
from stunwire import Address, mint


class Administered(Protocol):
    """What a server lets its operator see and do."""

    @property
    def settings(self) -> Settings:
        """What it goes by now."""

    @property
    def listeners(self) -> tuple[tuple[Transport, Address], ...]:
        """Where it serves."""

    @property
    def counters(self) -> Counters:
        """What it counts."""

    @property
    def draining(self) -> bool:
        """Whether it gives no more allocations."""

    def sessions(self, selection: Selection, *, after: int, limit: int) -> Page:
        """Describe some allocations."""

    def disconnect(self, selection: Selection) -> tuple[int, int]:
        """End some allocations; say how many, and how many are left."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What whoever runs the server does when asked.

    Args:
        drain: begins to drain, and stops when the last allocation is gone.
        reload: reads the configuration, the certificate and the users file again, and says what came of the
            last; raises RelayError for what stays as it was.
    """

    drain: Callable[[], None]
    reload: Callable[[], Awaitable[UsersFileRead | None]]


class Desk:
    """Answers what is asked about one server.

    Args:
        server: which.
        orders: how it is drained and reloaded.
        process: its number in the operating system.
        since: when it began to serve.
    """

    def __init__(self, server: Administered, orders: Orders, *, process: int, since: float) -> None:
        self._server = server
        self._orders = orders
        self._process = process
        self._since = since

    async def answer(self, line: bytes, *, unix_now: float, now: float) -> bytes:
        """Answer one line."""
        request = decode_request(line)
        if isinstance(request, Refused):
            return encode(request)
        try:
            return encode(await self._carry_out(request, unix_now, now))
        except (RelayError, ValueError) as error:
            return encode(Refused(complaint=Complaint.REFUSED, why=str(error)))

    async def _carry_out(self, request: Request, unix_now: float, now: float) -> Answer:
        match request:
            case AskStatus():
                return self._status(now)
            case AskSessions(user=user, client=client, after=after, limit=limit):
                selection = _select(user, client, None)
                return _sessions(self._server.sessions(selection, after=after, limit=limit))
            case AskDisconnect(user=user, client=client, allocation=allocation):
                return self._disconnect(_select(user, client, allocation))
            case AskDrain():
                self._orders.drain()
                return Draining(allocations=self._server.counters.allocations)
            case AskReload():
                return _reloaded(await self._orders.reload())
            case AskMint(user=user, ttl=ttl):
                return self._mint(user, ttl, unix_now)
            case unreachable:
                assert_never(unreachable)

    def _status(self, now: float) -> Status:
        counters, settings = self._server.counters, self._server.settings
        return Status(
            stage=Stage.DRAINING if self._server.draining else Stage.SERVING,
            process=self._process,
            uptime=now - self._since,
            realm=settings.realm,
            listeners=tuple(
                ListenerStatus(transport=transport.value, address=_text(address))
                for transport, address in self._server.listeners
            ),
            allocations=counters.allocations,
            most_allocations=settings.limits.allocations,
            allocations_opened=counters.allocations_opened,
            connections=counters.connections,
            bindings=counters.bindings,
            traffic=_traffic(counters.usage),
            refusals={int(code): count for code, count in sorted(counters.refusals.items())},
            drops={reason.value: count for reason, count in counters.drops.items()},
            hang_ups={why.value: count for why, count in counters.hang_ups.items()},
        )

    def _disconnect(self, selection: Selection) -> Answer:
        if selection == EVERY:
            why = "expected a user, a client or an allocation to disconnect, got none"
            return Refused(complaint=Complaint.BAD_REQUEST, why=why)
        ended, left = self._server.disconnect(selection)
        return Disconnected(ended=ended, left=left)

    def _mint(self, user: str, ttl: int, unix_now: float) -> Answer:
        settings = self._server.settings
        if not settings.rest_secrets:
            raise SettingsError("this relay has no secret that credentials could be made with")
        if not 0 < ttl <= LONGEST_TTL:
            raise SettingsError(f"expected a ttl of 1 to {LONGEST_TTL} seconds, got {ttl}")
        made = mint(settings.rest_secrets[0], user, ttl, unix_now, settings.rest_hashes[0])
        return Minted(
            username=made.username,
            password=made.password,
            realm=settings.realm,
            expires=made.expires,
        )


def _select(user: str | None, client: str | None, number: int | None) -> Selection:
    if client is None:
        return Selection(user=user, number=number)
    host, port = _client(client)
    return Selection(user=user, host=host, port=port, number=number)


def _client(text: str) -> tuple[str, int | None]:
    """Read an address with or without a port.

    Raises:
        SettingsError: it is neither.
    """
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]"))), None
    except ValueError:
        host, port = parse_address("client", text)
        return host, port


def _sessions(page: Page) -> Sessions:
    return Sessions(sessions=tuple(_session(one) for one in page.sessions), next=page.go_on_after)


def _session(session: Session) -> SessionStatus:
    return SessionStatus(
        allocation=session.number,
        user=session.user,
        client=_text(session.five_tuple.client),
        transport=session.five_tuple.transport.value,
        server=_text(session.five_tuple.server),
        relayed=_text(session.relayed),
        age=session.age,
        expires_in=session.expires_in,
        permissions=session.permissions,
        channels=session.channels,
        connections=session.connections,
        traffic=_traffic(session.usage),
    )


def _traffic(usage: Usage) -> Traffic:
    return Traffic(
        to_peer_packets=usage.to_peer_packets,
        to_peer_bytes=usage.to_peer_bytes,
        to_client_packets=usage.to_client_packets,
        to_client_bytes=usage.to_client_bytes,
    )


def _text(address: Address) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reloaded(read: UsersFileRead | None) -> Reloaded:
    if read is None or (read.users is None and read.problem is None):
        return Reloaded()
    if read.users is None:
        raise SettingsError(f"{read.problem}. The old users go on.")
    return Reloaded(users=read.users, note=read.warning or msgspec.UNSET)
