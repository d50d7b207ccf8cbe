"""What sessions ask of queues and matches, and how the desk's answers come back to them."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from signaling.codes import ErrorCode
from signaling.deskrequests import Asked, Asking
from signaling.hub.state import HubState
from signaling.journal import Happening
from signaling.matchmaking.configuration.queues import Queue
from signaling.matchmaking.ledger.dealings import (
    Done,
    Enqueue,
    Finish,
    Open,
    Order,
    Outcome,
    Queued,
    Quit,
    Reachable,
    Refused,
    Reply,
    Withdraw,
)
from signaling.matchmaking.matches import Match
from signaling.matchmaking.tickets import Opening, Player
from signaling.messages import (
    AcceptMatch,
    CancelTicket,
    DeclineMatch,
    EnterQueue,
    OpenSeats,
    QuitMatch,
    TellResult,
    TicketQueued,
)
from signaling.queueplaces import QueuePlace, Stage
from signaling.sessions import Session
from signaling.ticketmaking import make_ticket
from signaling.timers import Deadline
from signaling.wire import Refusal

Request: TypeAlias = (
    EnterQueue | CancelTicket | AcceptMatch | DeclineMatch | OpenSeats | QuitMatch | TellResult
)

ANSWER_WITHIN: Final = 5.0
"""Seconds that the desk has for an answer."""
MOST_RESULT: Final = 4096
"""Bytes that the result of a match may have."""
_RETRY_AFTER: Final = 1.0
_UNREACHABLE = "the queues cannot be reached at the moment"


class Matching:
    """Turns what sessions ask into orders for the desk."""

    def __init__(self, state: HubState, queues: Sequence[Queue]) -> None:
        self._state = state
        self._queues = {queue.name: queue for queue in queues}
        self._is_reachable = True
        self._obey: Final[dict[type[Request], Callable[[Session, Any], None]]] = {
            EnterQueue: self._enqueue,
            CancelTicket: self._cancel,
            AcceptMatch: self._answer_match,
            DeclineMatch: self._answer_match,
            OpenSeats: self._open,
            QuitMatch: self._quit,
            TellResult: self._tell_result,
        }

    @property
    def is_reachable(self) -> bool:
        """Whether the desk can be reached."""
        return self._is_reachable

    def count_places(self) -> Counter[tuple[str, Stage]]:
        """Count who waits or plays here, by queue and stage."""
        return Counter(
            (place.queue, place.stage)
            for session in self._state.sessions.values()
            if session.places is not None
            for place in session.places.values()
        )

    def receive(self, session: Session, message: Request) -> None:
        """Take a request."""
        refuse, id_ = self._state.refuse, message.id
        if not self._queues:
            refuse(session, ErrorCode.NOT_FOUND, "this server has no queues", id_)
        elif not self._is_reachable:
            refuse(session, ErrorCode.UNAVAILABLE, _UNREACHABLE, id_, _RETRY_AFTER)
        else:
            self._obey[type(message)](session, message)

    # --- to wait, and no more ---------------------------------------------------------------------

    def _enqueue(self, session: Session, message: EnterQueue) -> None:
        state, queue = self._state, self._queues.get(message.queue)
        if queue is None:
            known = ", ".join(sorted(self._queues))
            none = f"no queue is called {message.queue!r}; there are {known}"
            state.refuse(session, ErrorCode.NOT_FOUND, none, message.id)
        elif (wait := state.take_join(session)) > 0.0:
            most = f"at most {state.limits.joins:g} times per second"
            state.refuse(session, ErrorCode.RATE_LIMITED, most, message.id, wait)
        elif refusal := self._why_not(session, queue):
            state.refuse(session, refusal.code, refusal.reason, message.id)
        else:
            self._order_ticket(session, message, queue)

    def _why_not(self, session: Session, queue: Queue) -> Refusal | None:
        places, most = session.places or {}, self._state.limits.tickets
        place = places.get(queue.name)
        if self._state.is_draining:
            return Refusal(ErrorCode.UNAVAILABLE, "the server is closing")
        if session.identity.match_room:
            only = "a room token is good for the room of its match alone"
            return Refusal(ErrorCode.FORBIDDEN, only)
        if place is not None and place.stage is Stage.PLAYING:
            plays = f"you play match {place.match_id!r} of {queue.name!r}: quit it first"
            return Refusal(ErrorCode.CONFLICT, plays)
        if place is not None:
            return Refusal(
                ErrorCode.CONFLICT, f"you wait in {queue.name!r} already: {place.ticket!r}"
            )
        if len(places) >= most:
            many = f"a session may have {most} tickets and matches"
            return Refusal(ErrorCode.FORBIDDEN, many)
        return None

    def _order_ticket(self, session: Session, message: EnterQueue, queue: Queue) -> None:
        state, name = self._state, f"{session.sid}.{session.tickets + 1}"
        ticket = make_ticket(message, session, queue, state.node, name)
        if isinstance(ticket, Refusal):
            state.refuse(session, ticket.code, ticket.reason, message.id)
            return
        session.tickets += 1
        if session.places is None:
            session.places = {}
        session.places[queue.name] = QueuePlace(queue.name, name)
        party = message.party
        expires = queue.expires_after
        if message.expires_s is not None:
            expires = min(expires, message.expires_s)
        self._order(
            Enqueue(
                ticket,
                expires,
                self._ask(session, queue.name, Asking.ENQUEUE, message.id),
                None if party is None else party.id,
                1 if party is None else party.size,
            )
        )

    def _cancel(self, session: Session, message: CancelTicket) -> None:
        place = self._place(session, lambda each: each.ticket == message.ticket)
        if place is None:
            none = f"no ticket {message.ticket!r} of yours waits"
            self._state.refuse(session, ErrorCode.NOT_FOUND, none, message.id)
        elif place.stage is Stage.PLAYING:
            begun = f"match {place.match_id!r} has begun: quit it"
            self._state.refuse(session, ErrorCode.CONFLICT, begun, message.id)
        else:
            number = self._ask(session, place.queue, Asking.OTHER, message.id)
            order = Withdraw(place.queue, place.ticket, session.sid, Outcome.CANCELLED, number)
            self._order(order)

    # --- matches ----------------------------------------------------------------------------------

    def _answer_match(self, session: Session, message: AcceptMatch | DeclineMatch) -> None:
        place = self._match(session, message.match)
        accepts = isinstance(message, AcceptMatch)
        if place is None or (place.stage is Stage.PLAYING and not accepts):
            late = f"no match {message.match!r} waits for your word (any more)"
            self._state.refuse(session, ErrorCode.NOT_FOUND, late, message.id)
        elif place.agreed and accepts:
            self._state.answer_ok(session, message.id)
        else:
            place.agreed = accepts
            number = self._ask(session, place.queue, Asking.OTHER, message.id)
            self._order(self.reply(session, place, number, accepted=accepts))

    @staticmethod
    def reply(session: Session, place: QueuePlace, request: int | None, *, accepted: bool) -> Reply:
        """Say yes or no to the match of a place."""
        return Reply(
            place.queue,
            place.match_id,
            place.ticket,
            place.generation,
            session.sid,
            accepted,
            request=request,
        )

    def _open(self, session: Session, message: OpenSeats) -> None:
        place = self._played(session, message.match, message.id)
        if place is None:
            return
        match, queue = place.match, self._queues.get(place.queue)
        if match is None or queue is None:
            later = "the match is not known here yet"
            refuse = self._state.refuse
            refuse(session, ErrorCode.UNAVAILABLE, later, message.id, _RETRY_AFTER)
            return
        teams = _teams(match, queue)
        full = _too_many(message.seats, teams, queue)
        if full:
            self._state.refuse(session, ErrorCode.BAD_MESSAGE, full, message.id)
            return
        first = match.tickets[0]
        opening = Opening(
            match.id,
            queue.name,
            match.id,
            match.room,
            message.seats,
            teams,
            keys=first.keys,
            region=match.region,
            properties=first.properties,
        )
        number = self._ask(session, place.queue, Asking.OTHER, message.id)
        self._order(Open(opening, session.sid, number))

    def _quit(self, session: Session, message: QuitMatch) -> None:
        place = self._played(session, message.match, message.id)
        if place is not None:
            self._order(Quit(place.queue, place.match_id, session.sid, message.reason))
            self.forget(session, place)
            self._state.answer_ok(session, message.id)

    def _tell_result(self, session: Session, message: TellResult) -> None:
        place = self._played(session, message.match, message.id)
        if place is None:
            return
        result = bytes(message.result)
        if len(result) > MOST_RESULT:
            most = f"a result may have {MOST_RESULT} bytes, {len(result)} came"
            self._state.refuse(session, ErrorCode.TOO_BIG, most, message.id)
            return
        number = self._ask(session, place.queue, Asking.OTHER, message.id)
        self._order(Finish(place.queue, place.match_id, session.sid, result, number))

    # --- the desk answers -------------------------------------------------------------------------

    def hear_queued(self, report: Queued) -> bool:
        """Tell a session that its ticket waits, if that answers its request."""
        asked = self._take(report.request)
        if asked is None:
            return False
        place = self._asked_for(asked)
        if place is not None:  # otherwise it is gone, and its ticket withdrawn
            place.wait(report.ticket, report.generation)
            place.missing = report.missing
            session = self._state.sessions[asked.sid]
            ticket = place.ticket
            self._state.note(Happening.TICKET_QUEUED, session, queue=place.queue, ticket=ticket)
            self._state.send(session, ticket_queued(report, asked.request))
        return True

    def hear_done(self, report: Done) -> None:
        """Tell a session that what it asked for is done."""
        asked = self._take(report.request)
        session = None if asked is None else self._state.sessions.get(asked.sid)
        if asked is not None and session is not None:
            self._state.answer_ok(session, asked.request)

    def hear_refused(self, report: Refused) -> None:
        """Tell a session that what it asked for is not done."""
        asked = self._take(report.request)
        place = None if asked is None else self._asked_for(asked)
        if asked is not None and place is not None:
            self.forget(self._state.sessions[asked.sid], place)
        if asked is not None:
            self._turn_down(asked, report.code, report.why, report.retry_after)

    def handle_no_answer(self, key: str) -> None:
        """Give up waiting for the desk."""
        late = "the queues did not answer in time"
        self._give_up(int(key), ErrorCode.BUS_TIMEOUT, late)

    def hear_reachable(self, report: Reachable) -> None:
        """Answer at once, while the desk cannot be reached."""
        self._is_reachable = report.up
        for number in [] if report.up else self._state.desk_requests.numbers():
            self._give_up(number, ErrorCode.UNAVAILABLE, _UNREACHABLE)

    def _give_up(self, number: int, code: ErrorCode, why: str) -> None:
        """Expect no answer any more; a ticket that the desk may have taken is withdrawn."""
        asked = self._take(number)
        place = None if asked is None else self._asked_for(asked)
        if asked is not None and place is not None:
            self._order(Withdraw(place.queue, place.ticket, asked.sid))
            self.forget(self._state.sessions[asked.sid], place)
        if asked is not None:
            self._turn_down(asked, code, why, _RETRY_AFTER)

    def _asked_for(self, asked: Asked) -> QueuePlace | None:
        """Find the place of a ticket that the desk has not taken yet."""
        session = self._state.sessions.get(asked.sid)
        place = None if session is None else (session.places or {}).get(asked.queue)
        is_open = place is not None and place.stage is Stage.ASKED
        return place if is_open and asked.asking is Asking.ENQUEUE else None

    def _turn_down(
        self, asked: Asked, code: ErrorCode, why: str, retry_after: float | None
    ) -> None:
        session = self._state.sessions.get(asked.sid)
        if session is not None:
            self._state.refuse(session, code, why, asked.request, retry_after)

    # --- small things -----------------------------------------------------------------------------

    def forget(self, session: Session, place: QueuePlace) -> None:
        """Free a place."""
        if session.places is not None:
            session.places.pop(place.queue, None)
            if not session.places:
                session.places = None

    def _ask(self, session: Session, queue: str, asking: Asking, request: int | None) -> int:
        state = self._state
        number = state.desk_requests.put(Asked(session.sid, queue, asking, request))
        state.timers.set(Deadline.DESK, str(number), state.now + ANSWER_WITHIN)
        return number

    def _take(self, number: int | None) -> Asked | None:
        self._state.timers.cancel(Deadline.DESK, str(number))
        return self._state.desk_requests.take(number)

    def _order(self, order: Order) -> None:
        self._state.outputs.append(order)

    def _place(self, session: Session, which: Callable[[QueuePlace], bool]) -> QueuePlace | None:
        return next(filter(which, (session.places or {}).values()), None)

    def _match(self, session: Session, match: str) -> QueuePlace | None:
        return self._place(session, lambda each: each.match_id == match)

    def _played(self, session: Session, match: str, request: int | None) -> QueuePlace | None:
        """Find a match that the session plays, or refuse."""
        place = self._match(session, match)
        if place is not None and place.stage is Stage.PLAYING:
            return place
        none = f"you play no match {match!r}"
        self._state.refuse(session, ErrorCode.NOT_FOUND, none, request)
        return None


def ticket_queued(report: Queued, request: int | None) -> TicketQueued:
    """Say that a ticket waits."""
    return TicketQueued(
        id=request,
        ticket=report.ticket,
        queue=report.queue,
        waiting=report.waiting,
        missing=report.missing,
        eta_s=report.estimate,
    )


def _teams(match: Match, queue: Queue) -> tuple[tuple[Player, ...], ...]:
    return tuple(
        tuple(seat.player for seat in match.seats if seat.team == team)
        for team in range(queue.teams)
    )


def _too_many(seats: tuple[int, ...], teams: tuple[tuple[Player, ...], ...], queue: Queue) -> str:
    """Say what is wrong with seats to be opened."""
    if len(seats) != len(teams):
        return f"seats: {len(seats)} teams came, {queue.name!r} has {len(teams)}"
    for number, (count, players) in enumerate(zip(seats, teams, strict=True)):
        free = queue.team_max - len(players)
        if count > free:
            return f"seats[{number}]: {count} came, {max(0, free)} are free"
    return ""
