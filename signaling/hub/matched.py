"""What the desk reports of tickets and matches, told to the sessions that it is about.

A report that is about a session's current ticket is told, and a match is answered for it; one that is about
a session, a ticket or a generation that is not here any more is answered `absent`, so that nobody waits for
whoever is gone. A session that has moved to another node is answered for there.
"""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Raw, structs

from signaling.hub.ice import IceRenewal
from signaling.hub.matching import Matching, ticket_queued
from signaling.hub.state import HubState
from signaling.journal import Happening, Noted
from signaling.matchmaking.ledger.dealings import (
    Accepted,
    Done,
    Found,
    Outcome,
    Over,
    Progress,
    Queued,
    Quit,
    Reachable,
    Refused,
    Reply,
    Report,
    Requeued,
    Started,
)
from signaling.matchmaking.matches import Match, Seat
from signaling.messages import (
    MatchAccepted,
    MatchEnded,
    MatchFound,
    MatchPeer,
    MatchStart,
    TicketRequeued,
    TicketUpdate,
)
from signaling.queueplaces import QueuePlace, Stage, is_first, seat_of
from signaling.roomtokens import RoomGrant, WriteToken
from signaling.sessions import Session

_LONGEST_SUBJECT: Final = 256


class Matched:
    """Hears the desk."""

    def __init__(
        self, state: HubState, matching: Matching, ice: IceRenewal, write_token: WriteToken
    ) -> None:
        self._state = state
        self._write_token = write_token
        self._matching = matching
        self._ice = ice
        self._hear: Final[dict[type[Report], Callable[[Any], None]]] = {
            Queued: self._hear_queued,
            Refused: matching.hear_refused,
            Done: matching.hear_done,
            Progress: self._hear_progress,
            Found: self._hear_found,
            Accepted: self._hear_accepted,
            Started: self._hear_started,
            Requeued: self._hear_requeued,
            Over: self._hear_over,
            Reachable: matching.hear_reachable,
        }

    def hear(self, report: Report) -> None:
        """Hear one report."""
        self._hear[type(report)](report)

    # --- tickets ----------------------------------------------------------------------------------

    def _hear_queued(self, report: Queued) -> None:
        if self._matching.hear_queued(report):
            return
        session, place = self._find(report.sid, report.queue)
        if session is None or place is None or report.generation < place.generation:
            return
        if place.stage is Stage.FOUND and report.generation > place.generation:
            self._tell_requeued(
                session, place, place.match_id, Outcome.LOST
            )  # told to another node
        is_news = (report.ticket, report.missing) != (place.ticket, place.missing)
        place.missing = report.missing
        if place.stage is not Stage.PLAYING:
            place.wait(report.ticket, report.generation)
        if is_news:
            self._state.send(session, ticket_queued(report, None))

    def _hear_progress(self, report: Progress) -> None:
        session, place = self._find(report.sid, report.queue)
        if session is None or place is None or session.connection is None:
            return  # nothing to be kept for later
        if place.stage is Stage.WAITING and place.holds(report.ticket, report.generation):
            update = TicketUpdate(
                ticket=report.ticket,
                queue=report.queue,
                waited_s=round(report.waited, 1),
                waiting=report.waiting,
                window=report.window,
                eta_s=report.estimate,
                blocked_by=report.blocked,
            )
            self._state.send(session, update)

    def _hear_requeued(self, report: Requeued) -> None:
        session, place = self._find(report.sid, report.queue)
        if session is None or place is None or report.generation <= place.generation:
            return
        self._tell_requeued(session, place, report.match, report.why)
        place.wait(report.ticket, report.generation)
        if session.connection is None:
            self._state.outputs.append(place.pause(session.sid, paused=True))

    def _tell_requeued(self, session: Session, place: QueuePlace, match: str, why: Outcome) -> None:
        self._note_failed(session.sid, place, why)
        again = TicketRequeued(match=match, ticket=place.ticket, queue=place.queue, reason=why)
        self._state.send(session, again)

    # --- matches ----------------------------------------------------------------------------------

    def _hear_found(self, report: Found) -> None:
        state, match = self._state, report.match
        seat = seat_of(match, report.sid)
        session, place = self._find(report.sid, match.queue)
        if seat is None or report.sid in state.forwards:
            return
        if session is None or place is None or not place.holds(seat.ticket, seat.generation):
            self._say_absent(report.sid, match, seat)
            return
        is_news = place.match_id != match.id
        place.match_id, place.match, place.asks = match.id, match, report.asks
        if place.stage is not Stage.PLAYING:
            place.stage = Stage.FOUND
        if is_news:
            found = MatchFound(
                match=match.id,
                ticket=place.ticket,
                queue=place.queue,
                players=len(match.seats),
                accept_by_ms=max(0, round(report.accept_in * 1000)),
                asks=report.asks,
            )
            state.send(session, found)
        if place.agreed or not report.asks:
            self.agree(session, place)

    def _say_absent(self, sid: str, match: Match, seat: Seat) -> None:
        self._state.outputs.append(
            Reply(
                match.queue,
                match.id,
                seat.ticket,
                seat.generation,
                sid,
                accepted=False,
                absent=True,
            )
        )

    def agree(self, session: Session, place: QueuePlace) -> None:
        """Say yes for a session that is not asked, if it is connected: one that is lost may be back in time."""
        if session.connection is not None:
            place.agreed = True
            reply = self._matching.reply(session, place, None, accepted=True)
            self._state.outputs.append(reply)

    def come_back(self, session: Session) -> None:
        """Agree to what was found while the session was away."""
        for place in (session.places or {}).values():
            if place.stage is Stage.FOUND and not place.asks and not place.agreed:
                self.agree(session, place)

    def _hear_accepted(self, report: Accepted) -> None:
        session = self._state.sessions.get(report.sid)
        places = {} if session is None else session.places or {}
        for place in places.values():
            if session is not None and place.match_id == report.match:
                said = MatchAccepted(
                    match=report.match, accepted=report.accepted, players=report.players
                )
                self._state.send(session, said)

    def _hear_started(self, report: Started) -> None:
        state, match = self._state, report.match
        seat = seat_of(match, report.sid)
        session, place = self._find(report.sid, match.queue)
        if seat is None or report.sid in state.forwards:
            return
        if session is None or place is None or place.ticket != seat.ticket:
            state.outputs.append(Quit(match.queue, match.id, report.sid, "gone"))
            return
        roster = tuple(each.player.sid for each in match.seats)
        is_new = place.stage is not Stage.PLAYING
        is_filled = report.newcomers or not is_new
        is_news = is_new or not set(roster) <= set(place.roster)
        place.stage, place.match_id, place.match = Stage.PLAYING, match.id, match
        place.generation, place.room, place.roster = seat.generation, match.room, roster
        if is_new:
            self._note_matched(session, place, match, seat)
        if is_news:
            state.send(session, self._start(session, match, seat, filled=is_filled))
            if is_first(match, session.sid):
                self._note_made(session.sid, match, filled=is_filled)

    def _start(self, session: Session, match: Match, seat: Seat, *, filled: bool) -> MatchStart:
        peers = tuple(
            MatchPeer(
                peer=each.player.peer,
                team=each.team,
                host=each.player.peer == match.host,
                bot=each.player.bot,
            )
            for each in match.seats
            if each.player.sid != session.sid
        )
        return MatchStart(
            match=match.id,
            ticket=seat.ticket,
            queue=match.queue,
            room=match.room,
            you=session.peer,
            team=seat.team,
            host=match.host,
            peers=peers,
            ice=self._ice.issue(session),
            ice_ttl_s=round(self._state.settings.ice.ttl),
            token=self._write_token(_grant(session, match)),
            region=match.region,
            filled=filled,
        )

    def _hear_over(self, report: Over) -> None:
        state = self._state
        session, place = self._find(report.sid, report.queue)
        leavers = dict(report.leavers)
        if report.outcome is Outcome.ABANDONED or (
            place is not None
            and report.match is not None
            and is_first(place.match, report.sid, tuple(leavers))
        ):
            self._note_ended(report)
        if session is None or place is None or place.ticket != report.ticket:
            return
        match = report.match
        if match is None and place.stage is Stage.PLAYING:
            match = place.match_id  # the desk has lost it
        self._note_failed(session.sid, place, report.outcome)
        self._matching.forget(session, place)
        outcome = report.outcome.value
        state.note(
            Happening.TICKET_OVER, session, queue=place.queue, ticket=place.ticket, outcome=outcome
        )
        ended = MatchEnded(
            ticket=place.ticket,
            queue=place.queue,
            reason=report.outcome,
            match=match,
            leavers=leavers,
        )
        if report.outcome is Outcome.FINISHED:
            ended = structs.replace(ended, result=Raw(report.result))
        state.send(session, ended)

    # --- what operators are told, once for each match of all nodes --------------------------------

    def _note_matched(self, session: Session, place: QueuePlace, match: Match, seat: Seat) -> None:
        ticket = next((each for each in match.tickets if each.id == seat.ticket), None)
        waited = 0.0 if ticket is None else max(0.0, match.made - ticket.enqueued)
        self._state.note(
            Happening.TICKET_MATCHED,
            session,
            queue=place.queue,
            ticket=place.ticket,
            match=match.id,
            waited=round(waited, 3),
        )

    def _note_made(self, sid: str, match: Match, *, filled: bool) -> None:
        teams: dict[int, list[dict[str, str]]] = {}
        for seat in match.seats:
            who = {"peer": seat.player.peer, "subject": seat.player.subject}
            teams.setdefault(seat.team, []).append(who)
        happening = Happening.MATCH_FILLED if filled else Happening.MATCH_MADE
        fields = {
            "match": match.id,
            "queue": match.queue,
            "room": match.room,
            "host": match.host,
            "region": match.region or "",
            "quality": round(match.quality, 3),
            "teams": [teams[team] for team in sorted(teams)],
        }
        self._state.outputs.append(Noted(happening, sid, fields))

    def _note_failed(self, sid: str, place: QueuePlace, why: Outcome) -> None:
        if place.stage is Stage.FOUND and is_first(place.match, sid):
            fields = {"match": place.match_id, "queue": place.queue, "outcome": why.value}
            self._state.outputs.append(Noted(Happening.MATCH_FAILED, sid, fields))

    def _note_ended(self, report: Over) -> None:
        fields = {
            "match": report.match or "",
            "queue": report.queue,
            "outcome": report.outcome.value,
            "result": Raw(report.result),
            "leavers": dict(report.leavers),
        }
        self._state.outputs.append(Noted(Happening.MATCH_ENDED, report.sid, fields))

    def _find(self, sid: str, queue: str) -> tuple[Session | None, QueuePlace | None]:
        session = self._state.sessions.get(sid)
        return session, None if session is None else (session.places or {}).get(queue)


def _grant(session: Session, match: Match) -> RoomGrant:
    subject, players = session.identity.subject, len(match.seats)
    if len(subject) > _LONGEST_SUBJECT:
        subject = ""  # so that the token may be the key of a `join`
    return RoomGrant(match.room, session.peer, match.id, subject, players)
