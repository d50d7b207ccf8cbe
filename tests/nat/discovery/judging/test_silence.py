"""Silence counts only where so much of it cannot be loss."""

import pytest

from nat.discovery.evidence import Evidence
from nat.discovery.judging.reading import Reading
from nat.discovery.judging.silence import Loss, measure, unanswered
from nat.discovery.transactions import Answer, Purpose, Transaction
from stunwire import Address

THERE = Address("198.51.100.1", 3478)
SEEN = Address("203.0.113.9", 40000)


def asked(
    sent: tuple[float, ...], *answers: float, abandoned: bool = False, failure: str = ""
) -> Transaction:
    return Transaction(
        purpose=Purpose.MAPPING_I,
        server="a",
        trial=0,
        socket=0,
        target=THERE,
        sent=sent,
        answers=tuple(Answer(at=at, socket=0, source=THERE, xor_mapped=SEEN) for at in answers),
        abandoned=abandoned,
        failure=failure,
    )


def test_the_more_is_lost_the_more_silence_it_takes() -> None:
    needed = [
        next(count for count in range(1, 200) if loss.rules_out(count))
        for loss in (Loss(0, 30), Loss(1, 30), Loss(6, 30), Loss(30, 30))
    ]
    assert needed == sorted(needed)
    assert needed[0] > 3
    assert needed[-1] > 15


def test_without_any_measure_few_packets_prove_nothing() -> None:
    assert not Loss().rules_out(5)
    assert not Loss().rules_out(0)


@pytest.mark.parametrize(
    ("transactions", "loss"),
    [
        ([asked((0.0,), 0.05)], Loss(0, 1)),
        ([asked((0.0, 0.5), 0.55)], Loss(1, 1)),
        ([asked((0.0, 0.5), 0.7, 1.2)], Loss(0, 2)),
        ([asked((0.0,), 0.05, 0.06)], Loss(0, 1)),
        ([asked((0.0,), 0.05), asked((1.0, 1.5))], Loss(2, 1)),
        ([asked((0.0,), 0.05), asked((1.0, 1.5), abandoned=True)], Loss(0, 1)),
        ([asked((0.0, 0.5))], Loss(0, 0)),
    ],
)
def test_loss_is_counted_where_answers_were_due(
    transactions: list[Transaction], loss: Loss
) -> None:
    reading = Reading(Evidence(transactions=tuple(transactions)))
    assert measure(reading, transactions) == loss


def test_what_was_given_up_or_could_not_be_sent_is_no_silence() -> None:
    assert unanswered(asked((0.0, 0.5))) == 2
    assert unanswered(asked((0.0, 0.5), abandoned=True)) == 0
    assert unanswered(asked((0.0,), failure="no route")) == 0
