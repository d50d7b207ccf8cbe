"""What a hook has answered, kept for a while, so that it is not asked for every request."""

from typing import Literal, NamedTuple, TypeAlias

from relay.counters import Counters, Inquired
from relay.hooklimits import HookLimits
from relay.users import NoUser, User

Certain: TypeAlias = User | Literal[NoUser.UNKNOWN]


class Kept(NamedTuple):
    """An answer, and when it came."""

    answer: Certain
    at: float


class Answers:
    """Answers by user name: users, and names that nobody has, each in a table of bounded size.

    They are apart because anybody can invent names: a flood of those pushes out other names that nobody has,
    and no user. In each table the oldest answer makes room.

    Args:
        limits: how many are kept, and how long.
        counters: where it is counted what made room before its time.
    """

    def __init__(self, limits: HookLimits, counters: Counters) -> None:
        self._limits = limits
        self._counters = counters
        self._users: dict[str, Kept] = {}  # the oldest is first
        self._unknown: dict[str, Kept] = {}

    def __len__(self) -> int:
        return len(self._users) + len(self._unknown)

    def keep(self, username: str, answer: Certain, now: float) -> None:
        """Keep an answer in place of any older one."""
        self._users.pop(username, None)
        self._unknown.pop(username, None)
        table = self._users if isinstance(answer, User) else self._unknown
        table[username] = Kept(answer, now)
        self._forget_old(now)
        if len(table) > self._limits.cached:
            del table[next(iter(table))]
            self._counters.inquiries[Inquired.EVICTED] += 1

    def find(self, username: str, now: float) -> Kept | None:
        """Return the answer about a name, if it is still good."""
        self._forget_old(now)
        return self._users.get(username) or self._unknown.get(username)

    def _forget_old(self, now: float) -> None:
        _forget(self._users, now - self._limits.cache)
        _forget(self._unknown, now - self._limits.cache_unknown)


def _forget(table: dict[str, Kept], until: float) -> None:
    while table:
        name = next(iter(table))
        if table[name].at > until:
            return
        del table[name]
