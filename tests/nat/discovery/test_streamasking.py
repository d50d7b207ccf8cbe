"""A server over TCP may answer in pieces, late, wrongly or never: that is recorded and ends."""

import asyncio

import pytest

from nat.discovery.evidence import Evidence
from nat.discovery.question import Question
from nat.discovery.recorder import Asked, Recorder
from nat.discovery.streamasking import PATIENCE, ask_over, closing_all
from nat.discovery.transactions import Purpose, Transport
from stunwire import Address, Message, XorMappedAddress, decode

from .scripted import HOME, OUTSIDE, SERVER, ScriptedNetwork, run

MAPPED = XorMappedAddress(Address(OUTSIDE, 4000))


class _Stream:
    """A connection whose other end says what a function makes of the request."""

    local, remote = Address(HOME, 40000), SERVER

    def __init__(self, says) -> None:  # type: ignore[no-untyped-def]
        self._says = says
        self._pieces: list[bytes | OSError] = []
        self.is_closed = False

    async def send(self, data: bytes) -> None:
        self._pieces = list(self._says(decode(data)))

    async def receive(self) -> bytes:
        if not self._pieces:
            await asyncio.sleep(3600)
        piece = self._pieces.pop(0)
        if isinstance(piece, OSError):
            raise piece
        return piece

    async def close(self) -> None:
        self.is_closed = True


def _ask(says) -> tuple[Asked, Evidence]:  # type: ignore[no-untyped-def]
    async def main() -> tuple[Asked, Evidence]:
        recorder = Recorder(ScriptedNetwork())
        stream = _Stream(says)
        async with closing_all([stream]):
            question = Question(Purpose.MAPPING_I, "a", SERVER)
            asked = await ask_over(stream, question, 0, recorder, transport=Transport.TCP)
        assert stream.is_closed
        assert recorder.now() <= PATIENCE
        assert asked.is_over
        return asked, recorder.evidence()

    return run(main())


def test_an_answer_in_pieces_is_read() -> None:
    def says(request: Message) -> list[bytes]:
        data = request.success(MAPPED).encode()
        return [data[:3], data[3:21], data[21:]]

    asked, evidence = _ask(says)
    assert asked.mapped == MAPPED.address
    assert evidence.sockets[0].transport is Transport.TCP


def test_what_is_no_answer_to_this_is_counted_and_passed_over() -> None:
    def says(request: Message) -> list[bytes]:
        right = request.success(MAPPED).encode()
        strange = Message.request(1, b"x" * 12).success(MAPPED).encode()
        broken = right[:3] + bytes([right[3] - 4]) + right[4:20] + b"\0\x20\0\x08" + bytes(4)
        return [strange, broken, request.encode(), right]

    asked, evidence = _ask(says)
    assert asked.mapped == MAPPED.address
    assert (evidence.strays, evidence.malformed) == (2, 1)


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([], ""),
        ([b""], "closed without an answer"),
        ([ConnectionResetError("reset")], "reset"),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "."),
        ([Message.indication(1, b"x" * 12).encode() * 40], "more came"),
    ],
)
def test_what_never_becomes_an_answer_ends(pieces: list[bytes | OSError], words: str) -> None:
    import re

    asked, _ = _ask(lambda _: pieces)
    assert not asked.is_answered
    assert re.search(words, asked.failure) or words == "" == asked.failure
