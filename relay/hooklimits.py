"""How long a hook may think, how many requests wait for it meanwhile, and how long its answers are good."""

from dataclasses import dataclass, fields

from relay.errors import SettingsError


@dataclass(frozen=True, slots=True)
class HookLimits:
    """Bounds of asking a hook for users; seconds where it is time.

    Args:
        timeout: a hook that has not answered by then could not say.
        cache: a user it knows is not asked for again.
        cache_unknown: a request that an answer refuses is refused by it: sooner than `cache`, because the user
            may have come, or changed the password, since.
        cached: answers kept, of users and of names that nobody has each.
        parked: requests that wait at once.
        parked_per_source: those of one source address, or one IPv6 /64.

    Raises:
        SettingsError: a value below what can be meant.
    """

    timeout: float = 3.0
    cache: float = 60.0
    cache_unknown: float = 5.0
    cached: int = 10_000
    parked: int = 256
    parked_per_source: int = 8

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in {"cache", "cache_unknown"}:
                if not value >= 0:
                    raise SettingsError(f"expected {one.name} of 0 or more, got {value}")
            elif not value > 0:
                raise SettingsError(f"expected {one.name} of more than 0, got {value}")
