"""aiortc's transceiver, whose wishes are heard: a change of direction asks for negotiation."""

from collections.abc import Callable
from typing import Any

import aiortc
from aiortc.sdp import DIRECTIONS


class Transceiver(aiortc.RTCRtpTransceiver):
    """A transceiver that tells when another direction is wanted, or when it is stopped."""

    _when_changed: Callable[[], None]
    #: Attributes that keep their values, whatever aiortc sets them to.
    fixed: frozenset[str] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.fixed:
            super().__setattr__(name, value)

    @classmethod
    def adopt(cls, plain: aiortc.RTCRtpTransceiver, when_changed: Callable[[], None]) -> None:
        """Make one of a transceiver that aiortc has just made."""
        plain.__class__ = cls
        assert isinstance(plain, cls)
        plain._when_changed = when_changed  # noqa: SLF001 - it is one of ours now

    @property
    def direction(self) -> str:
        """What is wanted: sendrecv, sendonly, recvonly or inactive."""
        return super().direction

    @direction.setter
    def direction(self, direction: str) -> None:
        if direction not in DIRECTIONS:
            raise ValueError(
                f"a direction is one of {', '.join(DIRECTIONS)}, not {direction!r:.40}"
            )
        changed = direction != super().direction
        # super() has no way to a property's setter.
        aiortc.RTCRtpTransceiver.direction.fset(self, direction)  # type: ignore[attr-defined]
        if changed:
            self._when_changed()

    async def stop(self) -> None:
        """Stop for good: the section is rejected from the next negotiation on."""
        await super().stop()
        self.direction = "inactive"
        self._when_changed()
