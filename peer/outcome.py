"""How a call went, for the operator of the signaling server: once when it is connected, once when it is over."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from peer.happenings import End, EndKind
from peer.lifecycle import Lifecycle
from peer.path import Path, PathKind
from peer.report import IceReport
from peer.timeline import Timeline
from signaling import CallState

_LONGEST = 3_600_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is told; times in milliseconds.

    Attributes:
        attempt: The id of the attempt that the two sides' signals bear.
        relayed: Whether data goes through a relay.
        connect_ms: From the start of the set-up to the open channel.
        rtt_ms: The latest round trip on the selected pair.
    """

    state: CallState
    attempt: str | None = None
    relayed: bool = False
    connect_ms: int | None = None
    rtt_ms: int | None = None

    @classmethod
    def of(
        cls,
        attempt: str | None,
        timeline: Timeline,
        path: Path | None,
        report: IceReport | None,
        end: End | None = None,
    ) -> Self:
        """Put together what is known; without an `end` the call has just been connected."""
        return cls(
            state=_state(end),
            attempt=attempt,
            relayed=path is not None and path.kind is PathKind.RELAYED,
            connect_ms=_milliseconds(timeline.setup),
            rtt_ms=_milliseconds(_round_trip(report)),
        )


def tell_outcomes(life: Lifecycle, tell: Callable[[], None]) -> None:
    """Let it be told what becomes of a call, when it is connected and when it ends."""

    def connected(opened: asyncio.Future[Any]) -> None:
        if not opened.cancelled() and opened.exception() is None:
            tell()

    life.opened.add_done_callback(connected)
    life.ended.add_done_callback(lambda _: tell())


def _state(end: End | None) -> CallState:
    if end is None:
        return CallState.CONNECTED
    return CallState.FAILED if end.kind is EndKind.FAILED else CallState.ENDED


def _round_trip(report: IceReport | None) -> float | None:
    if report is None:
        return None
    selected = (generation.selected for generation in reversed(report.generations))
    pair = next((one for one in selected if one is not None), None)
    return None if pair is None else pair.round_trip


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else min(round(seconds * 1000), _LONGEST)
