"""Whether an error ends a mapping is concluded from what came in after it, and from a port that changed."""

from collections.abc import Callable

import pytest

from nat.choices import Dependence
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, known
from nat.discovery.judging.forgetting import judge_forgetting
from nat.discovery.judging.reading import Reading
from nat.discovery.transactions import Answer, Purpose, Socket, Transaction, Transport
from stunwire import Address

EI, AD, APD = Dependence
SERVER, CLOSED = Address("198.51.100.1", 3478), Address("198.51.100.1", 33434)
OUTSIDE = Address("203.0.113.9", 7000)
X, Y = 0, 1


def step(purpose: Purpose, socket: int, at: float, **values: object) -> Transaction:
    fields: dict[str, object] = {"server": "a", "trial": 1, "target": SERVER, "sent": (at,)}
    return Transaction(purpose=purpose, socket=socket, **{**fields, **values})  # type: ignore[arg-type]


def answer(socket: int, at: float, seen: Address | None = OUTSIDE, **values: object) -> Answer:
    return Answer(at=at, socket=socket, source=SERVER, xor_mapped=seen, **values)  # type: ignore[arg-type]


def evidence(
    *,
    refused: tuple[float, ...] = (1.1,),
    asked: tuple[Answer, ...] | None = (),
    again: Address | None = OUTSIDE,
    local: int = 40000,
) -> Evidence:
    """One trial: it was told that nobody was there; the answer to Y's question; what was seen of X at last."""
    steps = [
        step(Purpose.ERROR_OPEN, X, 0.0, answers=(answer(X, 0.1),)),
        step(Purpose.ERROR_PROVOKE, X, 1.0, server="", target=CLOSED, refused=refused),
    ]
    if asked is not None:
        steps.append(step(Purpose.ERROR_ASK, Y, 2.0, response_port=7000, answers=asked))
    if again is not None:
        steps.append(step(Purpose.ERROR_AGAIN, X, 5.0, answers=(answer(X, 5.1, again),)))
    sockets = tuple(
        Socket(number=each, transport=Transport.UDP, local=Address("192.168.1.2", local + each))
        for each in (X, Y)
    )
    return Evidence(transactions=tuple(steps), sockets=sockets)


def found(*trials: Evidence, mapping: Dependence = EI) -> Finding[bool]:
    reading = Reading(trials[0])
    return judge_forgetting(reading, reading.transactions, known(mapping, ""))


ARRIVED, NEW = (answer(X, 2.1),), Address(OUTSIDE.host, 7001)


@pytest.mark.parametrize("mapping", [EI, AD])
@pytest.mark.parametrize(
    ("told", "forgets"),
    [
        (lambda: evidence(asked=ARRIVED), False),
        (lambda: evidence(again=NEW), True),
        (lambda: evidence(again=NEW, refused=()), True),  # the NAT may swallow the error
        # nobody told that anybody refused: what outlived nothing proves nothing
        (lambda: evidence(asked=ARRIVED, refused=()), None),
        (lambda: evidence(asked=()), None),
        # a server that cannot answer elsewhere
        (lambda: evidence(asked=(answer(Y, 2.1, None, error=420),)), False),
        (lambda: evidence(asked=None), False),
        (lambda: evidence(asked=None, local=OUTSIDE.port), None),  # made anew it would be the same
        (lambda: evidence(asked=None, again=None), None),
    ],
)
def test_a_mapping_outlived_an_error_or_did_not(
    told: Callable[[], Evidence], forgets: bool | None, mapping: Dependence
) -> None:
    assert found(told(), mapping=mapping).value is forgets


def test_where_each_target_has_a_mapping_of_its_own_it_is_not_asked() -> None:
    assert "of its own" in found(evidence(again=NEW), mapping=APD).why


def test_without_a_trial_it_was_not_tested() -> None:
    assert found(Evidence()).status.value == "not tested"
