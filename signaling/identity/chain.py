"""Several gates one behind the other: whoever is to come in must pass each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, assert_never

from signaling.codes import ErrorCode
from signaling.gate import (
    ANONYMOUS,
    Admit,
    Admitted,
    Authenticate,
    Authenticated,
    Barred,
    Conditions,
    Gate,
    GateOrder,
    GateReport,
    Identity,
    KeyKeeper,
    Unauthenticated,
)

_Yes: TypeAlias = Authenticated | Admitted
_Name: TypeAlias = tuple[str, str]
_RETRY_AFTER = 1.0


@dataclass(slots=True)
class _Asking:
    """An order on its way through the gates."""

    order: GateOrder
    at: int
    so_far: _Yes


class Chain:
    """Asks each gate in turn; the first that says no has the last word.

    Who a session is, the first gate says that knows; the ICE servers and the bounds of a room, the last
    that says anything; what is told of a member is put together from all.
    """

    def __init__(self, gates: Sequence[Gate]) -> None:
        self._gates = tuple(gates)
        self._asking: dict[_Name, _Asking] = {}
        self._receive: Callable[[GateReport], None] = _nobody_listens
        for number, gate in enumerate(self._gates):
            gate.listen(partial(self._hear, number))

    def carry(self, order: GateOrder) -> list[GateReport]:
        """Ask all gates, or as many as answer at once."""
        if _name(order) in self._asking:
            return [_still_asked(order)]
        return self._go_on(_Asking(order, 0, _blank(order)))

    def listen(self, receive: Callable[[GateReport], None]) -> None:
        """Give answers that come later to `receive`."""
        self._receive = receive

    def _hear(self, number: int, report: GateReport) -> None:
        """Go on with an order that one of the gates has thought about."""
        asking = self._asking.get(_name(report))
        if asking is None or asking.at != number:
            return
        del self._asking[_name(report)]
        for answer in self._take(asking, report) or self._go_on(asking):
            self._receive(answer)

    def _go_on(self, asking: _Asking) -> list[GateReport]:
        while asking.at < len(self._gates):
            reports = self._gates[asking.at].carry(asking.order)
            if not reports:
                self._asking[_name(asking.order)] = asking
                return []
            refused = self._take(asking, reports[0])
            if refused:
                return refused
        return [asking.so_far]

    def _take(self, asking: _Asking, report: GateReport) -> list[GateReport]:
        """Take one gate's answer, and give it back if it is no."""
        match asking.so_far, report:
            case Authenticated() as so_far, Authenticated(identity=identity):
                asking.so_far = replace(so_far, identity=_known(so_far.identity, identity))
            case Admitted() as so_far, Admitted():
                asking.so_far = _both(so_far, report)
            case _:
                assert isinstance(report, Unauthenticated | Barred), report
                return [report]
        asking.at += 1
        return []


def _name(about: GateOrder | GateReport) -> _Name:
    match about:
        case Authenticate() | Authenticated() | Unauthenticated():
            return about.connection, ""
        case Admit() | Admitted() | Barred():
            return about.sid, about.room
        case unreachable:
            assert_never(unreachable)


def _blank(order: GateOrder) -> _Yes:
    if isinstance(order, Authenticate):
        return Authenticated(order.connection, ANONYMOUS)
    return Admitted(order.sid, order.room)


def _known(first: Identity, second: Identity) -> Identity:
    return second if first == ANONYMOUS else first


def _both(first: Admitted, second: Admitted) -> Admitted:
    told = {**(first.meta or {}), **(second.meta or {})}
    return Admitted(
        first.sid,
        first.room,
        first.ice if second.ice is None else second.ice,
        told if first.meta is not None or second.meta is not None else None,
        _conditions(first.conditions, second.conditions),
    )


def _conditions(first: Conditions, second: Conditions) -> Conditions:
    return Conditions(
        first.max if second.max is None else second.max,
        first.topology if second.topology is None else second.topology,
        KeyKeeper.GATE if KeyKeeper.GATE in {first.key, second.key} else KeyKeeper.ROOM,
    )


def _still_asked(order: GateOrder) -> GateReport:
    why = "the last such request is not answered yet"
    if isinstance(order, Authenticate):
        return Unauthenticated(order.connection, ErrorCode.UNAVAILABLE, why, _RETRY_AFTER)
    return Barred(order.sid, order.room, ErrorCode.CONFLICT, why)


def _nobody_listens(report: GateReport) -> None:
    raise AssertionError(report)
