"""When each step of a session happened, and the phases between: data, not log lines."""

import enum
from dataclasses import dataclass


class Step(enum.Enum):
    """A step in the life of a session, in the usual order."""

    STARTED = "started"
    JOINED = "joined"
    DESCRIPTION_SENT = "description sent"
    DESCRIPTION_APPLIED = "description applied"
    ICE_STARTED = "ice started"
    ICE_COMPLETED = "ice completed"
    DTLS_CONNECTED = "dtls connected"
    CHANNEL_OPEN = "channel open"
    GATHERING_ENDED = "gathering ended"


#: The set-up, cut into phases: each begins where the one before it ends.
_PHASES = (
    ("signaling", Step.STARTED, Step.ICE_STARTED),
    ("ICE", Step.ICE_STARTED, Step.ICE_COMPLETED),
    ("DTLS", Step.ICE_COMPLETED, Step.DTLS_CONNECTED),
    ("channel open", Step.DTLS_CONNECTED, Step.CHANNEL_OPEN),
)


#: What happens again and again in a long session is kept up to here, the first ones.
MAX_HAPPENINGS = 1000


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that may happen more than once: a change of state, a restart, a member who leaves.

    Attributes:
        at: Seconds since the session began.
        text: In words.
    """

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of the set-up.

    Attributes:
        name: signaling, ICE, DTLS or channel open.
        start: Seconds since the session began.
        duration: Seconds.
    """

    name: str
    start: float
    duration: float


class Timeline:
    """The steps that a session has taken, each with its time.

    Args:
        origin: The clock's reading when the session began.
    """

    def __init__(self, origin: float) -> None:
        self.origin = origin
        self._steps: dict[Step, float] = {}
        self._happenings: list[Happening] = []

    def mark(self, step: Step, now: float) -> None:
        """Note that a step was taken; only its first time counts."""
        self._steps.setdefault(step, now - self.origin)

    def note(self, text: str, now: float) -> None:
        """Note that something happened; a step has `mark`."""
        if len(self._happenings) < MAX_HAPPENINGS:
            self._happenings.append(Happening(now - self.origin, text))

    def at(self, step: Step) -> float | None:
        """Seconds since the session began, or `None` when the step was not taken."""
        return self._steps.get(step)

    @property
    def steps(self) -> tuple[tuple[Step, float], ...]:
        """All steps taken, by time."""
        return tuple(sorted(self._steps.items(), key=lambda item: item[1]))

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """What was noted, in order."""
        return tuple(self._happenings)

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that are complete. They lie end to end and never overlap."""
        found = []
        for name, first, last in _PHASES:
            start, end = self._steps.get(first), self._steps.get(last)
            if start is None or end is None:
                break
            found.append(Phase(name, start, end - start))
        return tuple(found)

    @property
    def setup_end(self) -> float | None:
        """Seconds from the session's beginning to the open channel, or `None` before that."""
        return self._steps.get(Step.CHANNEL_OPEN)

    @property
    def setup(self) -> float | None:
        """Seconds from the start of the set-up to the open channel.

        For the newcomer it starts when it asks to join, for the one who waits when it hears of
        the newcomer.
        """
        start, end = self._steps.get(Step.STARTED), self._steps.get(Step.CHANNEL_OPEN)
        return None if start is None or end is None else end - start
