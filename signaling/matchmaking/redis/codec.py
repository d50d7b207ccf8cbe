"""How the server writes things and we read them: tickets, openings, matches, the log, and reports."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

import msgspec

from signaling.codes import ErrorCode
from signaling.faults import DecodeError
from signaling.matchmaking.ledger import changes, dealings
from signaling.matchmaking.ledger.claims import Answer, Verdict, seat
from signaling.matchmaking.ledger.dealings import Outcome, Report
from signaling.matchmaking.ledger.ledger import Lead
from signaling.matchmaking.matches import Match, MatchState
from signaling.matchmaking.packed import records
from signaling.matchmaking.packed.ticketrecords import (
    NEVER,
    decode,
    read_head,
    read_record,
    read_ticket,
)
from signaling.matchmaking.proposals import Blocked
from signaling.matchmaking.tickets import Opening, Ticket

_json = msgspec.json.Encoder().encode
_match_record = msgspec.msgpack.Decoder(records.MatchRecord)
_kept_opening = msgspec.msgpack.Decoder(records.KeptOpening)
_party_record = msgspec.msgpack.Decoder(records.PartyRecord)
_change = msgspec.msgpack.Decoder(records.ChangeRecord)
_changes = msgspec.msgpack.Decoder(list[records.ChangeRecord])
_reports = msgspec.msgpack.Decoder(list[records.ReportRecord])
_lead = msgspec.msgpack.Decoder(records.LeadRecord)
_match_body = msgspec.json.Decoder(Match)
_opening_body = msgspec.json.Decoder(Opening)
_KEPT: Final = b"\x92\xb0"
"""How the packed pair of a stamp and a record begins."""
_STAMP: Final = slice(len(_KEPT), len(_KEPT) + 16)
_FOUR: Final = b"\x94"
Heard: TypeAlias = Report | dealings.MovedAway
_Words: TypeAlias = (
    records.Queued
    | records.Refused
    | records.Done
    | records.Accepted
    | records.Requeued
    | records.Over
    | records.MovedAway
    | records.Progress
)
NONE: Final = -1
"""A number that is not there, in a list that scripts read."""


# --- things that are kept -------------------------------------------------------------------------


def write_match(match: Match) -> str:
    """Write a match without its tickets."""
    if match.tickets or match.state is not MatchState.FOUND:
        match = replace(match, tickets=(), seats=(), state=MatchState.FOUND)
    return _json(match).decode()


def read_match(data: bytes, queue: str, left: Iterable[str], *, began: bool) -> Match:
    """Read a match, of which some have left.

    Raises:
        DecodeError: It is none.
    """
    record: records.MatchRecord = decode(_match_record, _FOUR + data)
    head: Match = decode(_match_body, record.body)
    if began:
        head = replace(head, state=MatchState.STARTED)
    tickets = [read_ticket(each, queue) for each in record.tickets]
    return seat(head, tickets, record.teams, frozenset(left))


def write_opening(opening: Opening) -> str:
    """Write an opening."""
    return _json(replace(opening, expires=min(opening.expires, NEVER))).decode()


def _read_opening(record: records.OpeningRecord) -> Opening:
    opening: Opening = decode(_opening_body, record.body)
    expires = float("inf") if opening.expires >= NEVER else opening.expires
    return replace(opening, generation=record.generation, room=record.room, expires=expires)


def read_kept_ticket(stored: bytes, queue: str) -> changes.KeptTicket:
    """Read a ticket as it is kept."""
    if not stored.startswith(_KEPT):
        raise DecodeError("not a ticket and its stamp")
    return read_head(stored[_STAMP.stop :], _read_stamp(stored[_STAMP]), queue)


def read_moved_ticket(data: bytes, queue: str) -> Ticket:
    """Read the ticket of a player that has moved here."""
    return read_record(data, queue)


def read_kept_opening(stored: bytes) -> changes.Change:
    """Read an opening as it is kept."""
    kept = decode(_kept_opening, stored)
    return changes.Opened(_read_opening(kept.opening), _read_stamp(kept.stamp))


def read_kept_party(name: bytes, stored: bytes) -> changes.Change:
    """Read a party as it is kept."""
    return changes.Gathers(name.decode(), decode(_party_record, stored).until)


def read_kept_claim(stored: bytes, queue: str) -> changes.Change:
    """Read what was said last of a claim."""
    return _read_change(decode(_change, stored), queue)


def write_stamp(stamp: int) -> str:
    """Write a stamp as the scripts keep it."""
    return f"{stamp:016d}"


def _read_stamp(stamp: str | bytes) -> int:
    try:
        return int(stamp)
    except ValueError as error:
        raise DecodeError(f"not a stamp: {error}") from error


def read_answers(result: Any) -> list[Answer]:
    """Read what became of claims."""
    return [read_answer(each) for each in result]


def read_answer(result: Any) -> Answer:
    """Read what became of one claim."""
    if isinstance(result, int):
        return Answer(Verdict.MISSING, result)
    return Answer(Verdict(result.decode().lower()))


def read_lead(data: bytes) -> tuple[str, float, Lead]:
    """Read what a beat is answered with: what the store is called, its time, and who leads."""
    record = decode(_lead, data)
    lives = tuple(changes.Life(*each) for each in record.lives)
    return record.store, record.now, Lead(record.epoch, lives)


# --- the log and the reports ----------------------------------------------------------------------


def read_changes(data: bytes, queue: str) -> list[changes.Change]:
    """Read one entry of the log.

    Raises:
        DecodeError: It is none.
    """
    return [_read_change(each, queue) for each in decode(_changes, data)]


def _read_change(record: records.ChangeRecord, queue: str) -> changes.Change:
    match record:
        case records.Waits(stamp, ticket):
            return read_head(bytes(ticket), stamp, queue)
        case records.Left(tickets):
            return changes.Left(tickets)
        case records.Asked(claim, accept_by):
            return changes.Asked(claim, accept_by)
        case records.Began(match, players, stamp):
            return changes.Began(match, players, stamp)
        case records.Closed(claim):
            return changes.Closed(claim)
        case records.Opened(stamp, opening):
            return changes.Opened(_read_opening(opening), stamp)
        case records.Shut(opening):
            return changes.Shut(opening)
        case records.Gathers(party, until):
            return changes.Gathers(party, until)
        case records.Gathered(party):
            return changes.Gathered(party)


def write_progress(report: dealings.Progress) -> records.Progress:
    """Write how a ticket stands."""
    return records.Progress(
        *(report.sid, report.ticket, report.generation, report.waited, report.waiting),
        *(_or_none(report.window), _or_none(report.estimate)),
        report.blocked.value if report.blocked else "",
    )


def _or_none(number: float | None) -> float:
    """Scripts read no list with holes in it."""
    return NONE if number is None else number


def read_reports(entry: Mapping[bytes, bytes], queue: str, *, asks: bool) -> list[Heard]:
    """Read one entry for a node: reports, and beside them the matches that they are about.

    Raises:
        DecodeError: It is none.
    """
    heard: list[Heard] = []
    try:
        for each in decode(_reports, entry[b"r"]):
            if isinstance(each, records.Found | records.Started):
                heard += _read_match_report(each, entry[each.match.encode()], queue, asks=asks)
            else:
                heard += _read_report(each, queue)
    except (ValueError, KeyError) as error:
        raise DecodeError(f"a queue's scripts write no such word: {error}") from error
    return heard


def _read_match_report(
    record: records.Found | records.Started, data: bytes, queue: str, *, asks: bool
) -> list[Heard]:
    match = read_match(data, queue, record.left, began=record.began)
    if isinstance(record, records.Started):
        return [dealings.Started(sid, match, record.newcomers) for sid in record.sids]
    accept_in = match.accept_by - match.made
    return [dealings.Found(sid, match, accept_in, asks) for sid in record.sids]


def _read_report(record: _Words, queue: str) -> list[Heard]:
    match record:
        case records.Queued(sid, ticket, generation, waiting, estimate, missing, request):
            left, asked = _number(estimate), _request(request)
            return [dealings.Queued(sid, queue, ticket, generation, waiting, left, missing, asked)]
        case records.Refused(sid, code, why, request, retry_after):
            asked, after = _request(request), _number(retry_after)
            return [dealings.Refused(sid, ErrorCode(code), why, asked, after)]
        case records.Requeued(sid, match_id, ticket, generation, why):
            outcome = Outcome(why)
            return [dealings.Requeued(sid, queue, match_id, ticket, generation, outcome)]
        case records.Done(sid, request):
            return [dealings.Done(sid, request)]
        case records.Accepted(sid, match_id, accepted, players):
            return [dealings.Accepted(sid, match_id, accepted, players)]
        case records.Over() | records.Progress() | records.MovedAway():
            return [_read_standing(record, queue)]


def _read_standing(
    record: records.Over | records.Progress | records.MovedAway, queue: str
) -> Heard:
    match record:
        case records.MovedAway(sid):
            return dealings.MovedAway(sid)
        case records.Progress():
            return _read_progress(record, queue)
        case records.Over():
            return _read_over(record, queue)


def _read_over(record: records.Over, queue: str) -> Report:
    more = (record.match or None, record.result.encode(), dict(record.leavers))
    return dealings.Over(record.sid, queue, record.ticket, Outcome(record.outcome), *more)


def _read_progress(record: records.Progress, queue: str) -> Report:
    blocked = Blocked(record.blocked) if record.blocked else None
    numbers = (record.generation, record.waited, record.waiting)
    window, estimate = _number(record.window), _number(record.estimate)
    return dealings.Progress(record.sid, queue, record.ticket, *numbers, window, estimate, blocked)


def _number(number: float) -> float | None:
    return None if number == NONE else number


def _request(number: int) -> int | None:
    return None if number == NONE else number
