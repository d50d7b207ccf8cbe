"""How many unauthenticated answers one source may draw: token buckets in a table of fixed size."""

from array import array
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address

_HASH_BYTES = 4
_SUBNET_BITS = 64
_ROWS_AT_HAND = 64


class SourceBuckets:
    """Token buckets for source addresses.

    The table never grows, whatever arrives: sources that fall on the same row share a bucket. The row comes
    from a keyed hash, so nobody can choose whose bucket to empty. Ports do not count, and an IPv6 /64 is
    one source, because one sender has all of it.

    Args:
        rate: tokens a second.
        burst: tokens a full bucket holds.
        rows: size of the table.
        key: secret of the hash, at most 64 bytes.
    """

    def __init__(self, *, rate: float, burst: float, key: bytes, rows: int = 8192) -> None:
        self._rate = rate
        self._burst = burst
        self._key = key
        self._tokens = array("d", [burst]) * rows
        self._filled_at = array("d", [0.0]) * rows
        self._row = lru_cache(_ROWS_AT_HAND)(self._find_row)

    def take(self, host: str, now: float) -> bool:
        """Take one token; False when the bucket of `host` is empty."""
        row = self._row(host)
        tokens = self._tokens[row] + (now - self._filled_at[row]) * self._rate
        tokens = min(max(tokens, 0.0), self._burst)
        self._filled_at[row] = now
        if tokens < 1.0:
            self._tokens[row] = tokens
            return False
        self._tokens[row] = tokens - 1.0
        return True

    def _find_row(self, host: str) -> int:
        digest = blake2b(source_of(host), digest_size=_HASH_BYTES, key=self._key).digest()
        return int.from_bytes(digest, "big") % len(self._tokens)


class TokenBucket:
    """One bucket for all.

    Args:
        rate: tokens a second.
        burst: tokens a full bucket holds.
    """

    def __init__(self, *, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = self._tokens = burst
        self._filled_at = 0.0

    def take(self, now: float) -> bool:
        """Take one token; False when the bucket is empty."""
        self._tokens = min(self._tokens + (now - self._filled_at) * self._rate, self._burst)
        self._filled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def source_of(host: str) -> bytes:
    """Name what counts as one source: an IPv4 address, or an IPv6 /64."""
    if ":" not in host:
        return host.encode()
    subnet = int(IPv6Address(host)) >> _SUBNET_BITS
    return subnet.to_bytes(8, "big")
