"""A token bucket: so many messages at once, so many per second after that."""

_ENOUGH = 1.0 - 1e-6
"""A whole token but for rounding: who waited exactly as long as told must not be told again."""


class TokenBucket:
    """Full at the start; one token per message.

    Args:
        rate: Tokens per second that flow in.
        burst: Tokens that it holds at most.
        now: The time at which it is full.
    """

    __slots__ = ("_at", "_burst", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def take(self, now: float) -> float:
        """Take a token, or say how many seconds to wait for one; 0.0 means taken."""
        tokens = self._tokens + (now - self._at) * self._rate
        if tokens > self._burst:  # `min` would take longer than all the rest
            tokens = self._burst
        self._at = now
        if tokens >= _ENOUGH:
            self._tokens = tokens - 1.0
            return 0.0
        self._tokens = tokens
        return (1.0 - tokens) / self._rate
