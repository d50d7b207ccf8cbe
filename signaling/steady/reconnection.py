"""When a lost connection is tried again, and where: back-off with full jitter, the server's advice, several addresses."""

from collections.abc import Callable, Sequence

from signaling.codes import CloseCode, Verdict, verdict
from signaling.messages import GoAway

PAUSES = (0.0, 0.3, 1.0, 2.0, 4.0, 7.0)
"""Seconds before each try, at most; the last is repeated."""
STEADY_AFTER = 10.0
"""Seconds after which a connection counts as one that had come to stay."""
_LONGEST_ADVICE = 300.0
_HELLO_UNDER_WAY = 60.0


class Reconnection:
    """The tries to get a connection.

    The address that worked last is tried first, and the others after it, in turn.

    Args:
        urls: The server's addresses, at least one.
        patience: Seconds without a connection after which it is given up; None for never.
        chance: Draws a number from 0 to 1, so that not everybody comes back at once.
    """

    def __init__(
        self, urls: Sequence[str], patience: float | None, chance: Callable[[], float]
    ) -> None:
        assert urls
        self._urls = tuple(urls)
        self._patience = patience
        self._chance = chance
        self._turn = 0
        self._fruitless = 0
        self._tries = 0
        self._detour: str | None = None
        self._least = 0.0
        self._up_since: float | None = None
        self._down_since: float | None = None
        self._hello_until: float | None = None

    @property
    def url(self) -> str:
        """The address to try next."""
        return self._detour or self._urls[self._turn]

    @property
    def has_tried_all(self) -> bool:
        """Say whether every address has failed since one worked."""
        return self._fruitless >= len(self._urls)

    @property
    def gives_up_at(self) -> float | None:
        """When nothing more is tried, unless a connection is had before."""
        if self._patience is None or self._down_since is None:
            return None
        return self._down_since + self._patience

    def advise(self, pause: float, url: str | None = None) -> None:
        """The server says when to come back at the earliest, and perhaps where."""
        self._least = min(max(pause, 0.0), _LONGEST_ADVICE)
        self._detour = url

    def leave_a_hello(self, now: float) -> None:
        """A connection is left on which hello was said: the server may hear that hello yet."""
        self._hello_until = now + _HELLO_UNDER_WAY

    def advice(self, close_code: int, now: float) -> Verdict:
        """Say whether to come back, where the server cannot know that it was our own doing.

        A hello that came too late was said in time, on a way that was slow. And one that we left behind
        can take the place of the connection that we made after it.
        """
        late = close_code == CloseCode.HELLO_TIMEOUT
        replaced = close_code == CloseCode.REPLACED
        by_us = replaced and self._hello_until is not None and now < self._hello_until
        return Verdict.COME_BACK if late or by_us else verdict(close_code)

    def go_away(self, message: GoAway, now: float) -> float | None:
        """The server is about to close; when to leave it, or `None` to wait for its close.

        Whoever has somewhere else to go leaves before: the server can hand the session over then.
        """
        pause = message.after_ms / 1000
        url = message.url if self._may_go_to(message.url) else None
        if url is None and len(self._urls) == 1 and not message.move:
            self.advise(pause)
            return None
        self.advise(0.0, url)
        if url is None:
            self._go_on()  # of one address the same again: another node may be behind it
        return now + min(pause, message.deadline_ms / 1000)

    def hurry(self) -> None:
        """The next try is worth making at once."""
        self._tries = 0
        self._least = 0.0

    def succeed(self, now: float) -> None:
        """A connection is welcomed."""
        self._up_since = now
        self._down_since = None
        self._fruitless = 0
        self._detour = None
        self._least = 0.0

    def lose(self, now: float) -> float:
        """A connection that was welcomed is gone; when to try again."""
        if self._up_since is not None and now - self._up_since >= STEADY_AFTER:
            self._tries = 0
        self._down_since = now
        return now + self._pause()

    def fail(self, now: float) -> float:
        """A try came to nothing; when to make the next one."""
        if self._down_since is None:
            self._down_since = now
        self._fruitless += 1
        if self._detour is not None:
            self._detour = None
        else:
            self._go_on()
        if self._fruitless % len(self._urls):
            return now + self._advised()  # another address may do at once
        return now + self._pause()

    def _go_on(self) -> None:
        self._turn = (self._turn + 1) % len(self._urls)

    def _may_go_to(self, url: str | None) -> bool:
        """Say whether an address that the server names is as safe as those we were given."""
        secure = all(own.startswith("wss:") for own in self._urls)
        return url is not None and url.startswith("wss:" if secure else ("wss:", "ws:"))

    def _pause(self) -> float:
        pause = PAUSES[min(self._tries, len(PAUSES) - 1)] * self._chance()
        self._tries += 1
        return max(pause, self._advised())

    def _advised(self) -> float:
        least, self._least = self._least, 0.0
        return least
