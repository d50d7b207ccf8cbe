"""Who a request is from, once that is proven."""

from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from stunwire import IntegrityKey


class Scheme(Enum):
    """How the relay knows a user."""

    STATIC = "static"
    REST = "rest"
    HOOK = "hook"

    __hash__ = object.__hash__  # as `Transport`: owners are keys that each request looks up


class Owner(NamedTuple):
    """Whose allocations count together: the user behind a user name.

    Time-limited user names differ from one credential to the next ("expiry:user"); the user in them is the
    owner. The scheme keeps a user of one from being taken for a user of the other.
    """

    scheme: Scheme
    name: str


@dataclass(frozen=True, slots=True)
class Credential:
    """A proven credential, and the key that responses are protected with.

    Args:
        owner: whose it is.
        username: the name in it.
        key: the key.
        allocations: how many the owner may have; None for `Limits.allocations_per_user`.
    """

    owner: Owner
    username: str
    key: IntegrityKey = field(repr=False)
    allocations: int | None = None
