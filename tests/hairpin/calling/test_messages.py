"""Messages are sent back, printed, or counted, on a channel of two ends."""

import asyncio
import os
from typing import Any

import pytest

from hairpin.calling import messages
from hairpin.calling.messages import Conversation
from hairpin.calling.plan import Doing
from peer import ChannelClosedError


class Channel:
    """One end: what is put in comes out, what is sent is kept."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.sent: list[str | bytes] = []
        self.closed = False

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> str | bytes:
        message = await self.queue.get()
        if message is None:
            raise StopAsyncIteration
        return message

    async def send(self, message: str | bytes) -> None:
        if self.closed:
            raise ChannelClosedError("closed")
        self.sent.append(message)


def conversation(channel: Channel, doing: Doing, shown: list[str], stdin: int = 0) -> Conversation:
    return Conversation(channel, doing, shown.append, stdin=stdin)  # type: ignore[arg-type]


@pytest.mark.parametrize(("doing", "sent"), [(Doing.ECHO, ["one", b"two"]), (Doing.NOTHING, [])])
async def test_an_echo_sends_back_what_comes_and_ends_with_the_channel(
    doing: Doing, sent: list[str | bytes]
) -> None:
    channel = Channel()
    for message in ("one", b"two", None):
        channel.queue.put_nowait(message)
    talk = conversation(channel, doing, [])
    await talk.run()
    assert channel.sent == sent
    assert (talk.counts.received, talk.counts.bytes_received) == (2, 6)
    assert talk.counts.sent == len(sent)


async def test_a_chat_says_its_lines_prints_the_others_and_ends_with_its_input(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "LINGER", 0.02)
    reading, writing = os.pipe()
    os.write(writing, b"hello\nthere\n")
    os.close(writing)
    channel, shown = Channel(), list[str]()
    channel.queue.put_nowait("hi\x1b[31m")
    channel.queue.put_nowait(b"12345")
    await conversation(channel, Doing.CHAT, shown, reading).run()
    os.close(reading)
    assert channel.sent == ["hello", "there"]
    assert shown == ["hi\\x1b[31m", "(5 B of binary data)"]


async def test_a_chat_whose_channel_closes_does_not_wait_for_its_input() -> None:
    reading, writing = os.pipe()
    channel = Channel()
    channel.queue.put_nowait(None)
    async with asyncio.timeout(5):
        await conversation(channel, Doing.CHAT, [], reading).run()
    os.close(writing)


async def test_what_cannot_be_sent_any_more_is_not_counted() -> None:
    channel = Channel()
    channel.closed = True
    channel.queue.put_nowait("late")
    channel.queue.put_nowait(None)
    talk = conversation(channel, Doing.ECHO, [])
    await talk.run()
    assert talk.counts.sent == 0
