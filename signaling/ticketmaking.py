"""From what a client says to a ticket; what a queue cannot use is refused, with the place."""

from collections.abc import Mapping

from signaling.codes import ErrorCode
from signaling.matchmaking.configuration.queues import Equal, Overlap, Queue, Rule, Within
from signaling.matchmaking.tickets import Player, Ticket, Value
from signaling.messages import EnterQueue
from signaling.sessions import Session
from signaling.wire import Refusal


def make_ticket(
    message: EnterQueue, session: Session, queue: Queue, node: str, name: str
) -> Ticket | Refusal:
    """Make the ticket `name` of a session, or say what is wrong."""
    why = _wrong_party(message, queue) or _wrong_properties(message.props, queue)
    if why is not None:
        return why
    player = Player(
        peer=session.peer,
        sid=session.sid,
        node=node,
        subject=session.identity.subject,
        rating=_rating(message, session, queue),
        rtt=dict(message.rtt),
        openness=message.openness,
        bot=message.bot,
    )
    return Ticket(
        id=name,
        queue=queue.name,
        players=(player,),
        keys=tuple(str(message.props[key]) for key in queue.keys),
        properties=dict(message.props),
        avoid=frozenset(message.avoid),
    )


def _rating(message: EnterQueue, session: Session, queue: Queue) -> float:
    """What the token says comes first."""
    if session.identity.rating is not None:
        return session.identity.rating
    if message.rating is not None and queue.trust_ratings:
        return message.rating
    return queue.rating_default


def _wrong_party(message: EnterQueue, queue: Queue) -> Refusal | None:
    if message.party is None or message.party.size <= queue.party_max:
        return None
    size, most = message.party.size, queue.party_max
    return Refusal(
        ErrorCode.FORBIDDEN, f"party.size is {size}, {queue.name!r} takes at most {most}"
    )


def _wrong_properties(props: Mapping[str, Value], queue: Queue) -> Refusal | None:
    for key in queue.keys:
        if not isinstance(props.get(key), str):
            return _expected(queue, key, "a word", props.get(key))
    for rule in queue.rules:
        value = props.get(rule.property)
        if wanted := _wanted(rule, value):
            return _expected(queue, rule.property, wanted, value)
    return None


def _wanted(rule: Rule, value: Value | None) -> str:
    """What is expected instead of a value; empty if it will do."""
    match rule:
        case Within() if not isinstance(value, float | int):
            return "a number"
        case Overlap() if not isinstance(value, tuple):
            return "an array of words"
        case Equal() if value is None:
            return "a value"
        case _:
            return ""


def _expected(queue: Queue, key: str, wanted: str, value: Value | None) -> Refusal:
    came = "nothing" if value is None else f"{value!r:.60}"
    why = f"{queue.name!r} expects {wanted} in props.{key}, {came} came"
    return Refusal(ErrorCode.BAD_MESSAGE, why)
