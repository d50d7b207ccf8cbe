"""What may be given to senders that have proven nothing: so much to one source, and so much to all."""

from relay.counters import DropReason
from relay.ratelimit import SourceBuckets, TokenBucket
from relay.settings import Limits


class Strangers:
    """Counts what strangers draw, in tables of fixed size.

    Args:
        limits: how much they may.
        key: secret of the hash that spreads them over a table, at most 64 bytes.
    """

    def __init__(self, limits: Limits, key: bytes) -> None:
        self._buckets = SourceBuckets(
            rate=limits.unauthenticated_rate, burst=limits.unauthenticated_burst, key=key
        )
        self._bucket_of_all = TokenBucket(
            rate=limits.unauthenticated_total_rate, burst=limits.unauthenticated_total_burst
        )

    def excess(self, host: str, now: float) -> DropReason | None:
        """Say why one more for `host` would be one too many; None counts it."""
        if not self._buckets.take(host, now):
            return DropReason.RATE_LIMITED
        return None if self._bucket_of_all.take(now) else DropReason.ALL_RATE_LIMITED
