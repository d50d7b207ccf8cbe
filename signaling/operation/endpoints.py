"""Who is told what happens: the address of a webhook, its secrets, and what it wants to hear."""

from dataclasses import dataclass, field

from signaling.faults import SettingsError
from signaling.journal import Happening
from signaling.patterns import STAR, matches_any
from signaling.signatures import read_webhook_secret
from signaling.webaddress import check_web_address

EVENTS = tuple(one.value for one in Happening if one is not Happening.REFUSED)
"""What is told where nothing else is said: all but refusals, of which a stranger can cause any number."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One webhook that is told what happens.

    Args:
        url: Where it is.
        secrets: Sign each message; the newest first, while one follows another.
        events: Names of events or patterns of these, such as `peer.*`.
        waiting: Messages that wait for it at most; beyond that the oldest is lost, and the next says so.
        deadline: Seconds for one attempt.
        patience: Seconds after which a message is given up.

    Raises:
        SettingsError: A value cannot be meant.
    """

    url: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    events: tuple[str, ...] = EVENTS
    waiting: int = 1000
    deadline: float = 10.0
    patience: float = 3600.0

    def __post_init__(self) -> None:
        check_web_address(self.url)
        for secret in self.secrets:
            read_webhook_secret(secret)
        for event in self.events:
            if STAR not in event and event not in {one.value for one in Happening}:
                known = ", ".join(one.value for one in Happening)
                raise SettingsError(f"events: expected some of {known}, got {event!r}")
        if self.waiting < 1 or self.deadline <= 0.0:
            raise SettingsError("expected waiting of at least 1, and a deadline above 0")

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The secrets as they sign."""
        return tuple(map(read_webhook_secret, self.secrets))

    def wants(self, happening: Happening) -> bool:
        """Say whether it is told of this."""
        return matches_any(self.events, happening.value)
