"""What is known of a connection, before, during and after its life."""

from typing import Any

from pyee.asyncio import AsyncIOEventEmitter

from nat.simulator import Simulation
from peer.candidates import CandidateType, ServerFailure
from peer.path import Path
from peer.record import Record
from peer.report import IceReport
from peer.timeline import Step, Timeline

PATH = Path(CandidateType.HOST, ("192.0.2.1", 1), CandidateType.HOST, ("192.0.2.2", 2))


class Pc(AsyncIOEventEmitter):
    def __init__(self, origin: float) -> None:
        super().__init__()
        self.timeline = Timeline(origin)
        self.signalingState = "stable"
        self.path: Path | None = None

    def report(self) -> IceReport:
        return IceReport(1.0, (), ())


def play(main: Any) -> None:
    async def whole() -> None:
        main(Record())

    Simulation(1).run(whole())


def test_steps_of_signaling_and_of_the_connection_are_one_timeline() -> None:
    def main(record: Record) -> None:
        record.mark_start()
        origin = record.timeline.origin
        pc = Pc(origin + 2.0)
        record.follow(pc)  # type: ignore[arg-type]
        pc.timeline.mark(Step.ICE_STARTED, origin + 5.0)
        assert record.timeline.steps == ((Step.STARTED, 0.0), (Step.ICE_STARTED, 5.0))

    play(main)


def test_what_a_closed_connection_forgets_is_kept() -> None:
    def main(record: Record) -> None:
        pc = Pc(0.0)
        record.follow(pc)  # type: ignore[arg-type]
        assert record.path is None
        pc.path = PATH
        record.keep()
        pc.path, pc.signalingState = None, "closed"
        assert record.path == PATH
        assert record.report() == IceReport(1.0, (), ())

    play(main)


def test_a_connection_that_was_prepared_for_nobody_is_forgotten() -> None:
    def main(record: Record) -> None:
        pc = Pc(0.0)
        record.follow(pc)  # type: ignore[arg-type]
        pc.emit("icecandidateerror", ServerFailure("stun:x", None, "silent"))
        assert [failure.reason for failure in record.failures] == ["silent"]
        record.follow(None)
        assert record.failures == record.candidates == ()
        assert record.report() is None
        assert "no path" in record.no_path()

    play(main)
