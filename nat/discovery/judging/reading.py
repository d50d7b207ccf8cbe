"""Evidence with its threads picked up: which answers are genuine, and what a port had sent before."""

import ipaddress
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nat.discovery.evidence import Evidence
from nat.discovery.transactions import Answer, Purpose, Socket, Transaction, Transport
from stunwire import Address, Family

_MANY: Final = 1024

LIFETIMES: Final = frozenset(
    {
        Purpose.LIFETIME_OPEN,
        Purpose.LIFETIME_ASK,
        Purpose.LIFETIME_CONTROL,
        Purpose.LIFETIME_AGAIN,
        Purpose.LIFETIME_REFRESH,
        Purpose.LIFETIME_SEND,
    }
)
"""What belongs to the ladder of lifetimes."""
_DISTURBED: Final = LIFETIMES | {
    Purpose.FILTERING_OPEN,
    Purpose.FILTERING_CONTROL,
    Purpose.HAIRPIN_ASK,
    Purpose.ERROR_PROVOKE,
    Purpose.ERROR_ASK,
    Purpose.ERROR_AGAIN,
}
"""What these see of a mapping may come from what was done before, or from its end."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A server has seen a port of ours from outside.

    Attributes:
        transaction: by which.
        local: our own address, or None where it is not known.
        mapped: what was seen.
        at: when the request was sent first.
    """

    transaction: Transaction
    local: Address | None
    mapped: Address
    at: float

    @property
    def target(self) -> Address:
        """To where we had sent."""
        return self.transaction.target

    @property
    def socket(self) -> int:
        """From which socket."""
        return self.transaction.socket

    @property
    def server(self) -> str:
        """Who saw it."""
        return self.transaction.server

    @property
    def by(self) -> float:
        """When it was known at the latest: by then what it shows had been so."""
        told = (each.at for each in self.transaction.answers if self.mapped in _told(each))
        return min(told, default=self.at)

    @property
    def keeps_port(self) -> bool:
        """Whether the external port is the internal one."""
        return self.local is not None and self.local.port == self.mapped.port


class Reading:
    """Evidence, indexed.

    Args:
        evidence: to be read.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.sockets: dict[int, Socket] = {}
        for socket in evidence.sockets:
            self.sockets.setdefault(socket.number, socket)
        self._transports = {each.name: each.transport for each in evidence.servers}
        self.transactions = sorted(
            (
                each
                for each in evidence.transactions
                if each.sent and each.purpose is not Purpose.MAP_TEST
            ),
            key=lambda each: each.sent[0],
        )
        self._by_socket: dict[int, list[Transaction]] = defaultdict(list)
        self._others: dict[tuple[str, Address], list[Address]] = defaultdict(list)
        for each in self.transactions:
            self._by_socket[each.socket].append(each)
        for each in self.transactions:
            self._note_other(each)

    def _note_other(self, transaction: Transaction) -> None:
        for answer in self.genuine(transaction):
            named = self._others[transaction.server, transaction.target]
            if answer.other is not None and answer.other not in named:
                named.append(answer.other)

    def transport(self, transaction: Transaction) -> Transport:
        """How a transaction went."""
        socket = self.sockets.get(transaction.socket)
        if socket is not None:
            return socket.transport
        return self._transports.get(transaction.server, Transport.UDP)

    def of(self, family: Family, transport: Transport = Transport.UDP) -> list[Transaction]:
        """The transactions of a family and a transport, in the order of their beginnings."""
        return [
            each
            for each in self.transactions
            if each.target.family is family and self.transport(each) is transport
        ]

    def from_socket(self, number: int) -> list[Transaction]:
        """All that was asked from one socket."""
        return self._by_socket[number]

    def local(self, transaction: Transaction) -> Address | None:
        """Our own address, if it is a real one: `0.0.0.0` says nothing."""
        socket = self.sockets.get(transaction.socket)
        host = None if socket is None else parsed(socket.local.host)
        return None if socket is None or host is None or host.is_unspecified else socket.local

    def genuine(self, transaction: Transaction) -> list[Answer]:
        """Answers to a plain request that come from where it went, to the socket that asked."""
        if not is_plain(transaction):
            return []
        return [
            each
            for each in transaction.answers
            if each.source == transaction.target
            and each.socket == transaction.socket
            and each.error is None
        ]

    def sightings(self, transactions: Iterable[Transaction]) -> list[Sighting]:
        """What servers saw, where nothing had been done that changes it."""
        return [
            seen
            for each in transactions
            if each.purpose not in _DISTURBED and (seen := self.sighting(each))
        ]

    def sighting(self, transaction: Transaction) -> Sighting | None:
        """What the server saw by one transaction."""
        local = self.local(transaction)
        for answer in self.genuine(transaction):
            mapped = answer.xor_mapped
            if mapped is None and answer.mapped != local:  # an ALG may have rewritten that one
                mapped = answer.mapped
            if mapped is not None:
                return Sighting(transaction, local, mapped, transaction.sent[0])
        return None

    def seen_again(self, transactions: Iterable[Transaction]) -> list[Sighting]:
        """What a server saw where it had seen the same port before, when it was asked to answer from elsewhere."""
        return [
            Sighting(each, self.local(each), answer.xor_mapped, each.sent[0])
            for each in transactions
            if each.purpose is Purpose.FILTERING_CONTROL and (source := self.expected_source(each))
            for answer in answered_from(each, source)
            if answer.xor_mapped is not None
        ]

    def other(self, transaction: Transaction) -> Address | None:
        """The other address of the server that was asked, as that one has it."""
        named = self._others.get((transaction.server, transaction.target), [])
        return named[0] if len(named) == 1 else None

    def others(self, server: str, target: Address) -> list[Address]:
        """All that a server has ever named as its other address when it was asked there."""
        return self._others.get((server, target), [])

    def expected_source(self, transaction: Transaction) -> Address | None:
        """From where the answer must come (RFC 5780 §6.1), or None where that is not known."""
        if not (transaction.change_ip or transaction.change_port):
            return transaction.target
        other = self.other(transaction)
        if other is None:
            return None
        host = other.host if transaction.change_ip else transaction.target.host
        port = other.port if transaction.change_port else transaction.target.port
        return Address(host, port)

    def contacted(self, transaction: Transaction) -> set[Address]:
        """To where its port had sent before its last transmission."""
        last = transaction.sent[-1]
        return {
            each.target
            for each in self._by_socket[transaction.socket]
            if each is not transaction and each.sent[0] <= last
        } | {transaction.target}

    def contacted_since(self, transaction: Transaction, source: Address) -> float:
        """When its port first sent to an address, or to another port of it; infinity if never.

        What comes from there later has been asked for: that it comes in shows no filter that is open.
        """
        known = {each.host for each in self.contacted(transaction)}
        times = (
            each.sent[0]
            for each in self._by_socket[transaction.socket]
            if each.target == source
            or (each.target.host == source.host and source.host not in known)
        )
        return min(times, default=math.inf)


def _told(answer: Answer) -> tuple[Address | None, Address | None]:
    return answer.xor_mapped, answer.mapped


def is_plain(transaction: Transaction) -> bool:
    """Whether it asks for nothing special."""
    special = transaction.change_ip or transaction.change_port
    return not special and transaction.response_port is None


def answered_from(transaction: Transaction, source: Address) -> Iterator[Answer]:
    """The answers that came from an address to the socket that asked."""
    for each in transaction.answers:
        if each.socket != transaction.socket or each.error is not None:
            continue
        moved = each.origin == source and shows_another_port(transaction, each)
        if each.source == source or moved:
            yield each


def shows_another_port(transaction: Transaction, answer: Answer) -> bool:
    """Whether the NAT may have changed the port from which an answer seems to come.

    One that follows sessions, like Linux, does so where two of its own meet one remote port.
    """
    origin, source = answer.origin, answer.source
    return (
        not is_plain(transaction)
        and origin is not None
        and origin.host == source.host
        and source != transaction.target
    )


def is_address(host: str) -> bool:
    """Whether it is a numeric address."""
    return parsed(host) is not None


@lru_cache(_MANY)
def parsed(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """A numeric address, without its zone; None where it is none. The same few are asked about again and again."""
    try:
        return ipaddress.ip_address(bare(host))
    except ValueError:
        return None


def bare(host: str) -> str:
    """An address without the zone that a link-local one has."""
    return host.split("%", 1)[0]


def plural(count: int, word: str) -> str:
    """`1 test`, `2 tests`."""
    return f"{count} {word}{'s' * (count != 1)}"
