"""What a node knows of its own players in a queue: the source of truth when the server loses what it had.

A core without I/O: orders and reports come in; reports for the hub, and calls for the server (`take`), come out.
Here is the second fence, too: a player that is in one match is in no other, whatever the server says.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from signaling.codes import ErrorCode
from signaling.faults import DecodeError
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    Found,
    MovedAway,
    MovePlayer,
    Order,
    Outcome,
    Over,
    Pause,
    Queued,
    Quit,
    Refused,
    Reply,
    Report,
    Requeued,
    Started,
    Withdraw,
)
from signaling.matchmaking.matches import Match, Seat
from signaling.matchmaking.redis import calls, codec
from signaling.matchmaking.redis.calls import Call
from signaling.matchmaking.tickets import Ticket

RETRY_AFTER: Final = 1.0
UNANSWERED: Final = 20_000
"""Orders that are kept for a server that is away, at most."""


@dataclass(slots=True)
class Own:
    """A player of this node.

    Attributes:
        order: By which it came, with its times.
        ticket: Its name: of a party's players, all wait under one.
        match: The match that it is asked for, or is in.
    """

    order: Enqueue
    ticket: str
    generation: int = 1
    match: Match | None = None
    plays: bool = False
    paused: bool = False
    leaving: Withdraw | None = None


class Gateway:
    """The players of one node in one queue."""

    def __init__(self, queue: str, node: str) -> None:
        self._queue = queue
        self._node = node
        self._own: dict[str, Own] = {}
        self._calls: deque[Call] = deque()
        self.is_up = False

    @property
    def players(self) -> int:
        """How many players of this node wait or play."""
        return len(self._own)

    def take(self) -> list[Call]:
        """What the server is to do; what it did not answer is given back (`receive_unanswered`)."""
        out, self._calls = list(self._calls), deque()
        return out

    def receive_unanswered(self, unanswered: Sequence[Call]) -> None:
        """Keep what may not have been done, to ask for it again: what is done twice counts once."""
        self._calls.extendleft(reversed(unanswered))

    # --- orders ---------------------------------------------------------------------------------

    def receive_order(self, order: Order, now: float) -> list[Report]:
        """Take an order of the hub."""
        is_full = len(self._calls) >= UNANSWERED
        if is_full or not (self.is_up or _can_wait(order)):
            return [_unreachable(order)]
        if isinstance(order, Enqueue):
            order = self._receive_enqueue(order, now)
        elif (own := self._own.get(order.sid)) is not None:
            self._note(own, order)
        self._calls.append(calls.carry(order))
        return []

    def _note(self, own: Own, order: Order) -> None:
        """Know what a player wants by now, in case that it must be told again."""
        match order:
            case Withdraw() if not own.plays:
                own.leaving = order
            case Pause():
                own.paused = order.paused
            case Quit() if own.match is not None and own.match.id == order.match:
                del self._own[order.sid]
            case _:
                pass

    def _receive_enqueue(self, order: Enqueue, now: float) -> Enqueue:
        ticket = order.ticket
        if ticket.enqueued == 0.0:
            ticket = replace(ticket, enqueued=now, expires=now + order.expires_in)
        order = replace(order, ticket=ticket)
        for player in ticket.players:
            if player.node == self._node:
                self._own.setdefault(player.sid, Own(order, ticket.id))
        return order

    # --- reports --------------------------------------------------------------------------------

    def receive_reports(self, reports: Iterable[Report | MovedAway]) -> list[Report]:
        """Hear what the server tells this node, and say what of it is for the hub."""
        return [told for report in reports for told in self._receive_report(report)]

    def _receive_report(self, report: Report | MovedAway) -> list[Report]:
        match report:
            case Queued():
                return self._receive_queued(report)
            case Found():
                return self._receive_found(report)
            case Started():
                self._receive_started(report)
            case Requeued():
                self._wait_again(report.sid, report.ticket, report.generation)
            case MovedAway():
                self._own.pop(report.sid, None)
                return []
            case Over():
                own = self._own.get(report.sid)
                if own is not None and report.ticket in (own.ticket, own.order.ticket.id):
                    del self._own[report.sid]
            case _:
                pass
        return [report]

    def _receive_queued(self, report: Queued) -> list[Report]:
        own = self._own.get(report.sid)
        if own is None:
            return [report]
        if own.match is not None and own.generation >= report.generation:
            return self._lose_claim(report.sid, own)
        own.ticket, own.generation = report.ticket, report.generation
        return [report]

    def _lose_claim(self, sid: str, own: Own) -> list[Report]:
        """The server has lost the claim for a match: what comes of it later counts no more."""
        assert own.match is not None, "it was asked for a match"
        match, own.match, own.plays = own.match, None, False
        own.generation += 1
        self._calls.append(calls.carry(self._again(own, own.ticket)))
        why = Outcome.CLOSED
        return [Requeued(sid, self._queue, match.id, own.ticket, own.generation, why)]

    def _receive_found(self, report: Found) -> list[Report]:
        seat = _seat(report.match, report.sid)
        if seat is None:
            return [report]
        own = self._own.get(report.sid) or self._adopt(report.match, seat)
        is_other = own.match is not None and own.match.id != report.match.id
        if is_other or seat.ticket != own.ticket or seat.generation < own.generation:
            no = Reply(
                *(self._queue, report.match.id, seat.ticket, seat.generation, report.sid),
                accepted=False,
                absent=True,
            )
            self._calls.append(calls.carry(no))
            return []
        own.match, own.generation = report.match, seat.generation
        return [report]

    def _receive_started(self, report: Started) -> None:
        seat = _seat(report.match, report.sid)
        if seat is not None:
            own = self._own.get(report.sid) or self._adopt(report.match, seat)
            if seat.ticket == own.ticket:
                own.match, own.plays, own.leaving = report.match, True, None

    def _wait_again(self, sid: str, ticket: str, generation: int) -> None:
        own = self._own.get(sid)
        if own is not None and own.ticket == ticket:
            own.match, own.plays, own.generation = None, False, generation

    # --- players that come from other nodes -----------------------------------------------------

    def receive_moved(self, sid: str, result: bytes) -> None:
        """Know the ticket of a player that is here now."""
        try:
            ticket = codec.read_moved_ticket(result, self._queue)
        except DecodeError:
            return
        self._own[sid] = _own(ticket, sid)

    def _adopt(self, match: Match, seat: Seat) -> Own:
        ticket = next(each for each in match.tickets if each.id == seat.ticket)
        own = self._own[seat.player.sid] = _own(ticket, seat.player.sid)
        return own

    # --- a server that has lost everything, or of which something was missed --------------------

    def restore(self) -> list[Report]:
        """Tell the server, which has lost everything, what this node has."""
        reports: list[Report] = []
        kept = self.take()
        self._recall()
        for sid, own in list(self._own.items()):
            if own.leaving is not None:
                del self._own[sid]
                reports.append(Over(sid, self._queue, own.ticket, own.leaving.outcome))
            elif not own.plays:
                reports += self._wait_anew(sid, own)
        self._calls += kept
        return reports

    def _recall(self) -> None:
        """Tell of the matches that run, each once."""
        running = {own.match.id: own.match for own in self._own.values() if own.match and own.plays}
        self._calls += [calls.recall(match, {}) for match in running.values()]

    def _wait_anew(self, sid: str, own: Own) -> list[Report]:
        match, own.match = own.match, None
        own.generation += match is not None
        self._calls.append(calls.carry(self._again(own, own.order.ticket.id)))
        if own.paused:
            self._calls.append(calls.carry(Pause(self._queue, own.ticket, sid, paused=True)))
        if match is None:
            return []
        again = (own.ticket, own.generation, Outcome.CLOSED)
        return [Requeued(sid, self._queue, match.id, *again)]

    def ask_again(self) -> None:
        """Ask how each player stands: something that the server told was missed, or it has lost the last it did."""
        kept = self.take()
        self._recall()
        for sid, own in self._own.items():
            if own.order.party is None and not own.plays and own.leaving is None:
                self._calls.append(calls.carry(self._again(own, own.ticket)))
            move = MovePlayer(self._queue, own.ticket, sid, self._node)
            self._calls.append(calls.carry(move))
        self._calls += kept

    def _again(self, own: Own, name: str) -> Enqueue:
        ticket = replace(own.order.ticket, id=name, generation=own.generation)
        return replace(own.order, ticket=ticket, request=None)


def _own(ticket: Ticket, sid: str) -> Own:
    """What a player alone brings to a ticket."""
    own = tuple(each for each in ticket.players if each.sid == sid)
    if len(ticket.players) == len(own):
        return Own(Enqueue(ticket, 0.0), ticket.id, ticket.generation)
    part = Enqueue(replace(ticket, players=own), 0.0, None, ticket.id, len(ticket.players))
    return Own(part, ticket.id, ticket.generation)


def _seat(match: Match, sid: str) -> Seat | None:
    return next((seat for seat in match.seats if seat.player.sid == sid), None)


def _sid(order: Order) -> str:
    return order.ticket.players[0].sid if isinstance(order, Enqueue) else order.sid


def _can_wait(order: Order) -> bool:
    """Whether nobody waits for its answer."""
    return not isinstance(order, Enqueue) and getattr(order, "request", None) is None


def _unreachable(order: Order) -> Refused:
    why = "the queues cannot be reached at the moment"
    request: int | None = getattr(order, "request", None)
    return Refused(_sid(order), ErrorCode.UNAVAILABLE, why, request, RETRY_AFTER)
