"""pystun3 as it is asked: what it says of each NAT, and how each of its faults comes out as words."""

import asyncio
import io
import sys

import msgspec
import pytest

import nat
from nat.discovery.classicworker import MOST_SENT, Question, ask, main
from nat.discovery.surroundings import Classic
from stunwire import (
    MAGIC_COOKIE,
    Address,
    MappedAddress,
    OtherAddress,
    Software,
    UnknownAttribute,
    UnknownAttributes,
    XorMappedAddress,
    decode,
)
from tests.nat.discovery.homes import OTHER, SERVER, Answer, Home, answering

COOKIE = MAGIC_COOKIE.to_bytes(4, "big")
MAPPED = MappedAddress(Address("203.0.113.1", 40000))
CHANGED = UnknownAttribute(5, MappedAddress(OTHER).encode())


def asked(home: Home, *others, wait: float = 0.2) -> Classic:
    async def work() -> Classic:
        question = Question(server=SERVER, local=home.alice.address, wait=wait, seconds=30.0)
        return await asyncio.to_thread(ask, question)

    return home.run(work(), None, *others)


def saying(*attributes, code: int | None = None) -> Answer:
    """A server that says always the same, without looking at what is asked of it."""

    def answer(data: bytes, _source: object) -> bytes:
        request = decode(data[:4] + COOKIE + data[8:])
        message = request.success(*attributes) if code is None else request.error(code, *attributes)
        said = message.encode()
        return said[:4] + data[4:8] + said[8:]

    return answer


@pytest.mark.parametrize(
    ("behavior", "name"),
    [
        ("EI/EI", "Full Cone"),
        ("EI/AD", "Restric NAT"),
        ("EI/APD", "Restric Port NAT"),
        ("AD/AD", "Symmetric NAT"),
        ("APD/APD", "Symmetric NAT"),
        (None, "Open Internet"),
        ("APD/EI", "Full Cone"),  # its fault: see tests of `secondopinion`
    ],
)
def test_its_name_for_each_nat(behavior: str | None, name: str) -> None:
    said = asked(Home(behavior and nat.parse(behavior)))
    assert (said.name, said.failure) == (name, "")


def test_it_finds_no_external_address_where_the_last_test_is_not_answered() -> None:
    assert asked(Home(nat.PORT_RESTRICTED_CONE)).external is None
    assert asked(Home(nat.FULL_CONE)).external is not None


def test_a_second_run_on_the_same_nat_says_the_same_because_each_has_a_port_of_its_own() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)

    async def twice() -> list[str]:
        question = Question(server=SERVER, local=home.alice.address, wait=0.2, seconds=30.0)
        return [(await asyncio.to_thread(ask, question)).name for _ in range(2)]

    assert home.run(twice()) == ["Restric Port NAT"] * 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (saying(UnknownAttributes((3,)), code=420), "without end"),
        (saying(MAPPED), "CHANGED-ADDRESS"),
        (saying(XorMappedAddress(MAPPED.address), OtherAddress(OTHER)), "CHANGED-ADDRESS"),
        (saying(MAPPED, Software("12345"), CHANGED), "padded"),
        (lambda data, source: b"HTTP/1.1 400 Bad Request", "no STUN answer"),
        (lambda data, source: data, "no answer to it"),
    ],
    ids=["420", "no-changed-address", "rfc-5780-alone", "padding", "no-stun", "its-own-question"],
)
def test_what_breaks_it_is_told_in_words(answer: Answer, words: str) -> None:
    def only_first(data: bytes, source: tuple[str, int]) -> bytes | None:
        # without CHANGED-ADDRESS it goes on to where there is none only after silence
        return None if b"\0\3\0\4" in data and "CHANGED" in words else answer(data, source)

    said = asked(Home(nat.FULL_CONE), answering(only_first))
    assert words in said.failure, said
    assert said.name == ""


def test_its_storm_is_bounded() -> None:
    count = 0

    def refuse(data: bytes, source: tuple[str, int]) -> bytes | None:
        nonlocal count
        count += 1
        return saying(UnknownAttributes((3,)), code=420)(data, source)

    asked(Home(nat.FULL_CONE), answering(refuse))
    assert count == MOST_SENT


def test_it_is_stopped_when_its_time_is_over() -> None:
    home = Home(nat.PORT_RESTRICTED_CONE)

    async def work() -> Classic:
        question = Question(server=SERVER, local=home.alice.address, wait=1.0, seconds=3.0)
        return await asyncio.to_thread(ask, question)

    said = home.run(work())
    assert "took too long" in said.failure
    assert said.seconds < 4.5


def test_an_address_that_is_not_ours_is_told() -> None:
    home = Home(nat.FULL_CONE)

    async def work() -> Classic:
        question = Question(server=SERVER, local="192.0.2.9", wait=1.0, seconds=3.0)
        return await asyncio.to_thread(ask, question)

    assert home.run(work()).failure.startswith("the system refuses: ")


def test_as_a_process_it_reads_a_question_and_writes_an_answer(monkeypatch) -> None:
    class Stream:
        def __init__(self, text: bytes = b"") -> None:
            self.buffer = io.BytesIO(text)

    question = Question(server=SERVER, local="192.0.2.9", wait=1.0, seconds=3.0)
    written = Stream()
    monkeypatch.setattr(sys, "stdin", Stream(msgspec.json.encode(question)))
    monkeypatch.setattr(sys, "stdout", written)
    assert main() == 0
    assert msgspec.json.decode(written.buffer.getvalue(), type=Classic).server == SERVER
