"""What is known of a session's connection, while it lives and when it is closed."""

import asyncio
import dataclasses

from peer.candidates import GatheredCandidate, ServerFailure
from peer.engine import RTCPeerConnection
from peer.path import Path, no_path
from peer.report import IceReport
from peer.timeline import Step, Timeline


class Record:
    """The steps, candidates and path of one session."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._steps = Timeline(self._loop.time())
        self._pc: RTCPeerConnection | None = None
        self._path: Path | None = None
        self._report: IceReport | None = None
        self._failures: list[ServerFailure] = []
        #: Candidates received from the other side.
        self.remote_candidates: list[str] = []

    def follow(self, pc: RTCPeerConnection | None) -> None:
        """This is the peer connection from now on."""
        self._pc = pc
        self._report = self._path = None
        self._failures.clear()
        if pc is not None:
            pc.on("icecandidateerror", self._failed)

    def keep(self) -> None:
        """Keep what the peer connection forgets when it is closed."""
        self.report()
        self._path = self.path

    def mark(self, step: Step) -> None:
        """A step is taken now."""
        self._steps.mark(step, self._loop.time())

    def note(self, text: str) -> None:
        """Something happened that may happen again."""
        self._steps.note(text, self._loop.time())

    def mark_start(self) -> None:
        """The set-up began with the session."""
        self._steps.mark(Step.STARTED, self._steps.origin)

    @property
    def timeline(self) -> Timeline:
        """When each step was taken: those of signaling, and those of the peer connection."""
        merged = Timeline(self._steps.origin)
        for source in [self._steps, *([] if self._pc is None else [self._pc.timeline])]:
            for step, at in source.steps:
                merged.mark(step, source.origin + at)
            for happening in source.happenings:
                merged.note(happening.text, source.origin + happening.at)
        return merged

    @property
    def path(self) -> Path | None:
        """The selected pair, or `None` before one is selected."""
        now = None if self._pc is None else self._pc.path
        return now or self._path

    @property
    def candidates(self) -> tuple[GatheredCandidate, ...]:
        """The local candidates of all generations, in the order in which they were gathered."""
        report = self.report()
        if report is None or self._pc is None:
            return ()
        later = self._pc.timeline.origin - self._steps.origin
        return tuple(
            dataclasses.replace(candidate, at=candidate.at + later)
            for generation in report.generations
            for candidate in generation.candidates
        )

    @property
    def failures(self) -> tuple[ServerFailure, ...]:
        """The servers that gave no candidate, and why."""
        return tuple(self._failures)

    def report(self) -> IceReport | None:
        """What ICE did, or `None` before it has begun."""
        over = self._pc is None or self._pc.signalingState == "closed"
        if self._pc is not None and not (over and self._report is not None):
            self._report = self._pc.report()
        return self._report

    def no_path(self) -> str:
        """Why there is no path, as far as this side can see."""
        return no_path(self.candidates, self.failures, len(self.remote_candidates))

    def _failed(self, failure: ServerFailure) -> None:
        at = self._loop.time() - self._steps.origin
        self._failures.append(dataclasses.replace(failure, at=at))
