"""How many bytes a second may be relayed, for one user and for all together.

Payload counts, in both directions together: each byte that is relayed comes in once and goes out once,
whichever way it takes. A packet passes while anything is left, and what it takes beyond that is a debt: so
the largest packet passes under the smallest limit, and over time the limit is kept to the byte.
"""

from relay.credentials import Owner

_LARGEST_DEBT = 65536
_WORTH_WAITING_FOR = 0.05
"""Who waits for bandwidth gets what comes in so many seconds: a stream in crumbs costs more than it carries."""


class ByteBucket:
    """A token bucket that holds what may pass in one second.

    Args:
        rate: bytes a second.
    """

    __slots__ = ("_filled_at", "_left", "_rate")

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._left = float(rate)
        self._filled_at = 0.0

    def is_empty(self, now: float) -> bool:
        """Say whether nothing may pass just now."""
        return self.room(now) <= 0.0

    def room(self, now: float) -> float:
        """Say how many bytes may pass just now; what is below 0 is a debt."""
        if now > self._filled_at:  # packets of one wake-up have the same time
            self._left = min(self._left + (now - self._filled_at) * self._rate, self._rate)
            self._filled_at = now
        return self._left

    def wait(self, now: float) -> float:
        """Say for how many seconds to wait before a bit more than nothing may pass."""
        return (max(self._rate * _WORTH_WAITING_FOR, 1.0) - self.room(now)) / self._rate

    def take(self, size: int) -> None:
        """Count what passes."""
        self._left -= size


class Allowance:
    """What one user may relay: every bucket has a say, and none loses what another refuses."""

    __slots__ = ("_buckets",)

    def __init__(self, *buckets: ByteBucket) -> None:
        self._buckets = buckets

    def take(self, size: int, now: float) -> bool:
        """Let `size` bytes pass and count them; False when they may not."""
        for bucket in self._buckets:
            if bucket.is_empty(now):
                return False
        self.charge(size)
        return True

    def charge(self, size: int) -> None:
        """Count what has passed, whether or not it may."""
        for bucket in self._buckets:
            bucket.take(size)

    def room(self, now: float) -> int:
        """Say how many bytes may pass just now."""
        return max(int(min(bucket.room(now) for bucket in self._buckets)), 0)

    def wait(self, now: float) -> float:
        """Say for how many seconds to wait before something may pass."""
        return max(bucket.wait(now) for bucket in self._buckets)


class Bandwidth:
    """The allowances of all users that hold allocations, and for a while of those that held some.

    A bucket outlives its user's last allocation until it would be full, so that nobody gets a full one by
    allocating anew.

    Args:
        total: bytes a second for all together; 0 for no limit.
        per_user: bytes a second for each user; 0 for no limit.
    """

    def __init__(self, *, total: int, per_user: int) -> None:
        self._per_user = per_user
        self._shared = (ByteBucket(total),) if total else ()
        self._of_all = Allowance(*self._shared) if total else None
        self._of_user: dict[Owner, Allowance] = {}
        self._rests_until: dict[Owner, float] = {}  # the first to end is first
        self._rest = 1.0 + _LARGEST_DEBT / per_user if per_user else 0.0

    def __len__(self) -> int:
        """How many users' allowances are kept."""
        return len(self._of_user)

    def allowance_of(self, owner: Owner, now: float) -> Allowance | None:
        """Give the allowance that all allocations of a user share; None when there is no limit."""
        if not self._per_user:
            return self._of_all
        self._forget_rested(now)
        self._rests_until.pop(owner, None)
        allowance = self._of_user.get(owner)
        if allowance is None:
            allowance = Allowance(ByteBucket(self._per_user), *self._shared)
            self._of_user[owner] = allowance
        return allowance

    def release(self, owner: Owner, now: float) -> None:
        """Hear that a user holds no allocation any more."""
        self._forget_rested(now)
        if owner in self._of_user:
            self._rests_until[owner] = now + self._rest

    def _forget_rested(self, now: float) -> None:
        while self._rests_until:
            owner = next(iter(self._rests_until))
            if self._rests_until[owner] > now:
                return
            del self._rests_until[owner], self._of_user[owner]
