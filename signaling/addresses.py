"""Who connects from where, how often and how many at once; and whose word about that counts.

An IPv6 address stands for its /64, which one customer has to himself. A full table
forgets those who have no connection, whoever has not been heard of for the longest time first.
"""

import ipaddress
import itertools
from collections.abc import Iterable
from typing import Final, TypeAlias

from signaling.settings import Limits

IPAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

_MOST_FORGOTTEN_AT_ONCE: Final = 8


class _Address:
    """One row: connections at once, and the tokens left for new ones."""

    __slots__ = ("at", "held", "tokens")

    def __init__(self, tokens: float, now: float) -> None:
        self.held = 0
        self.tokens = tokens
        self.at = now


class Addresses:
    """Counts connections by address.

    Args:
        limits: `connections` a second after a burst of `connections_burst`, `connections_held` at once.
        most: How many addresses without a connection are remembered.
    """

    def __init__(self, limits: Limits, most: int = 65_536) -> None:
        self._rate = limits.connections
        self._burst = float(limits.connections_burst)
        self._held = limits.connections_held
        self._most = most
        self._rows: dict[str, _Address] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def connect(self, address: str, now: float) -> float:
        """Count a connection and return 0.0, or say how many seconds to wait before the next attempt.

        An address that is empty, as on a Unix socket, is not limited.
        """
        key = group(address)
        if not key:
            return 0.0
        row = self._rows.pop(key, None) or _Address(self._burst, now)
        if len(self._rows) >= self._most:
            self._forget()
        self._rows[key] = (
            row  # at the end: the first ones are those not heard of for the longest time
        )
        row.tokens = min(self._burst, row.tokens + (now - row.at) * self._rate)
        row.at = now
        if row.held >= self._held:
            return 1.0
        if row.tokens < 1.0:
            return (1.0 - row.tokens) / self._rate
        row.tokens -= 1.0
        row.held += 1
        return 0.0

    def disconnect(self, address: str) -> None:
        """Hear that a connection, which was counted, has ended."""
        row = self._rows.get(group(address))
        if row is not None and row.held > 0:
            row.held -= 1

    def _forget(self) -> None:
        """Look at the oldest rows: one with connections goes to the end, the others go."""
        for key in list(itertools.islice(self._rows, _MOST_FORGOTTEN_AT_ONCE)):
            row = self._rows.pop(key)
            if row.held:
                self._rows[key] = row


class Networks:
    """Networks whose hosts are believed when they say for whom they connect.

    Args:
        networks: `10.0.0.0/8`, `::1`, or `unix` for whoever connects over a Unix socket.

    Raises:
        ValueError: One of them is no network.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        listed = tuple(networks)
        self._unix = "unix" in listed
        self._networks = tuple(_network(each) for each in listed if each != "unix")

    def __contains__(self, address: str) -> bool:
        if not address:
            return self._unix
        parsed = parse(address)
        return parsed is not None and any(
            parsed.version == each.version and parsed in each for each in self._networks
        )

    def client(self, address: str, forwarded_for: str | None) -> str:
        """Say who the client is: the last in `X-Forwarded-For` that is no proxy of ours.

        What stands before that was written by the client or by strangers, and may be made up.
        """
        if forwarded_for is None or address not in self:
            return address
        for hop in reversed(forwarded_for.split(",")):
            parsed = parse(_without_port(hop.strip()))
            if parsed is None:
                return address
            address = str(parsed)
            if address not in self:
                return address
        return address


def parse(address: str) -> IPAddress | None:
    """Read an address; one of IPv4 in IPv6's clothes (`::ffff:…`) is one of IPv4."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped
    return parsed


def group(address: str) -> str:
    """Name what is counted as one: an IPv4 address, or the /64 of an IPv6 address."""
    if ":" not in address:
        return address
    parsed = parse(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Address(int(parsed) >> 64 << 64))
    return address if parsed is None else str(parsed)


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine's own, which a Unix socket is as well."""
    parsed = parse(address)
    return not address or (parsed is not None and parsed.is_loopback)


def _network(text: str) -> IPNetwork:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(
            f"{text!r} is no network: expected one like 10.0.0.0/8, an address, or unix"
        ) from None


def _without_port(hop: str) -> str:
    """Take the port off: some proxies write `192.0.2.1:4711` or `[2001:db8::1]:4711`."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
