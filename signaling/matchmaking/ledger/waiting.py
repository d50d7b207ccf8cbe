"""How tickets come into a queue, wait, change and go: solo or a party that gathers."""

from dataclasses import replace

from signaling.codes import ErrorCode
from signaling.matchmaking.ledger.agreeing import abort, ask_again
from signaling.matchmaking.ledger.books import PARTY_WITHIN, Books, Gathering, Held
from signaling.matchmaking.ledger.changes import Gathered, Gathers
from signaling.matchmaking.ledger.claims import combine
from signaling.matchmaking.ledger.dealings import (
    Enqueue,
    MovedAway,
    MovePlayer,
    Outcome,
    Over,
    Pause,
    Queued,
    Withdraw,
)
from signaling.matchmaking.tickets import Ticket

FULL_RETRY = 5.0
"""Seconds after which it may be tried again to come into a queue that is full."""


def enqueue(books: Books, source: str, order: Enqueue, now: float) -> None:
    """Let a ticket or a player's part of one wait; what was sent twice counts once."""
    ticket = order.ticket
    if ticket.enqueued == 0.0:
        ticket = replace(ticket, enqueued=now, expires=now + order.expires_in)
    _receive(books, source, replace(order, ticket=ticket), now)


def _receive(books: Books, source: str, order: Enqueue, now: float) -> None:
    ticket, sid = order.ticket, order.ticket.players[0].sid
    if ticket.id in books.over:
        return
    if ticket.id in books.tickets or ticket.id in books.where:
        _say_again(books, source, order)
    elif ticket.id in books.gathers:
        party = books.parties[books.gathers[ticket.id]]
        missing = party.size - len(party.parts)
        _say_queued(books, source, sid, party.parts[0], order.request, missing)
    elif order.party is not None and order.size > 1:
        _gather(books, source, order, order.party, now)
    elif len(books.tickets) >= books.queue.most_waiting:
        _refuse_full(books, source, sid, order.request)
    else:
        books.put(ticket)
        _say_queued(books, source, sid, ticket, order.request)


def _refuse_full(books: Books, source: str, sid: str, request: int | None) -> None:
    code = ErrorCode.UNAVAILABLE
    books.refuse(source, sid, code, "the queue is full", request, FULL_RETRY)


def _say_again(books: Books, source: str, order: Enqueue) -> None:
    """Tell a player how its ticket stands: it has sent it twice, or does not know what it missed."""
    sid, name = order.ticket.players[0].sid, order.ticket.id
    waiting, newer = books.tickets.get(name), order.ticket.generation
    if waiting is not None:
        if waiting.ticket.generation < newer:
            books.put(replace(waiting.ticket, generation=newer), waiting.away)
        ticket = books.tickets[name].ticket
        _say_queued(books, source, sid, ticket, order.request)
    else:
        ask_again(books, books.held[books.where[name]], sid)


def _say_queued(
    books: Books, node: str, sid: str, ticket: Ticket, request: int | None, missing: int = 0
) -> None:
    name, count = books.queue.name, len(books.tickets)
    generation, estimate = ticket.generation, books.estimate
    books.tell(node, Queued(sid, name, ticket.id, generation, count, estimate, missing, request))


# --- parties --------------------------------------------------------------------------------------


def _gather(books: Books, source: str, order: Enqueue, name: str, now: float) -> None:
    part, sid = order.ticket, order.ticket.players[0].sid
    party = books.parties.get(name)
    if party is None:
        if len(books.tickets) >= books.queue.most_waiting:
            _refuse_full(books, source, sid, order.request)
            return
        party = books.parties[name] = Gathering(order.size, [], now + PARTY_WITHIN)
        books.gathers[part.id] = name
        books.changes.append(Gathers(name, party.until))
    elif any(player.sid == sid for each in party.parts for player in each.players):
        missing = party.size - len(party.parts)
        _say_queued(books, source, sid, party.parts[0], order.request, missing)
        return
    elif why := _misfit(party, order):
        books.refuse(source, sid, ErrorCode.CONFLICT, why, order.request)
        return
    party.parts.append(part)
    if part.id != party.ticket:
        books.forget(part.id, now)
    _say_gathered(books, party, source, sid, order.request)
    if len(party.parts) == party.size:
        _close(books, name)
        books.put(combine(party.parts), party.away)


def _misfit(party: Gathering, order: Enqueue) -> str:
    if order.size != party.size:
        return f"the party is of {party.size}, says another of it, and not of {order.size}"
    if order.ticket.keys != party.parts[0].keys:
        return "another of the party queues for something else"
    return ""


def _say_gathered(
    books: Books, party: Gathering, source: str, sid: str, request: int | None
) -> None:
    missing = party.size - len(party.parts)
    for part in party.parts:
        for player in part.players:
            if player.sid == sid:
                _say_queued(books, source, sid, party.parts[0], request, missing)
            else:
                _say_queued(books, player.node, player.sid, party.parts[0], None, missing)


def fall_apart(books: Books, name: str, outcome: Outcome, now: float) -> None:
    """End a party that is not complete."""
    party = _close(books, name)
    books.end(combine(party.parts), outcome, now)


def _close(books: Books, name: str) -> Gathering:
    party = books.parties.pop(name)
    del books.gathers[party.ticket]
    books.changes.append(Gathered(name))
    return party


# --- who goes, and who changes --------------------------------------------------------------------


def withdraw(books: Books, source: str, order: Withdraw, now: float) -> None:
    """Take a ticket out; of a match that is not agreed to yet as well, which then comes to nothing."""
    name, request = order.ticket, order.request
    waiting, held = books.tickets.get(name), books.held.get(books.where.get(name, ""))
    party = books.gathers.get(name)
    if waiting is not None:
        books.leave([name])
        books.end(waiting.ticket, order.outcome, now)
    elif party is not None:
        fall_apart(books, party, order.outcome, now)
    elif held is None:
        books.refuse(source, order.sid, ErrorCode.NOT_FOUND, "no such ticket waits", request)
        return
    elif held.began:
        books.refuse(source, order.sid, ErrorCode.CONFLICT, "its match has begun", request)
        return
    else:
        abort(books, held, {name: order.outcome}, now)
    books.done(source, order.sid, request)


def pause(books: Books, _source: str, order: Pause, _now: float) -> None:
    """Note that a player's connection is lost, or there again."""
    name, sid = order.ticket, order.sid
    waiting, held = books.tickets.get(name), books.held.get(books.where.get(name, ""))
    party = books.gathers.get(name)
    if waiting is not None:
        books.put(waiting.ticket, _with(waiting.away, sid, paused=order.paused))
    elif party is not None:
        gathering = books.parties[party]
        gathering.away = _with(gathering.away, sid, paused=order.paused)
    elif held is not None:
        for place, each in enumerate(held.waiting):
            if each.ticket.id == name:
                away = _with(each.away, sid, paused=order.paused)
                ticket = replace(each.ticket, paused=bool(away))
                held.waiting[place] = replace(each, ticket=ticket, away=away)


def _with(away: frozenset[str], sid: str, *, paused: bool) -> frozenset[str]:
    return away | {sid} if paused else away - {sid}


def move(books: Books, source: str, order: MovePlayer, _now: float) -> None:
    """Note that a player is on another node, and tell that node how its ticket stands."""
    name, sid = order.ticket, order.sid
    waiting, held = books.tickets.get(name), books.held.get(books.where.get(name, ""))
    party = books.gathers.get(name)
    _say_moved_away(books, order)
    if waiting is not None:
        books.put(_moved(waiting.ticket, sid, order.node), waiting.away)
        _say_queued(books, order.node, sid, waiting.ticket, None)
    elif party is not None:
        gathering = books.parties[party]
        gathering.parts = [_moved(part, sid, order.node) for part in gathering.parts]
        missing = gathering.size - len(gathering.parts)
        _say_queued(books, order.node, sid, gathering.parts[0], None, missing)
    elif held is not None:
        _move_held(books, held, order)
    else:
        books.tell(source, Over(sid, books.queue.name, name, Outcome.LOST))


def _say_moved_away(books: Books, order: MovePlayer) -> None:
    """Tell the node on which a player was that it has it no more."""
    held = books.held.get(books.where.get(order.ticket, ""))
    party = books.parties.get(books.gathers.get(order.ticket, ""))
    waiting = books.tickets.get(order.ticket)
    tickets = [
        *([] if waiting is None else [waiting.ticket]),
        *([] if party is None else party.parts),
        *([] if held is None else [each.ticket for each in held.waiting]),
    ]
    for player in (player for ticket in tickets for player in ticket.players):
        if player.sid == order.sid and player.node != order.node:
            books.tell(player.node, MovedAway(order.sid))


def _move_held(books: Books, held: Held, order: MovePlayer) -> None:
    for place, each in enumerate(held.waiting):
        if each.ticket.id == order.ticket:
            ticket = _moved(each.ticket, order.sid, order.node)
            held.waiting[place] = replace(each, ticket=ticket)
    if held.began:
        books.note(held)
    ask_again(books, held, order.sid)


def _moved(ticket: Ticket, sid: str, node: str) -> Ticket:
    players = tuple(
        replace(player, node=node) if player.sid == sid else player for player in ticket.players
    )
    return replace(ticket, players=players)
