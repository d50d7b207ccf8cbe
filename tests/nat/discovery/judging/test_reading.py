"""Only answers from where was asked, to who asked, are genuine; `0.0.0.0` is no own address."""

import pytest

from nat.discovery.evidence import Evidence
from nat.discovery.judging.reading import Reading
from nat.discovery.transactions import Answer, Purpose, Socket, Transaction, Transport
from stunwire import Address

THERE, OTHER = Address("198.51.100.1", 3478), Address("198.51.100.2", 3479)
HERE, SEEN = Address("192.168.1.2", 5000), Address("203.0.113.9", 40000)


def answer(**values: object) -> Answer:
    given = {"at": 0.1, "socket": 0, "source": THERE, "xor_mapped": SEEN, **values}
    return Answer(**given)  # type: ignore[arg-type]


def asked(*answers: Answer, **values: object) -> Transaction:
    given = {
        "purpose": Purpose.MAPPING_I,
        "server": "a",
        "trial": 0,
        "socket": 0,
        "target": THERE,
        "sent": (0.0,),
        "answers": answers,
        **values,
    }
    return Transaction(**given)  # type: ignore[arg-type]


def reading(*transactions: Transaction, local: Address = HERE) -> Reading:
    socket = Socket(number=0, transport=Transport.UDP, local=local)
    return Reading(Evidence(sockets=(socket,), transactions=transactions))


@pytest.mark.parametrize(
    "odd",
    [
        answer(source=OTHER),
        answer(socket=1),
        answer(error=420),
        answer(xor_mapped=None),
        answer(xor_mapped=None, mapped=HERE),
    ],
)
def test_what_is_no_answer_to_this_tells_no_mapping(odd: Answer) -> None:
    transaction = asked(odd)
    assert reading(transaction).sighting(transaction) is None


def test_the_masked_address_counts_before_the_plain_one() -> None:
    transaction = asked(answer(mapped=HERE))
    seen = reading(transaction).sighting(transaction)
    assert seen is not None
    assert seen.mapped == SEEN
    old = asked(answer(mapped=SEEN, xor_mapped=None))
    seen = reading(old).sighting(old)
    assert seen is not None
    assert seen.mapped == SEEN


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "no address"])
def test_an_unspecified_own_address_is_none(host: str) -> None:
    transaction = asked(answer())
    assert reading(transaction, local=Address(host, 5000)).local(transaction) is None


def test_where_an_answer_must_come_from_follows_the_server_s_word() -> None:
    first = asked(answer(other=OTHER))
    both = asked(change_ip=True, change_port=True)
    port = asked(change_port=True)
    read = reading(first, both, port)
    assert read.expected_source(both) == OTHER
    assert read.expected_source(port) == Address(THERE.host, OTHER.port)
    assert reading(both).expected_source(both) is None


def test_what_a_port_had_sent_before_counts_and_not_what_it_sent_later() -> None:
    first, test, later = asked(), asked(sent=(1.0, 2.0)), asked(target=OTHER, sent=(3.0,))
    read = reading(first, test, later)
    assert read.contacted(test) == {THERE}
    assert read.contacted(later) == {THERE, OTHER}
