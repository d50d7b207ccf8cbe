"""Whom a NAT lets in: the remotes to which the inside has sent (RFC 4787 §5)."""

from collections.abc import Callable, Iterable
from typing import Final

from nat.choices import Dependence
from nat.packets import Address

Remote = str | Address | None
"""What of a remote matters: its address, its address and port, or nothing."""

FOREVER: Final = float("inf")


def _nothing(_remote: Address) -> Remote:
    return None


def _address(remote: Address) -> Remote:
    return remote[0]


def _whole(remote: Address) -> Remote:
    return remote


KEYS: Final[dict[Dependence, Callable[[Address], Remote]]] = {
    Dependence.ENDPOINT_INDEPENDENT: _nothing,
    Dependence.ADDRESS_DEPENDENT: _address,
    Dependence.ADDRESS_AND_PORT_DEPENDENT: _whole,
}
"""What of a remote a behaviour looks at."""


class Filter:
    """The remotes that are let in.

    Args:
        filtering: what of them counts.
    """

    __slots__ = ("_key", "contacts", "filtering")

    def __init__(self, filtering: Dependence) -> None:
        self.filtering = filtering
        self.contacts: dict[Remote, float] = {}
        self._key = KEYS[filtering]

    def knows(self, remote: Address) -> bool:
        """Tell whether the inside has ever sent there."""
        return self._key(remote) in self.contacts

    def admits(self, remote: Address, now: float) -> bool:
        """Tell whether a packet from there may come in."""
        until = self.contacts.get(self._key(remote))
        return until is not None and until > now

    def note(self, remote: Address, until: float) -> None:
        """The inside sends there: let it in until then."""
        self.contacts[self._key(remote)] = until

    def expire(self, now: float) -> None:
        """Forget those whose time is up."""
        for key in [key for key, until in self.contacts.items() if until <= now]:
            del self.contacts[key]

    def keep(self, remotes: Iterable[Address]) -> None:
        """Forget all but some."""
        kept = {self._key(remote) for remote in remotes}
        for key in [key for key in self.contacts if key not in kept]:
            del self.contacts[key]

    def why_not(self, external: Address, remote: Address, now: float) -> str:
        """One sentence for a packet that is not let in."""
        dependent = self.filtering is Dependence.ADDRESS_AND_PORT_DEPENDENT
        stranger = remote if dependent else remote.host
        until = self.contacts.get(self._key(remote))
        if until is None:
            return f"{self.filtering.value} filtering, {external} has never sent to {stranger}"
        return (
            f"{self.filtering.value} filtering, the filter of {external} for {stranger} had"
            f" expired {now - until:.1f} s before"
        )
