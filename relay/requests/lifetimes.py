"""How long an allocation lives when its client asks for so long (RFC 8656 §7.2, §8.2)."""

from relay.settings import Limits
from stunwire import Lifetime, Message


def granted_lifetime(message: Message, limits: Limits) -> int:
    """Work out the lifetime to grant; 0 only when a Refresh asks for it.

    RFC 8656 §7.2: the requested lifetime, capped, and never below the default.
    """
    wanted = message.get(Lifetime)
    if wanted is None:
        return limits.default_lifetime
    return max(limits.default_lifetime, min(wanted.seconds, limits.longest_lifetime))
