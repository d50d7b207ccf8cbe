"""What came of a call, as data: what is printed at its end, and `--json`."""

from dataclasses import dataclass, field
from typing import Any

from hairpin import __version__
from hairpin.calling.messages import Counts
from peer import Session
from peer.explanation import Explanation, document
from peer.report import IceReport


@dataclass(slots=True)
class CallResult:
    """A call, from its start to its end.

    Attributes:
        room: Where.
        session: The session, or `None` when signaling let nobody in.
        connected: Whether the channel was ever open.
        reason: Why it ended, in words.
        counts: Messages.
        tracks: Tracks of sound or picture that came.
        report: What ICE did.
        explanation: Why it took its path.
        offset: Seconds from the session's beginning to that of ICE's clock.
    """

    room: str
    session: Session | None = None
    connected: bool = False
    reason: str = ""
    counts: Counts = field(default_factory=Counts)
    tracks: int = 0
    report: IceReport | None = None
    explanation: Explanation | None = None
    offset: float = 0.0

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
        session = self.session
        return {
            "hairpin": __version__,
            "room": self.room,
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
