"""Messages are sent back, printed, or counted, on a channel of two ends."""

import asyncio
import os
from typing import Any

import pytest

from hairpin.calling import messages
from hairpin.calling.messages import Conversation, Counts, Message, say_lines, shown
from peer import ChannelClosedError


class Channel:
    """One end: what is put in comes out, what is sent is kept."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.sent: list[str | bytes] = []
        self.closed = False
        self.has_arrived = asyncio.Event()
        self.has_arrived.set()
        self.is_drained = asyncio.Event()

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

    async def drain(self) -> None:
        self.is_drained.set()
        await self.has_arrived.wait()


def conversation(channel: Channel, *, echoes: bool = True) -> Conversation:
    def answer(message: Message) -> list[Message]:
        return [message] if echoes else []

    return Conversation(channel, answer, Counts())  # type: ignore[arg-type]


@pytest.mark.parametrize(("echoes", "sent"), [(True, ["one", b"two"]), (False, [])])
async def test_what_comes_is_answered_until_the_channel_closes(
    echoes: bool, sent: list[str | bytes]
) -> None:
    channel = Channel()
    for message in ("one", b"two", None):
        channel.queue.put_nowait(message)
    talk = conversation(channel, echoes=echoes)
    await talk.run()
    assert channel.sent == sent
    assert (talk.counts.received, talk.counts.bytes_received) == (2, 6)
    assert talk.counts.sent == len(sent)


async def test_lines_are_said_to_everybody_and_answers_are_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "LINGER", 0.02)
    reading, writing = os.pipe()
    os.write(writing, b"hello\nthere\n")
    os.close(writing)
    channels = [Channel(), Channel()]
    present = [conversation(each) for each in channels]
    async with asyncio.timeout(20):
        await say_lines(lambda: present, reading)
    os.close(reading)
    assert [each.sent for each in channels] == [["hello", "there"]] * 2


async def test_an_answer_is_waited_for_from_when_the_other_side_has_it_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messages, "LINGER", 0.0)
    channel = Channel()
    channel.has_arrived.clear()
    talk = conversation(channel, echoes=False)
    reading, writing = os.pipe()
    try:
        os.write(writing, b"tea?\n")
        os.close(writing)
        saying = asyncio.create_task(say_lines(lambda: (talk,), reading))
        async with asyncio.timeout(20):
            await channel.is_drained.wait()
            assert channel.sent == ["tea?"]
            assert not saying.done()
            channel.has_arrived.set()
            await saying
    finally:
        os.close(reading)


async def test_nobody_is_waited_for_who_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LINGER", 3600.0)
    reading, writing = os.pipe()
    os.close(writing)
    async with asyncio.timeout(20):
        await say_lines(tuple, reading)
    os.close(reading)


def test_a_message_is_shown_without_what_a_terminal_would_obey() -> None:
    assert shown("hi\x1b[31m\nyou") == "hi\\x1b[31m\nyou"
    assert shown(b"12345") == "(5 B of binary data)"


async def test_what_cannot_be_sent_any_more_is_not_counted() -> None:
    channel = Channel()
    channel.closed = True
    channel.queue.put_nowait("late")
    channel.queue.put_nowait(None)
    talk = conversation(channel)
    await talk.run()
    assert talk.counts.sent == 0
