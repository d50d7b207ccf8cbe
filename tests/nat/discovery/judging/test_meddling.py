"""An ALG betrays itself by our internal address; fragments are no only where several servers say so."""

import pytest

from nat.discovery.evidence import Evidence
from nat.discovery.judging.meddling import judge_alg, judge_fragments
from nat.discovery.judging.reading import Reading
from nat.discovery.judging.silence import Loss
from nat.discovery.judging.trust import weigh
from nat.discovery.transactions import Answer, Purpose, Socket, Transaction, Transport
from stunwire import Address, Family

HERE, SEEN = Address("192.168.1.2", 5000), Address("203.0.113.9", 40000)
THERE, SECOND = Address("198.51.100.1", 3478), Address("192.0.2.1", 3478)


def alg(*mapped: Address | None) -> bool | None:
    transactions = tuple(
        Transaction(
            purpose=Purpose.MAPPING_I,
            server="a",
            trial=0,
            socket=0,
            target=THERE,
            sent=(0.0,),
            answers=(Answer(at=0.1, socket=0, source=THERE, mapped=each, xor_mapped=SEEN),),
        )
        for each in mapped
    )
    socket = Socket(number=0, transport=Transport.UDP, local=HERE)
    reading = Reading(Evidence(sockets=(socket,), transactions=transactions))
    trusts = weigh(reading, Family.IPV4, Transport.UDP, Loss())
    return judge_alg(reading, transactions, trusts).value


@pytest.mark.parametrize(
    ("mapped", "value"),
    [
        ([SEEN, SEEN], False),
        ([HERE, HERE], True),
        ([HERE, SEEN], None),
        ([Address("192.0.2.5", 1)], None),
        ([None], None),
    ],
)
def test_an_alg_is_what_puts_our_own_address_in(
    mapped: list[Address | None], value: bool | None
) -> None:
    assert alg(*mapped) is value


def pieces(
    target: Address, *, answered: int = 0, padding: int = 1500, copies: int = 9
) -> Transaction:
    answer = Answer(
        at=0.1, socket=0, source=target, xor_mapped=SEEN, size=answered, padding=padding
    )
    return Transaction(
        purpose=Purpose.FRAGMENTS,
        server=target.host,
        trial=0,
        socket=0,
        target=target,
        padding=padding,
        sent=tuple(float(n) for n in range(copies)),
        answers=(answer,) if answered else (),
    )


def whole(target: Address) -> Transaction:
    return pieces(target, answered=100, padding=0)


@pytest.mark.parametrize(
    ("transactions", "value"),
    [
        ([whole(THERE), pieces(THERE, answered=1600)], True),
        ([whole(THERE), pieces(THERE, answered=100)], None),
        ([whole(THERE), pieces(THERE)], None),
        ([whole(THERE), pieces(THERE), whole(SECOND), pieces(SECOND)], False),
        ([pieces(THERE), pieces(SECOND)], None),
        ([], None),
    ],
)
def test_fragments(transactions: list[Transaction], value: bool | None) -> None:
    reading = Reading(Evidence(transactions=tuple(transactions)))
    assert judge_fragments(reading, transactions, {}, Loss(0, 20)).value is value
