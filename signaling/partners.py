"""Whom a server asks: the backplane about rooms, the gate about who may come in, the desk about queues."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from signaling.backplane import Backplane
from signaling.gate import Admit, Authenticate, Gate, GateReport
from signaling.hub.hub import Hub
from signaling.journal import Noted
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.desk import Desk
from signaling.matchmaking.ledger import dealings
from signaling.matchmaking.ledger.overview import QueueSeen
from signaling.outputs import Close, Deliver, Output
from signaling.reports import Reach, Report

Listening = Callable[[Noted], None]
"""What is told of everything that the core notes."""


class NoDesk:
    """In the place of a desk: there are no queues."""

    @property
    def queues(self) -> tuple[Queue, ...]:
        """None."""
        return ()

    def carry(self, order: dealings.Order) -> list[dealings.Report]:
        """Nothing is asked of it."""
        raise AssertionError(order)

    def listen(self, receive: Callable[[dealings.Report], None]) -> None:
        """Nothing comes later here."""

    async def overview(self) -> list[QueueSeen]:
        """There is nothing to see."""
        return []


@dataclass(frozen=True, slots=True)
class Asked:
    """The three of them."""

    backplane: Backplane
    gate: Gate
    desk: Desk


class Partners:
    """Carries what the hub asks to whom it concerns, and brings back what they say.

    Args:
        carry_out: Does what the hub wants done about what comes later.
        clock: The time that the hub goes by.
        listeners: Are told of what happens.
    """

    def __init__(
        self,
        hub: Hub,
        asked: Asked,
        carry_out: Callable[[list[Output]], None],
        clock: Callable[[], float],
        listeners: Sequence[Listening],
    ) -> None:
        self._hub = hub
        self._asked = asked
        self._carry_out = carry_out
        self._clock = clock
        self._listeners = listeners
        self._faults: dict[str, str] = {}
        asked.backplane.listen(self._hear_backplane)
        asked.gate.listen(self._hear_gate)
        asked.desk.listen(self._hear_desk)

    @property
    def desk(self) -> Desk:
        """What holds the queues."""
        return self._asked.desk

    @property
    def degraded(self) -> str:
        """What cannot be reached, in words; empty where all can."""
        return "; ".join(self._faults.values())

    def is_up(self, name: str) -> bool:
        """Whether the `backplane` or the `desk` can be reached."""
        return name not in self._faults

    def carry(self, output: Output) -> list[Output]:
        """Ask what the hub wants to know; what is said at once comes back as what it wants done then."""
        hub, now = self._hub, self._clock()
        outputs: list[Output] = []
        match output:
            case Noted():
                for listener in self._listeners:
                    listener(output)
            case Authenticate() | Admit():
                for answer in self._asked.gate.carry(output):
                    outputs += hub.receive_gate_report(answer, now)
            case (
                dealings.Enqueue()
                | dealings.Withdraw()
                | dealings.Pause()
                | dealings.MovePlayer()
                | dealings.Reply()
                | dealings.Open()
                | dealings.Quit()
                | dealings.Finish()
            ):
                for said in self._asked.desk.carry(output):
                    outputs += hub.receive_desk_report(said, now)
            case Deliver() | Close():
                raise AssertionError("that is done by the server")
            case order:
                for report in self._asked.backplane.carry(order):
                    outputs += hub.receive_report(report, now)
        return outputs

    def _hear_backplane(self, report: Report) -> None:
        if isinstance(report, Reach):
            self._judge("backplane", "the backplane cannot be reached", is_up=report.up)
        self._carry_out(self._hub.receive_report(report, self._clock()))

    def _hear_gate(self, report: GateReport) -> None:
        self._carry_out(self._hub.receive_gate_report(report, self._clock()))

    def _hear_desk(self, report: dealings.Report) -> None:
        if isinstance(report, dealings.Reachable):
            self._judge("desk", "the queues cannot be reached", is_up=report.up)
        self._carry_out(self._hub.receive_desk_report(report, self._clock()))

    def _judge(self, name: str, fault: str, *, is_up: bool) -> None:
        if is_up:
            self._faults.pop(name, None)
        else:
            self._faults[name] = fault
