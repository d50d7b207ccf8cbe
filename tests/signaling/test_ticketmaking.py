"""Tickets of what clients say."""

import pytest

from signaling.codes import ErrorCode
from signaling.gate import Identity
from signaling.messages import EnterQueue, Properties
from signaling.sessions import Session
from signaling.ticketmaking import make_ticket
from signaling.wire import Refusal
from tests.signaling.queueing import DUEL, RULED

RIGHT: Properties = {"mode": "ranked", "level": 3.0, "maps": ("dust",), "clan": "red"}


def test_a_ticket_bears_the_keys_of_its_queue_in_their_order() -> None:
    ticket = make_ticket(EnterQueue(queue="ruled", props=RIGHT), Session("s", "p"), RULED, "n", "t")
    assert not isinstance(ticket, Refusal)
    assert ticket.keys == ("ranked",)
    assert ticket.properties == RIGHT


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"mode": None}, "'ruled' expects a word in props.mode, nothing came"),
        ({"level": "x"}, "'ruled' expects a number in props.level, 'x' came"),
        ({"level": None}, "'ruled' expects a number in props.level, nothing came"),
        ({"maps": "dust"}, "'ruled' expects an array of words in props.maps, 'dust' came"),
        ({"clan": None}, "'ruled' expects a value in props.clan, nothing came"),
    ],
)
def test_what_a_rule_cannot_look_at_is_refused(change: dict, why: str) -> None:
    props = {key: value for key, value in (RIGHT | change).items() if value is not None}
    message = EnterQueue(queue="ruled", props=props)
    refusal = make_ticket(message, Session("s", "p"), RULED, "n", "t")
    assert refusal == Refusal(ErrorCode.BAD_MESSAGE, why)


@pytest.mark.parametrize(
    ("queue", "said", "token", "counts"),
    [
        (DUEL, None, None, 1500.0),
        (DUEL, 1700.0, None, 1700.0),
        (DUEL, 1700.0, 900.0, 900.0),
        (RULED, 1700.0, None, 1000.0),
        (RULED, 1700.0, 900.0, 900.0),
    ],
)
def test_the_token_says_a_rating_then_a_client_that_is_trusted_then_the_queue(
    queue, said, token, counts
) -> None:
    session = Session("s", "p")
    session.identity = Identity(rating=token)
    message = EnterQueue(queue=queue.name, props=RIGHT, rating=said)
    ticket = make_ticket(message, session, queue, "n", "t")
    assert not isinstance(ticket, Refusal)
    assert ticket.players[0].rating == counts
