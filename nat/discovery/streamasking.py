"""Asks STUN servers over TCP and TLS: one connection for each question, as many as needed from one port."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from typing import Final

from nat.discovery.network import StreamEndpoint
from nat.discovery.question import Question, read_answer
from nat.discovery.recorder import Asked, Recorder
from nat.discovery.transactions import Transport
from stunwire import Class, DecodeError, Method, StreamCutter, StreamError, decode

PATIENCE: Final = 3.0
"""Seconds in which an answer must come; TCP itself sends again what is lost."""
_MOST_FRAMES: Final = 16
_LONGEST: Final = 2048


async def ask_over(
    stream: StreamEndpoint,
    question: Question,
    trial: int,
    recorder: Recorder,
    *,
    transport: Transport,
    interface: str = "",
) -> Asked:
    """Ask once over a connection, and wait for the answer."""
    number = recorder.socket(transport, stream.local, interface)
    asked = recorder.asked(question, trial, number)
    transaction_id = secrets.token_bytes(12)
    try:
        async with asyncio.timeout(PATIENCE):
            asked.sent.append(recorder.now())
            await stream.send(question.encode(transaction_id))
            await _hear(stream, transaction_id, asked, recorder)
    except TimeoutError:
        asked.failure = ""
    except (OSError, StreamError) as error:
        asked.failure = str(error)
    asked.is_over = True
    return asked


async def _hear(
    stream: StreamEndpoint, transaction_id: bytes, asked: Asked, recorder: Recorder
) -> None:
    seen = 0
    async for frame in _frames(stream):
        seen += 1
        if seen > _MOST_FRAMES:
            raise StreamError("more came than any server sends")
        if frame[8:20] != transaction_id:
            recorder.strays += 1
            continue
        try:
            message = decode(frame)
        except DecodeError:
            recorder.malformed += 1
            continue
        if message.method == Method.BINDING and message.cls in {Class.SUCCESS, Class.ERROR}:
            answer = read_answer(
                message,
                at=recorder.now(),
                socket=asked.socket,
                source=stream.remote,
                size=len(frame),
            )
            recorder.answered(asked, answer)
            return
        recorder.strays += 1
    raise ConnectionError("the connection was closed without an answer")


async def _frames(stream: StreamEndpoint) -> AsyncIterator[bytes]:
    cutter = StreamCutter(longest=_LONGEST)
    while data := await stream.receive():
        for frame in cutter.feed(data):
            yield frame


@contextlib.asynccontextmanager
async def closing_all(streams: list[StreamEndpoint]) -> AsyncIterator[None]:
    """Close connections at the end, together."""
    try:
        yield
    finally:
        await asyncio.gather(*(each.close() for each in streams), return_exceptions=True)
