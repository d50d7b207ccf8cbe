"""Permissions and channels of an allocation, each with its deadlines in a table (RFC 8656 §9, §12)."""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from peer.turn.transactions import Refusal, Transactions
from stunwire import (
    FIRST_CHANNEL,
    LAST_CHANNEL,
    Address,
    ChannelNumber,
    Message,
    Method,
    XorPeerAddress,
)

#: RFC 8656 §9: a permission lives for 300 seconds; it is renewed a minute before.
RENEW_PERMISSION: Final = 240.0
PERMISSION_LIFETIME: Final = 300.0
#: RFC 8656 §12: a channel lives for 10 minutes; it is renewed two minutes before.
RENEW_CHANNEL: Final = 480.0
CHANNEL_LIFETIME: Final = 600.0
#: Who has sent and heard nothing for so long is not kept alive.
IDLE: Final = 300.0
_NEVER: Final = float("inf")


class Standing(enum.Enum):
    """Where a permission or a channel is."""

    NONE = "none"
    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"


_GRANTED: Final = Standing.GRANTED  # Python 3.11 asks code of its own for a member, every time


@dataclass(slots=True)
class Grant:
    """What the server grants for a while. `renew` is when to ask again."""

    standing: Standing = Standing.NONE
    renew: float = _NEVER
    expires: float = _NEVER
    used: float = 0.0
    refusal: Refusal | None = None

    def granted(self, renew: float, expires: float) -> None:
        """Note that the server has agreed."""
        self.standing, self.renew, self.expires = Standing.GRANTED, renew, expires

    def refused(self, refusal: Refusal, expires: float) -> None:
        """Note that the server has not; it may be asked again later."""
        self.standing, self.renew, self.expires = Standing.REFUSED, _NEVER, expires
        self.refusal = refusal

    def lapsed(self) -> None:
        """Note that time is up."""
        self.standing, self.renew, self.expires = Standing.NONE, _NEVER, _NEVER


@dataclass(slots=True)
class Channel:
    """A number that stands for a peer. It never stands for another one."""

    number: int
    peer: Address
    grant: Grant = field(default_factory=Grant)


@dataclass
class Peers:
    """Whom an allocation talks to.

    Args:
        transactions: Where the server is asked.
        refused: Called when the server does not relay to a peer, or does not answer.
    """

    transactions: Transactions
    refused: Callable[[Refusal, Address], None]
    _permissions: dict[str, Grant] = field(default_factory=dict)
    _channels: dict[Address, Channel] = field(default_factory=dict)
    _by_number: dict[int, Channel] = field(default_factory=dict)

    def permit(self, peer: Address, now: float) -> bool:
        """Ask for leave to exchange data with a peer's host, unless that was done.

        Every port of a host that is refused is said to be, as often as it is asked for.

        Returns:
            Whether data can be sent: there is leave, or it has just been asked for.
        """
        grant = self._permissions.get(peer.host)
        if grant is None:
            grant = self._permissions[peer.host] = Grant()
        grant.used = now
        if grant.standing is Standing.NONE:
            self._ask_permission(peer, grant, now)
        if grant.standing is Standing.REFUSED and grant.refusal is not None:
            self.refused(grant.refusal, peer)
        return grant.standing is not Standing.REFUSED

    def is_permitted(self, host: str) -> bool:
        """Whether data from a host is expected."""
        grant = self._permissions.get(host)
        return grant is not None and grant.standing in {Standing.ASKED, Standing.GRANTED}

    def bind(self, peer: Address, now: float) -> None:
        """Ask for a channel to a peer, unless that was done, or all numbers are used."""
        channel = self._channels.get(peer)
        if channel is None:
            number = FIRST_CHANNEL + len(self._channels)
            if number > LAST_CHANNEL:
                return
            channel = self._channels[peer] = self._by_number[number] = Channel(number, peer)
        if channel.grant.standing is Standing.NONE:
            channel.grant.used = now
            self._ask_channel(channel, now)

    def channel_to(self, peer: Address, now: float) -> int | None:
        """The number of the channel that is bound to a peer whom we may reach, to be used now; or `None`."""
        channel = self._channels.get(peer)
        if channel is None or channel.grant.standing is not _GRANTED:
            return None
        permission = self._permissions.get(peer.host)
        if permission is None or permission.standing is not _GRANTED:
            return None
        self._used(channel, now)
        return channel.number

    def of_channel(self, number: int, now: float) -> Address | None:
        """The peer that a channel stands for, which has just sent something."""
        channel = self._by_number.get(number)
        if channel is None:
            return None
        self._used(channel, now)
        return channel.peer

    def _used(self, channel: Channel, now: float) -> None:
        """Note a channel's use, and that of its permission, to the second."""
        if now - channel.grant.used >= 1.0:
            channel.grant.used = now
            self.note_use(channel.peer.host, now)

    def note_use(self, host: str, now: float) -> None:
        """Note that a host has sent something."""
        grant = self._permissions.get(host)
        if grant is not None:
            grant.used = now

    def handle_timer(self, now: float) -> None:
        """Let lapse what has expired, renew what is due and in use."""
        for grant in self._grants():
            if now >= grant.expires:
                grant.lapsed()
        for host, grant in self._permissions.items():
            if _is_due(grant, now):
                self._ask_permission(Address(host, 0), grant, now)
        for channel in self._channels.values():
            if _is_due(channel.grant, now):
                self._ask_channel(channel, now)

    def next_deadline(self) -> float:
        """When `handle_timer` has something to do; infinity for never."""
        return min((min(one.renew, one.expires) for one in self._grants()), default=_NEVER)

    def _grants(self) -> Iterator[Grant]:
        yield from self._permissions.values()
        for channel in self._channels.values():
            yield channel.grant

    def _ask_permission(self, peer: Address, grant: Grant, now: float) -> None:
        def conclude(answer: Message | Refusal, now: float) -> None:
            if isinstance(answer, Message):
                grant.granted(now + RENEW_PERMISSION, now + PERMISSION_LIFETIME)
            else:
                grant.refused(answer, now + PERMISSION_LIFETIME)
                self.refused(answer, peer)

        _asked(grant)
        host = XorPeerAddress(Address(peer.host, 0))
        request = Message.request(Method.CREATE_PERMISSION, b"", host)
        self.transactions.ask(request, conclude, now)

    def _ask_channel(self, channel: Channel, now: float) -> None:
        def conclude(answer: Message | Refusal, now: float) -> None:
            if isinstance(answer, Message):
                channel.grant.granted(now + RENEW_CHANNEL, now + CHANNEL_LIFETIME)
            else:
                channel.grant.refused(answer, now + CHANNEL_LIFETIME)  # Send indications do as well
                self.refused(answer, channel.peer)

        _asked(channel.grant)
        number, peer = ChannelNumber(channel.number), XorPeerAddress(channel.peer)
        request = Message.request(Method.CHANNEL_BIND, b"", number, peer)
        self.transactions.ask(request, conclude, now)


def _asked(grant: Grant) -> None:
    """What is granted stays so while it is renewed."""
    grant.renew = _NEVER
    if grant.standing is not Standing.GRANTED:
        grant.standing = Standing.ASKED


def _is_due(grant: Grant, now: float) -> bool:
    """Whether to ask again; what nobody uses is left to lapse."""
    if now < grant.renew:
        return False
    grant.renew = _NEVER
    return now - grant.used < IDLE
