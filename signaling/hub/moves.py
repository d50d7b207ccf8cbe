"""Sessions that go from one node to another: claimed there, handed over here, and at home in their rooms."""

from dataclasses import replace

from signaling import savedsessions
from signaling.codes import CloseCode
from signaling.hub.greeting import Greeting
from signaling.hub.identity import Identities
from signaling.hub.news import RoomNews
from signaling.hub.rooms import RoomRequests
from signaling.hub.routes import Routes
from signaling.hub.state import HubState
from signaling.journal import Happening
from signaling.messages import LeaveReason, MemberState
from signaling.orders import Claim, Come, Copy, Exit, HandOver, Mark, Rehome
from signaling.reports import Claimed, HandedOver, Relayed, Resynced
from signaling.resumption import Claimant
from signaling.ring import Ring
from signaling.rooms import Room
from signaling.savedsessions import GoneOn, SavedSeat, SavedSession
from signaling.sessions import Connection, Homing, Seat, Session
from signaling.timers import Deadline

_CLAIM_TIMEOUT = 3.0
"""The backplane answers after two seconds; this is for one that does not."""
_HAND_OVER_TIMEOUT = 1.5
"""Seconds that a session may wait for an answer to its joins, before it is handed over."""
_HOME_TIMEOUT = 2.0
"""Seconds after which a session goes on though not all its rooms have said where they are."""
FORWARD = 60.0
"""Seconds for which messages are passed on to a session that has moved."""
NEEDED = 2.0
"""Seconds after which no node should need this one any more to reach a session that has moved."""
_HOPS = 4
"""Nodes that are asked for one session at most."""


class Moves:
    """Brings sessions here and gives them away."""

    def __init__(
        self,
        state: HubState,
        greeting: Greeting,
        identities: Identities,
        news: RoomNews,
        routes: Routes,
        rooms: RoomRequests,
    ) -> None:
        self._state = state
        self._greeting = greeting
        self._identities = identities
        self._news = news
        self._routes = routes
        self._rooms = rooms
        self._claimed: dict[str, Claimed] = {}
        self._entrusted: dict[str, tuple[str, set[str]]] = {}

    # --- here, to be given away -------------------------------------------------------------------

    def hear_claimed(self, report: Claimed) -> None:
        """Hand a session over to the node that its client has come to, if the client may have it."""
        state = self._state
        session = state.sessions.get(report.sid)
        if session is None:
            self._point_on(report)
        elif not session.is_open_to(report.generation):
            self._refuse(report)
        elif not session.holds(report.seq):
            self._disconnect(session)
            state.end(session, LeaveReason.LOST)
            self._refuse(report)
        else:
            self._disconnect(session)
            former = self._claimed.get(session.sid)
            if former is not None:
                self._refuse(former)
            self._claimed[session.sid] = report
            state.acknowledge(session, report.seq)
            state.timers.set(Deadline.HAND_OVER, session.sid, state.now + _HAND_OVER_TIMEOUT)
            self.hand_over_if_settled(session)

    def hand_over_if_settled(self, session: Session) -> None:
        """Hand a claimed session over once no room is about to let it in."""
        report = self._claimed.get(session.sid)
        if report is None or session.sid in self._state.homing:
            return
        if any(each.asked for each in (session.entering or {}).values()):
            return
        if self._state.desk_requests.is_asked_by(session.sid):
            return
        state = self._state
        del self._claimed[session.sid]
        state.timers.cancel(Deadline.HAND_OVER, session.sid)
        saved = self._save(session)
        for room in saved.seats:
            state.leave_seat(session, room.room)
        state.release(session)
        state.counters.sessions_handed_over += 1
        state.note(Happening.SESSION_HANDED_OVER, session, peer=session.peer, node=report.node)
        state.forwards[session.sid] = report.node
        state.needed_until = state.now + NEEDED
        state.timers.set(Deadline.FORWARD, session.sid, state.now + FORWARD)
        if saved.seats:
            self._entrusted[session.sid] = (session.peer, {seat.room for seat in saved.seats})
        state.order(HandOver(report.node, report.connection, savedsessions.encode(saved)))

    def hand_over_settled(self) -> None:
        """Do so with those that have waited for the desk."""
        for sid in list(self._claimed):
            session = self._state.sessions.get(sid)
            if session is not None:
                self.hand_over_if_settled(session)

    def give_up_handing_over(self, sid: str) -> None:
        """End a session that could not be handed over in time: its client starts again."""
        report = self._claimed.pop(sid, None)
        session = self._state.sessions.get(sid)
        if report is not None:
            self._refuse(report)
        if session is not None:
            self._state.end(session, LeaveReason.LOST)

    def hear_arrival(self, sid: str, room: str) -> None:
        """Hear that a session that was handed over is at home in a room, or out of it."""
        entrusted = self._entrusted.get(sid)
        if entrusted is not None:
            entrusted[1].discard(room)
            if not entrusted[1]:
                del self._entrusted[sid]

    def stop_forwarding(self, sid: str) -> None:
        """Forget a session that moved; it is lost if its new node never took it in."""
        state = self._state
        state.forwards.pop(sid, None)
        peer, rooms = self._entrusted.pop(sid, ("", set()))
        for room in rooms:
            heir = state.settings.anonymous_hosts
            state.order(Exit(room, peer, sid, LeaveReason.LOST, heir=heir))

    def _point_on(self, report: Claimed) -> None:
        """Tell where a session went, if it was here."""
        node = self._state.forwards.get(report.sid)
        state = None if node is None else savedsessions.encode(GoneOn(node))
        self._state.order(HandOver(report.node, report.connection, state))

    def _refuse(self, report: Claimed) -> None:
        self._state.order(HandOver(report.node, report.connection, None))

    def _disconnect(self, session: Session) -> None:
        connection = session.connection
        if connection is not None:
            session.connection = None
            connection.session = None
            elsewhere = "the session goes on over another node"
            self._state.close(connection, CloseCode.REPLACED, elsewhere)

    def _save(self, session: Session) -> SavedSession:
        state = self._state
        assert session.ring is not None
        left = None if session.expires is None else session.expires - state.now
        joins = (session.entering or {}).values()
        members = {m.sid for name in session.rooms for m in state.rooms[name].members.values()}
        return SavedSession(
            node=state.node,
            sid=session.sid,
            peer=session.peer,
            meta=session.meta,
            identity=session.identity,
            expires_in=left,
            notice=session.notice,
            client=session.client,
            region=session.region,
            generation=session.generation,
            proven=session.proven,
            sent=session.sent,
            heard=session.heard,
            frames=tuple(session.ring.frames),
            mids=session.mids,
            seats=tuple(self._save_seat(name, seat) for name, seat in session.rooms.items()),
            joins=tuple(entering.join for entering in joins),
            grace=state.settings.resume_for,
            under_way=self._routes.under_way(session.sid, members - {session.sid}),
            tickets=session.tickets,
            places=tuple(place.save() for place in (session.places or {}).values()),
        )

    def _save_seat(self, name: str, seat: Seat) -> SavedSeat:
        room = self._state.rooms[name]
        members = tuple(room.members.values())
        return SavedSeat(name, seat.meta, seat.fixed, seat.ice, room.terms, members, room.rev)

    def cancel(self, sid: str) -> None:
        """Keep a session after all: its client has come back here."""
        report = self._claimed.pop(sid, None)
        self._state.timers.cancel(Deadline.HAND_OVER, sid)
        if report is not None:
            self._refuse(report)

    # --- elsewhere, to be brought here ------------------------------------------------------------

    def claim(self, connection: Connection, claimant: Claimant, seq: int) -> None:
        """Ask the node that has a session for it."""
        state, cid = self._state, connection.cid
        connection.claims = claimant.sid
        state.timers.set(Deadline.ANSWER, cid, state.now + _CLAIM_TIMEOUT)
        state.order(Claim(claimant.node, claimant.sid, claimant.generation, seq, cid))

    def give_up_claim(self, connection: Connection) -> None:
        """Begin a new session: the earlier one cannot be had."""
        homing = self._state.homing.get(connection.claims or "")
        connection.claims = None
        if homing is not None and homing.cid == connection.cid:
            self._state.end(homing.session, LeaveReason.LOST)
        self._greeting.begin(connection)

    def hear_handed_over(self, report: HandedOver) -> None:
        """Bring a session home that another node gave away, or begin a new one."""
        state = self._state
        connection = state.connections.get(report.connection)
        saved = None if report.state is None else savedsessions.decode(report.state)
        if isinstance(saved, GoneOn):
            if connection is not None and connection.claims is not None:
                self._ask_on(connection, saved.node)
            return
        if saved is None:
            if connection is not None and connection.claims is not None:
                self.give_up_claim(connection)
            return
        homing = self._install(saved)
        session = homing.session
        if connection is not None and connection.claims != saved.sid:
            state.end(session, LeaveReason.LOST)
            return
        if connection is not None and connection.hello is not None:
            assert connection.hello.resume is not None
            homing.cid, homing.seq = connection.cid, connection.hello.resume.seq
        state.timers.set(Deadline.HOME, session.sid, state.now + _HOME_TIMEOUT)
        for room in session.rooms:
            state.order(Rehome(room, session.peer, session.sid, state.node))
        self.settle(session.sid)

    def _ask_on(self, connection: Connection, node: str) -> None:
        """Ask the node that a session has gone on to, unless it is faster than we are."""
        state, hello = self._state, connection.hello
        assert hello is not None
        assert hello.resume is not None
        assert state.tokens is not None
        claimant = state.tokens.read(hello.resume.token)
        assert claimant is not None
        connection.hops += 1
        session = state.sessions.get(claimant.sid)
        if session is not None and session.sid in state.homing and session.holds(hello.resume.seq):
            self.wait_for_home(connection, session, hello.resume.seq)
        elif connection.hops < _HOPS and node != state.node:
            self.claim(connection, replace(claimant, node=node), hello.resume.seq)
        else:
            self.give_up_claim(connection)

    def wait_for_home(self, connection: Connection, session: Session, seq: int) -> None:
        """Let another connection of the same client wait for its session to be home."""
        state, homing = self._state, self._state.homing[session.sid]
        former = state.connections.get(homing.cid)
        if former is not None:
            state.close(former, CloseCode.REPLACED, "the session goes on over another connection")
        connection.claims = session.sid
        state.timers.set(Deadline.ANSWER, connection.cid, state.now + _CLAIM_TIMEOUT)
        homing.cid, homing.seq = connection.cid, seq

    def hear_resynced(self, report: Resynced) -> None:
        """Hear all about a room, which may be the last one that a session has waited for."""
        self._news.hear_resynced(report)
        for sid in list(self._state.homing):
            self.settle(sid)

    def settle(self, sid: str) -> None:
        """Go on with a session whose rooms all know it here."""
        state = self._state
        homing = state.homing.get(sid)
        if homing is None or homing.pending:
            return
        session = homing.session
        del state.homing[sid]
        state.timers.cancel(Deadline.HOME, sid)
        state.arrived += [Relayed(sid, message) for message in homing.messages]
        connection = state.connections.get(homing.cid)
        if sid in self._claimed:
            if connection is not None:
                elsewhere = "the session goes on over another node"
                state.close(connection, CloseCode.REPLACED, elsewhere)
            self.hand_over_if_settled(session)
            return
        if connection is None:
            self._mark_gone(session)
        elif session.holds(homing.seq) and session not in state.doomed:
            connection.claims = None
            self._greeting.resume(connection, session, homing.seq)
        else:
            state.end(session, LeaveReason.LOST)
            self.give_up_claim(connection)
            return
        joins, session.joins_to_ask = session.joins_to_ask, ()
        for join in joins:
            self._rooms.join(session, join)

    def settle_regardless(self, sid: str) -> None:
        """Go on with a session though some rooms have not answered: what they missed comes later."""
        state = self._state
        homing = state.homing.get(sid)
        if homing is None:
            return
        pending, homing.pending = homing.pending, {}
        for name, view in pending.items():
            room = state.rooms.get(name)
            if room is None:
                room = Room(name, view.terms, view.members.values(), view.rev)
                state.rooms[name] = room
            self._news.seat(homing.session, room, view)
        self.settle(sid)

    def _mark_gone(self, session: Session) -> None:
        state, grace = self._state, self._state.settings.resume_for
        for room in session.rooms:
            state.order(Mark(room, session.peer, session.sid, MemberState.GONE, grace))
        state.pause(session, paused=True)

    def _install(self, saved: SavedSession) -> Homing:
        state = self._state
        session = Session(saved.sid, saved.peer)
        session.meta, session.client, session.region = saved.meta, saved.client, saved.region
        session.generation, session.proven = saved.generation, saved.proven
        session.sent, session.heard, session.told = saved.sent, saved.heard, saved.heard
        session.ring = Ring(list(saved.frames))
        session.joins_to_ask = saved.joins
        session.tickets = saved.tickets
        if saved.places:
            session.places = {place.queue: place.restore() for place in saved.places}
            state.outputs += [
                place.move(saved.sid, state.node) for place in session.places.values()
            ]
        for mid in saved.mids:
            session.remember(mid, state.limits.remembered_mids)
        state.kept += session.ring.size
        state.sessions[session.sid] = session
        state.counters.sessions_taken_over += 1
        onward = state.forwards.pop(session.sid, None)
        if onward is not None:
            self._routes.come_back(session.sid, onward, saved.node)
        state.timers.cancel(Deadline.FORWARD, session.sid)
        state.timers.set(Deadline.GRACE, session.sid, state.now + saved.grace)
        self._identities.take_over(session, saved.identity, saved.expires_in, saved.notice)
        views: dict[str, Copy] = {}
        for seat in saved.seats:
            session.rooms[seat.room] = Seat(seat.meta, seat.fixed, seat.ice)
            members = {member.peer: member for member in seat.members}
            views[seat.room] = Copy(seat.terms, members, seat.rev)
        self._routes.change(session.sid, state.node)
        state.order(Come(session.sid))
        self._routes.follow(saved.sid, saved.node, saved.under_way)
        homing = state.homing[session.sid] = Homing(session, views)
        return homing
