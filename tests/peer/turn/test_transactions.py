"""Requests until they are answered, refused or given up."""

from typing import Any

import pytest

from peer.turn.transactions import GIVEN_UP_AFTER, MOST_SENDS, Refusal, Transactions
from stunwire import Carrier, LongTermCredential, Message, Method, Nonce, Realm, decode

ASK = Message.request(Method.REFRESH, b"")


class Desk:
    def __init__(self, carrier: Carrier = Carrier.DATAGRAM) -> None:
        self.sent: list[tuple[float, bytes]] = []
        self.answers: list[Any] = []
        self.now = 0.0
        ids = iter(range(1, 1000))
        self.transactions = Transactions(
            LongTermCredential("alice", "wonder"),
            carrier,
            lambda: next(ids).to_bytes(12, "big"),
            lambda data: self.sent.append((self.now, data)),
        )

    def ask(self) -> Message:
        self.transactions.ask(ASK, lambda answer, now: self.answers.append(answer), self.now)
        return decode(self.sent[-1][1])

    def run(self) -> None:
        while (deadline := self.transactions.next_deadline()) is not None:
            self.now = deadline
            self.transactions.handle_timer(self.now)


def test_over_udp_a_request_is_sent_again_after_twice_the_time() -> None:
    desk = Desk()
    desk.ask()
    desk.run()
    assert [at for at, _ in desk.sent] == [0.0, 0.5, 1.5, 3.5]
    assert len(desk.sent) == MOST_SENDS
    assert len({data for _, data in desk.sent}) == 1
    assert desk.answers == [Refusal("the server does not answer")]
    assert desk.now == GIVEN_UP_AFTER


def test_over_a_stream_it_is_sent_once() -> None:
    desk = Desk(Carrier.STREAM)
    desk.ask()
    desk.run()
    assert len(desk.sent) == 1
    assert desk.now == GIVEN_UP_AFTER


def test_an_answer_of_another_method_or_to_nobody_is_dropped() -> None:
    desk = Desk()
    request = desk.ask()
    wrong = Message.request(Method.ALLOCATE, request.transaction_id).success()
    stranger = Message.request(Method.REFRESH, bytes(12)).success()
    for answer in (wrong, stranger):
        desk.transactions.receive(answer, 0.0)
    assert not desk.answers
    desk.transactions.receive(request.success(), 0.0)
    desk.transactions.receive(request.success(), 0.0)
    assert len(desk.answers) == 1


def test_a_challenge_is_answered_with_a_new_transaction() -> None:
    desk = Desk()
    first = desk.ask()
    assert not desk.transactions.is_proven(Method.REFRESH)
    desk.transactions.receive(first.error(401, Realm("lab"), Nonce("n")), 0.0)
    second = decode(desk.sent[-1][1])
    assert second.transaction_id != first.transaction_id
    assert second.has_integrity
    assert desk.transactions.is_proven(Method.REFRESH)
    desk.transactions.receive(second.error(401, Realm("lab"), Nonce("n")), 0.0)
    assert desk.answers[0].code == 401


@pytest.mark.parametrize(
    ("code", "reason", "words"),
    [
        (486, "", "486 the user has as many allocations as the server allows"),
        (486, "Quota", "486 the user has as many allocations as the server allows (Quota)"),
        (499, "Odd", "499 Odd"),
        (499, "", "499 without a reason"),
    ],
)
def test_a_code_is_put_into_words(code: int, reason: str, words: str) -> None:
    desk = Desk()
    desk.transactions.receive(desk.ask().error(code, reason=reason), 0.0)
    assert desk.answers[0].reason == words
