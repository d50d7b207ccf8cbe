"""Whatever the evidence, the judge answers, always the same; and noise turns no answer into another."""

import dataclasses
import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nat.choices import Dependence, PortMapping
from nat.discovery import decode, encode
from nat.discovery.document import encode_report
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding
from nat.discovery.judging import judge
from nat.discovery.prediction import predict
from nat.discovery.report import Report
from nat.discovery.surroundings import (
    Attempt,
    Classic,
    GatewayProbe,
    Interface,
    MapTest,
    Means,
    PinholeProbe,
    PinholeTest,
    SizeProbe,
)
from nat.discovery.transactions import (
    Answer,
    Arrival,
    Purpose,
    Rung,
    Server,
    Socket,
    Timer,
    Transaction,
    Transport,
)
from stunwire import Address
from tests.nat.discovery.judging.playing import Played, PlayedServer

HOSTS = [
    "192.168.1.2",
    "203.0.113.9",
    "198.51.100.1",
    "198.51.100.2",
    "2001:db8::1",
    "0.0.0.0",
    "",
    "x",
]
ADDRESSES = st.builds(
    Address, st.sampled_from(HOSTS), st.sampled_from([0, 3478, 3479, 40000, 70000])
)
TIMES = st.floats(0, 20)
NUMBERS = st.integers(0, 3)
WORDS = st.sampled_from(["", "a", "b", "timed out"])


def some(strategy: st.SearchStrategy[Any], most: int = 4) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most).map(tuple)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


ANSWERS = st.builds(
    Answer,
    at=TIMES,
    socket=NUMBERS,
    source=ADDRESSES,
    mapped=maybe(ADDRESSES),
    xor_mapped=maybe(ADDRESSES),
    origin=maybe(ADDRESSES),
    other=maybe(ADDRESSES),
    error=st.sampled_from([None, None, None, 420, 0]),
)
TRANSACTIONS = st.builds(
    Transaction,
    purpose=st.sampled_from(Purpose),
    server=WORDS,
    trial=NUMBERS,
    socket=NUMBERS,
    target=ADDRESSES,
    change_ip=st.booleans(),
    change_port=st.booleans(),
    response_port=maybe(st.just(40000)),
    padding=st.sampled_from([0, 1500]),
    sent=some(TIMES),
    answers=some(ANSWERS, 2),
    arrivals=some(st.builds(Arrival, at=TIMES, socket=NUMBERS, source=ADDRESSES), 1),
    failure=WORDS,
    abandoned=st.booleans(),
)
ATTEMPTS = st.builds(
    Attempt,
    means=st.sampled_from(Means),
    name=WORDS,
    target=maybe(ADDRESSES),
    reached_at=maybe(TIMES),
    finished_at=maybe(TIMES),
    failure=WORDS,
    error=maybe(NUMBERS),
)
EVIDENCE = st.builds(
    Evidence,
    interrupted=st.booleans(),
    interfaces=some(st.builds(Interface, name=WORDS, addresses=some(st.sampled_from(HOSTS), 2)), 2),
    servers=some(
        st.builds(
            Server,
            name=WORDS,
            transport=st.sampled_from(Transport),
            addresses=some(ADDRESSES, 1),
            failure=WORDS,
            no_way=st.booleans(),
        ),
        3,
    ),
    sockets=some(
        st.builds(Socket, number=NUMBERS, transport=st.sampled_from(Transport), local=ADDRESSES)
    ),
    transactions=some(TRANSACTIONS, 8),
    rungs=some(st.builds(Rung, timer=st.sampled_from(Timer), trial=NUMBERS, wait=TIMES), 3),
    attempts=some(ATTEMPTS, 3),
    sizes=some(
        st.builds(SizeProbe, target=ADDRESSES, size=st.integers(), answered_at=maybe(TIMES)), 2
    ),
    gateways=some(
        st.builds(
            GatewayProbe,
            protocol=st.sampled_from(PortMapping),
            answered_at=maybe(TIMES),
            external=maybe(st.sampled_from(HOSTS)),
        ),
        2,
    ),
    map_tests=some(
        st.builds(MapTest, protocol=st.sampled_from(PortMapping), external=maybe(ADDRESSES)), 1
    ),
    firewalls=some(
        st.builds(PinholeProbe, protocol=st.sampled_from(PortMapping), answered_at=maybe(TIMES)),
        1,
    ),
    pinhole_tests=some(
        st.builds(PinholeTest, protocol=st.sampled_from(PortMapping), external=maybe(ADDRESSES)), 1
    ),
    classic=some(st.builds(Classic, server=ADDRESSES, name=WORDS, failure=WORDS), 1),
)


@settings(max_examples=25, deadline=None)
@given(EVIDENCE)
def test_any_evidence_is_judged_and_judged_again_the_same(evidence: Evidence) -> None:
    report = judge(evidence)
    assert judge(evidence) == report
    assert judge(decode(encode(evidence))) == report
    assert encode_report(report)
    assert predict(report, report).sentence


def known_of(report: Report) -> dict[str, object]:
    """Everything that is known of the families."""
    found: dict[str, object] = {}
    for family in report.families:
        for part in (family, family.ports):
            for field in dataclasses.fields(part):
                finding = getattr(part, field.name)
                if isinstance(finding, Finding) and finding.is_known:
                    found[f"{family.family.name} {field.name}"] = finding.value
    return found


def _duplicate(transaction: Transaction, chance: random.Random) -> Transaction:
    return msgspec.structs.replace(
        transaction, answers=transaction.answers * chance.choice([1, 2, 3])
    )


def _stray(transaction: Transaction, chance: random.Random) -> Transaction:
    """Something from elsewhere that bears the id, with nonsense in it."""
    stray = Answer(
        at=transaction.sent[-1],
        socket=transaction.socket,
        source=Address("192.0.2.66", 666),
        xor_mapped=Address("192.0.2.67", chance.randrange(1, 65536)),
    )
    return msgspec.structs.replace(transaction, answers=(*transaction.answers, stray))


def _lose(transaction: Transaction, chance: random.Random) -> Transaction:
    """An answer that came is lost after all; by then it had been asked five times."""
    if chance.random() > 0.15 or not transaction.sent:
        return transaction
    first = transaction.sent[0]
    sent = tuple(first + 0.1 * number for number in range(5))
    return msgspec.structs.replace(transaction, answers=(), sent=sent)


@pytest.mark.parametrize("noise", [_duplicate, _stray, _lose])
@pytest.mark.parametrize("mapping", list(Dependence))
def test_noise_never_turns_an_answer_into_another(mapping: Dependence, noise: Any) -> None:
    chance = random.Random(7)
    for filtering in Dependence:
        servers = [PlayedServer(), PlayedServer("b.example", "192.0.2.1", None)]
        evidence = Played(mapping, filtering, servers=servers).diagnose()
        before = known_of(judge(evidence))
        for _ in range(5):
            noisy = tuple(noise(each, chance) for each in evidence.transactions)
            after = known_of(judge(msgspec.structs.replace(evidence, transactions=noisy)))
            changed = {
                name: (before[name], value)
                for name, value in after.items()
                if name in before and before[name] != value
            }
            assert not changed
