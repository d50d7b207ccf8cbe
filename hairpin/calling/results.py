"""What came of a call, as data: what is printed at its end, and `--json`."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hairpin import __version__
from hairpin.calling.messages import Counts
from peer import Session
from peer.explanation import Explanation, document
from peer.report import IceReport


@dataclass(slots=True)
class CallResult:
    """A call, from its start to its end: with the first other member, and with all further ones.

    Attributes:
        room: Where.
        session: The session, or `None` when signaling let nobody in.
        name: What the other member is called.
        connected: Whether the channel was ever open.
        reason: Why it ended, in words.
        counts: Messages.
        tracks: Tracks of sound or picture that came.
        report: What ICE did.
        explanation: Why it took its path.
        offset: Seconds from the session's beginning to that of ICE's clock.
        others: What came of the sessions with further members.
        recorded: Files that were written.
        over: Whether the signaling server has put us out for good.
    """

    room: str
    session: Session | None = None
    name: str = ""
    connected: bool = False
    reason: str = ""
    counts: Counts = field(default_factory=Counts)
    tracks: int = 0
    report: IceReport | None = None
    explanation: Explanation | None = None
    offset: float = 0.0
    others: list["CallResult"] = field(default_factory=list)
    recorded: list[Path] = field(default_factory=list)
    over: bool = False

    @property
    def any_connected(self) -> bool:
        """Whether there was ever a connection with anybody."""
        return self.connected or any(other.connected for other in self.others)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.explanation is not None and self.explanation.pairs:
            return self.explanation.summary
        if not self.connected:
            return f"Not connected: {self.reason}."
        assert self.session is not None
        assert self.session.path is not None
        words = self.session.path.kind.words
        return f"{words[0].upper()}{words[1:]}."

    def as_document(self) -> dict[str, Any]:
        """The whole as JSON; the keys stay as they are (docs/peer.md)."""
        return {
            "hairpin": __version__,
            "room": self.room,
            **self._own(),
            "others": [other._own() for other in self.others],  # noqa: SLF001 - of the same class
            "recorded": [str(file) for file in self.recorded],
        }

    def _own(self) -> dict[str, Any]:
        session = self.session
        return {
            "remote": None if session is None else session.remote,
            "connected": self.connected,
            "verdict": self.verdict,
            "reason": self.reason,
            "setup": None if session is None else session.timeline.setup,
            "timeline": {}
            if session is None
            else {step.value: round(at, 6) for step, at in session.timeline.steps},
            "messages": {
                "sent": self.counts.sent,
                "received": self.counts.received,
                "bytes_sent": self.counts.bytes_sent,
                "bytes_received": self.counts.bytes_received,
            },
            "tracks_received": self.tracks,
            "explanation": None if self.explanation is None else document(self.explanation),
        }
