"""What happens to a match that runs: seats open, players leave, and it ends."""

from dataclasses import replace

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.agreeing import abort, open_seats
from signaling.matchmaking.ledger.books import Books, Held, Waiting
from signaling.matchmaking.ledger.changes import Closed, Shut
from signaling.matchmaking.ledger.claims import Claim
from signaling.matchmaking.ledger.dealings import Finish, Open, Outcome, Over, Quit, Started
from signaling.matchmaking.matches import Match, MatchState


def open_up(books: Books, source: str, order: Open, _now: float) -> None:
    """Open seats in the place of what was open before; no seats shut it."""
    held = _running(books, source, order.opening.match, order.sid, order.request)
    if held is None:
        return
    if not _may_decide(held, order.sid):
        why = "the host alone opens seats"
        books.refuse(source, order.sid, ErrorCode.FORBIDDEN, why, order.request)
        return
    generation = 1
    if held.open:
        generation = books.openings[held.open][0].generation + 1
        _shut(books, held)
    if any(order.opening.seats):
        opening = replace(order.opening, generation=generation, room=held.match.room)
        open_seats(books, held, opening)
    books.done(source, order.sid, order.request)


def _shut(books: Books, held: Held) -> None:
    """Shut what a match has open."""
    if held.open:
        del books.openings[held.open]
        books.changes.append(Shut(held.open))
        held.open = ""


def shut(books: Books, name: str, stamp: int) -> None:
    """Shut an opening whose time is over."""
    opening, known = books.openings.get(name, (None, 0))
    if opening is not None and known == stamp:
        _shut(books, books.held[opening.match])


def leave(books: Books, source: str, order: Quit, now: float) -> None:
    """Note that a player has left; with the last one the match is over."""
    held = _with(books, order.match, order.sid)
    if held is None:
        return
    player = held.player(order.sid)
    assert player is not None, "it was found by this"
    _, _, ticket = player
    if not held.began:
        abort(books, held, {ticket: Outcome.LOST}, now)
        return
    held.left[order.sid] = order.reason
    if held.players():
        books.note(held)
        return
    _close(books, held, now)
    over = (ticket, Outcome.ABANDONED, held.match.id, b"null", held.leavers())
    books.tell(source, Over(order.sid, books.queue.name, *over))


def _with(books: Books, match: str, sid: str) -> Held | None:
    """The claim by which a player is in a match, or is asked to join it."""
    running = books.held.get(match)
    if running is None:
        return None
    both = [running, *(books.held[name] for name in running.joining)]
    return next((held for held in both if held.player(sid) is not None), None)


def finish(books: Books, source: str, order: Finish, now: float) -> None:
    """End a match with its result, which its host tells, or who is left when the host has gone."""
    held = _running(books, source, order.match, order.sid, order.request)
    if held is None:
        return
    if not _may_decide(held, order.sid):
        why = "the host alone tells the result"
        books.refuse(source, order.sid, ErrorCode.FORBIDDEN, why, order.request)
        return
    books.done(source, order.sid, order.request)
    players = held.players()
    _close(books, held, now)
    for node, sid, ticket in players:
        over = (ticket, Outcome.FINISHED, held.match.id, order.result, held.leavers())
        books.tell(node, Over(sid, books.queue.name, *over))


def _close(books: Books, held: Held, now: float) -> None:
    """Forget a match; whoever is being asked to join it waits again."""
    _shut(books, held)
    del books.held[held.claim.id]
    books.forget(held.claim.id, now)
    books.changes.append(Closed(held.claim.id))
    for waiting in held.waiting:
        del books.where[waiting.ticket.id]
        books.forget(waiting.ticket.id, now)
    for name in held.joining:
        abort(books, books.held[name], {}, now)


def _running(books: Books, source: str, match: str, sid: str, request: int | None) -> Held | None:
    held = books.held.get(match)
    if held is None or not held.began or held.player(sid) is None:
        why = "no such match runs with you"
        books.refuse(source, sid, ErrorCode.NOT_FOUND, why, request)
        return None
    return held


def _may_decide(held: Held, sid: str) -> bool:
    """Whether this is the host, or the host has left."""
    hosts = [seat.player.sid for seat in held.whole().seats if seat.player.peer == held.match.host]
    return not hosts or sid in hosts


def recall(books: Books, match: Match, left: dict[str, str]) -> None:
    """Know again of a match that runs, which one of its nodes tells after everything was lost."""
    names = [ticket.id for ticket in match.tickets]
    is_known = match.id in books.held or match.id in books.over
    if is_known or any(name in books.where or name in books.gathers for name in names):
        return
    team = {seat.ticket: seat.team for seat in match.seats}
    head = replace(match, tickets=(), seats=(), state=MatchState.STARTED)
    claim = Claim(match.id, head, (), ())
    waiting = [Waiting(ticket, 0) for ticket in match.tickets]
    held = Held(claim, head, waiting, [team[name] for name in names], began=True, left=left)
    books.held[match.id] = held
    if waits := [name for name in names if name in books.tickets]:
        books.leave(waits)
    for name in names:
        books.where[name] = match.id
    books.note(held)
    for node, sid, ticket in held.players():
        if ticket in waits:
            books.tell(node, Started(sid, held.whole()))
