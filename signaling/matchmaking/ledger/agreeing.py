"""How tickets are claimed for a match, and all of its players agree to it, or the others wait again."""

from collections.abc import Mapping
from dataclasses import replace

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.books import Books, Held
from signaling.matchmaking.ledger.changes import Asked, Closed, Opened, Shut
from signaling.matchmaking.ledger.claims import Answer, Claim, Verdict
from signaling.matchmaking.ledger.dealings import Accepted, Found, Outcome, Reply, Requeued, Started
from signaling.matchmaking.matches import Match, MatchState
from signaling.matchmaking.tickets import Opening

# --- the claim ------------------------------------------------------------------------------------


def claim(books: Books, claim: Claim, epoch: int, now: float) -> Answer:
    """Take tickets for a match and ask their players: all of them, or none, and only for who leads.

    Whether it was done before comes first: one that is sent twice is no failure, whoever leads by now.
    """
    if claim.id in books.held or claim.id in books.over:
        return Answer(Verdict.ALREADY)
    if epoch != books.epoch:
        return Answer(Verdict.FENCED)
    for place, (name, stamp) in enumerate(claim.tickets):
        waiting = books.tickets.get(name)
        if waiting is None or waiting.stamp != stamp:
            return Answer(Verdict.MISSING, place)
    if claim.opening and not _is_open(books, claim):
        return Answer(Verdict.MISSING, len(claim.tickets))
    _hold(books, claim, now)
    return Answer(Verdict.DONE)


def _is_open(books: Books, claim: Claim) -> bool:
    """Whether the opening is as the leader knows it; where one is, its match runs."""
    _, stamp = books.openings.get(claim.match.opening or "", (None, 0))
    return stamp == claim.opening


def _hold(books: Books, claim: Claim, _now: float) -> None:
    names = [name for name, _ in claim.tickets]
    waiting = [books.tickets[name] for name in names]
    held = books.held[claim.id] = Held(claim, claim.match, waiting, list(claim.teams))
    if claim.opening:
        assert claim.match.opening is not None, "what is filled has a name"
        held.opening, _ = books.openings.pop(claim.match.opening)
        running = books.held[claim.match.id]
        running.open = ""
        running.joining.append(claim.id)
        books.changes.append(Shut(claim.match.opening))
    books.leave(names)
    for name in names:
        books.where[name] = claim.id
    books.changes.append(Asked(claim.id, claim.match.accept_by))
    match = held.whole()
    for node, sid, _ in held.players():
        _say_found(books, match, node, sid)


def _say_found(books: Books, match: Match, node: str, sid: str) -> None:
    accept_in = match.accept_by - match.made
    asks = books.queue.accept_within is not None
    books.tell(node, Found(sid, match, accept_in, asks))


def ask_again(books: Books, held: Held, sid: str) -> None:
    """Tell a player again what it may have missed."""
    for node, each, _ in held.players():
        if each == sid and held.began:
            books.tell(node, Started(sid, held.whole()))
        elif each == sid and sid not in held.yes:
            _say_found(books, held.whole(), node, sid)


# --- the answers ----------------------------------------------------------------------------------


def reply(books: Books, source: str, order: Reply, now: float) -> None:
    """Hear a player: with the last yes the match begins, with the first no it comes to nothing."""
    held = books.held.get(books.where.get(order.ticket, ""))
    if held is None or not _is_of(held, order):
        why = "there is no such match to answer to"
        books.refuse(source, order.sid, ErrorCode.NOT_FOUND, why, order.request)
        return
    if held.began:
        books.done(source, order.sid, order.request)
    elif order.accepted:
        books.done(source, order.sid, order.request)
        _accept(books, held, order.sid, now)
    else:
        outcome = Outcome.LOST if order.absent else Outcome.DECLINED
        books.done(source, order.sid, order.request)
        abort(books, held, {order.ticket: outcome}, now)


def _is_of(held: Held, order: Reply) -> bool:
    return held.match.id == order.match and any(
        each.ticket.id == order.ticket
        and each.ticket.generation == order.generation
        and any(player.sid == order.sid for player in each.ticket.players)
        for each in held.waiting
    )


def _accept(books: Books, held: Held, sid: str, now: float) -> None:
    if sid in held.yes:
        return
    held.yes.add(sid)
    players = held.players()
    if books.queue.accept_within is not None:
        for node, each, _ in players:
            books.tell(node, Accepted(each, held.match.id, len(held.yes), len(players)))
    if len(held.yes) == len(players):
        _start(books, held, now)


def _start(books: Books, held: Held, now: float) -> None:
    """Let the match begin; what was claimed for open seats becomes part of the match that runs."""
    running = books.held.get(held.match.id) if held.claim.opening else held
    if running is None:
        abort(books, held, {}, now)
        return
    held.began = True
    if running is held:
        held.match = replace(held.match, state=MatchState.STARTED)
    else:
        _merge(books, held, running, now)
    books.note(running)
    match = running.whole()
    for node, sid, _ in running.players():
        books.tell(node, Started(sid, match, newcomers=running is not held))


def _merge(books: Books, held: Held, running: Held, now: float) -> None:
    _take_back(books, held, now)
    running.waiting += held.waiting
    running.teams += held.teams
    for each in held.waiting:
        books.where[each.ticket.id] = running.claim.id
    _reopen(books, running, held, held.claim.remainder)


def _reopen(books: Books, running: Held, held: Held, opening: Opening | None) -> None:
    """Put back what is still open of the seats that a claim has taken, if nothing newer is open."""
    assert held.opening is not None, "it was a claim for open seats"
    if opening is not None and not running.open:
        generation = held.opening.generation + 1
        open_seats(books, running, replace(opening, generation=generation))


def open_seats(books: Books, running: Held, opening: Opening) -> None:
    """Let seats of a match that runs be open."""
    running.open = opening.id
    books.openings[opening.id] = (opening, books.next_stamp())
    books.changes.append(Opened(opening, books.stamp))


def _take_back(books: Books, held: Held, now: float) -> None:
    """Let a claim be over."""
    name = held.claim.id
    del books.held[name]
    books.forget(name, now)
    books.changes.append(Closed(name))
    running = books.held.get(held.match.id)
    if running is not None and held.claim.opening:
        running.joining.remove(name)


# --- nothing comes of it --------------------------------------------------------------------------


def abort(books: Books, held: Held, dropped: Mapping[str, Outcome], now: float) -> None:
    """Give up a claim: tickets of those who said no or nothing are over, the others wait again, as old as they were."""
    _take_back(books, held, now)
    why = next(iter(dropped.values()), Outcome.CLOSED)
    for each in held.waiting:
        del books.where[each.ticket.id]
        if each.ticket.id in dropped:
            books.end(each.ticket, dropped[each.ticket.id], now)
            continue
        ticket = replace(each.ticket, generation=each.ticket.generation + 1)
        books.put(ticket, each.away)
        for player in ticket.players:
            again = (books.queue.name, held.match.id, ticket.id, ticket.generation, why)
            books.tell(player.node, Requeued(player.sid, *again))
    running = books.held.get(held.match.id)
    if held.claim.opening and running is not None:
        _reopen(books, running, held, held.opening)


def lapse(books: Books, name: str, now: float) -> None:
    """Give up a claim whose time is over: whoever said nothing is dropped."""
    held = books.held.get(name)
    if held is None or held.began:
        return
    asks = books.queue.accept_within is not None
    outcome = Outcome.DECLINED if asks else Outcome.LOST
    silent = {ticket: outcome for _, sid, ticket in held.players() if sid not in held.yes}
    abort(books, held, silent, now)
