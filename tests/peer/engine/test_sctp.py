"""Two SCTP transports over a DTLS of paper, and what a remote may do to one."""

import asyncio
import logging
import struct
from collections.abc import AsyncIterator
from typing import Any

import aiortc
import pytest

from peer.channel import HIGH_WATER, Channel
from peer.engine.sctp import MAX_CHANNELS, WINDOW, SctpTransport
from peer.errors import ChannelClosedError, ChannelError
from peer.sctp import StreamsReset, chunks, dcep

CAPABILITIES = aiortc.rtcsctptransport.RTCSctpCapabilities(maxMessageSize=1 << 18)


class Paper:
    """Stands where a DTLS transport does; hands packets to the other one."""

    state = "connected"

    def __init__(self, role: str) -> None:
        self._role = role
        self.other: Paper | None = None
        self.receiver: Any = None
        self.cut = False

    def _register_data_receiver(self, receiver: Any) -> None:
        self.receiver = receiver

    def _unregister_data_receiver(self, _: Any) -> None:
        self.receiver = None

    async def _send_data(self, data: bytes) -> None:
        if self.cut:
            raise ConnectionError
        assert self.other is not None
        asyncio.get_running_loop().call_soon(self.other.deliver, data)

    def deliver(self, data: bytes) -> None:
        if self.receiver is not None:
            work = self.receiver._handle_data(data)
            with pytest.raises(StopIteration):
                work.send(None)


class Pair:
    def __init__(self) -> None:
        papers = [Paper("client"), Paper("server")]
        papers[0].other, papers[1].other = papers[1], papers[0]
        self.papers = papers
        self.ends = [SctpTransport(paper) for paper in papers]  # type: ignore[arg-type]
        self.came: list[list[Channel]] = [[], []]
        self.errors: list[list[Any]] = [[], []]
        for end, came, errors in zip(self.ends, self.came, self.errors, strict=True):
            end.on("datachannel", came.append)
            end.on("error", errors.append)

    async def start(self) -> None:
        for end in self.ends:
            await end.start(CAPABILITIES, 5000)

    async def stop(self) -> None:
        for end in self.ends:
            await end.stop()

    def make(self, side: int, **settings: Any) -> Channel:
        settings.setdefault("label", "chat")
        return Channel(self.ends[side], aiortc.RTCDataChannelParameters(**settings))

    async def open(self, **settings: Any) -> tuple[Channel, Channel]:
        channel = self.make(0, **settings)
        before = len(self.came[1])
        await within(channel.wait_open())
        async with asyncio.timeout(20):
            while len(self.came[1]) == before:
                await asyncio.sleep(0)
        for _ in range(4):  # until the remote's word is here too
            await asyncio.sleep(0)
        return channel, self.came[1][-1]

    def inject(self, stream: int, ppid: int, data: bytes, how: Any = None) -> None:
        """Let side 0 say something that its own channels would not."""
        self.ends[0]._queue(stream, ppid, data)


async def within(work: Any) -> Any:
    async with asyncio.timeout(20):
        return await work


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    pair = Pair()
    await pair.start()
    yield pair
    await pair.stop()


@pytest.mark.parametrize("label", ["", "chat", "é", "日本語", "🎈" * 1000])
async def test_a_channel_in_any_language_arrives_as_it_was_made(pair: Pair, label: str) -> None:
    settings = {"protocol": "протокол", "ordered": False, "maxPacketLifeTime": 700}
    here, there = await pair.open(label=label, **settings)
    assert (there.label, there.protocol, there.ordered) == (label, "протокол", False)
    assert (there.maxPacketLifeTime, there.maxRetransmits) == (700, None)
    assert here.id == there.id == 0, "the DTLS client has the even ones"
    assert there.readyState == "open"


@pytest.mark.parametrize(
    "message", ["grüß dich", "", b"", b"\0\xff", "x" * (1 << 18), bytes(1 << 18)]
)
async def test_messages_of_any_kind_and_size_arrive(pair: Pair, message: Any) -> None:
    here, there = await pair.open()
    await here.send(message)
    assert await within(there.receive()) == message
    await there.send(message)
    assert await within(here.receive()) == message
    assert there.messages_received == 1


@pytest.mark.parametrize("ordered", [True, False])
async def test_only_an_unordered_channel_waits_for_the_remotes_word(
    pair: Pair, ordered: bool
) -> None:
    """RFC 8832 §6: until then everything has to be sent in order."""
    await pair.open()
    pair.papers[0].cut = True
    channel = pair.make(0, ordered=ordered)
    for _ in range(5):
        await asyncio.sleep(0)
    assert channel.readyState == ("open" if ordered else "connecting")


async def test_negotiated_channels_open_without_a_word(pair: Pair) -> None:
    one, other = (pair.make(side, negotiated=True, id=7, label=f"{side}") for side in (0, 1))
    await within(asyncio.gather(one.wait_open(), other.wait_open()))
    await one.send("hello")
    assert await within(other.receive()) == "hello"
    assert pair.came == [[], []]
    with pytest.raises(ValueError, match="id 7 already"):
        pair.make(0, negotiated=True, id=7)


async def test_channels_of_both_sides_do_not_meet(pair: Pair) -> None:
    made = [pair.make(side) for side in (0, 1) for _ in range(3)]
    await within(asyncio.gather(*(channel.wait_open() for channel in made)))
    assert sorted(channel.id or 0 for channel in made) == [0, 1, 2, 3, 4, 5]


async def test_closing_sends_what_waits_first(pair: Pair) -> None:
    here, there = await pair.open()
    said = [bytes([number]) * 20_000 for number in range(40)]
    for data in said:
        here.send(data)
    here.close()
    assert [message async for message in there] == said
    while pair.ends[0].channels or pair.ends[1].channels:
        await asyncio.sleep(0)
    assert (here.readyState, there.readyState) == ("closed", "closed")


async def test_ids_are_used_again_once_all_of_them_were(pair: Pair) -> None:
    await within(pair.make(1).wait_open())
    pair.ends[1].channels[0].close()
    pair.ends[0]._streams = 6
    ids = []
    for _ in range(4):
        here, _ = await pair.open()
        ids.append(here.id)
        here.close()
        while pair.ends[0].channels or pair.ends[1].channels:
            await asyncio.sleep(0)
    assert ids == [0, 2, 4, 0]


async def test_an_id_that_is_opened_again_before_its_end_was_answered_is_a_new_channel(
    pair: Pair,
) -> None:
    here, there = await pair.open()
    number = here.id or 0
    pair.ends[1]._take(StreamsReset((number,), incoming=True))
    assert there.readyState == "closing"
    pair.ends[1].association.resets.take_chunks(0.0)
    pair.ends[1]._take_dcep(number, dcep.encode_open(dcep.Opening("anew")))
    assert there.readyState == "closed"
    assert [channel.label for channel in pair.came[1]] == ["chat", "anew"]


async def test_no_stream_left_is_told_on_the_channel(pair: Pair) -> None:
    await pair.open()
    pair.ends[0]._streams = 1
    channel, errors = pair.make(0), []
    channel.on("error", errors.append)
    with pytest.raises(ChannelClosedError):
        await within(channel.wait_open())
    assert "no stream" in str(errors[0])


async def test_a_reader_that_is_behind_stops_the_sender_and_gets_everything(pair: Pair) -> None:
    here, there = await pair.open()
    other_here, other_there = await pair.open(label="other")
    total = 3 * WINDOW // 65536
    sent = 0

    async def send_all() -> None:
        nonlocal sent
        for number in range(total):
            await here.send(number.to_bytes(65536, "big"))
            sent += 1

    sending = asyncio.create_task(send_all())
    before = -1
    while sent != before:
        before = sent
        for _ in range(3000):
            await asyncio.sleep(0)
    assert sent < total
    assert sent * 65536 <= WINDOW + HIGH_WATER + 65536
    got = [await within(there.receive()) for _ in range(total)]
    assert got == [number.to_bytes(65536, "big") for number in range(total)]
    await within(sending)
    await within(here.drain())
    await other_here.send("and the other channel goes on")
    assert await within(other_there.receive()) == "and the other channel goes on"


async def test_the_end_of_the_connection_ends_every_channel(pair: Pair) -> None:
    here, there = await pair.open()
    pending = pair.make(0, label="never open")
    await pair.ends[1].stop()
    assert there.readyState == "closed"
    assert [message async for message in here] == []
    assert pending.readyState == "closed"
    assert pair.ends[0].state == "closed"
    with pytest.raises(ValueError, match="closed"):
        pair.make(0)


async def test_a_network_that_refuses_packets_is_no_reason_to_stop(pair: Pair) -> None:
    here, there = await pair.open()
    pair.papers[0].cut = True
    here.send("kept")
    for _ in range(10):
        await asyncio.sleep(0)
    pair.papers[0].cut = False
    pair.ends[0].path_changed()
    assert await within(there.receive()) == "kept"


# What a remote may do


@pytest.mark.parametrize(
    ("ppid", "data", "why"),
    [
        (dcep.STRING, b"\xff\xfe\xfd", "not UTF-8"),
        (99, b"what", "unknown kind 99"),
        (dcep.DCEP, dcep.encode_open(dcep.Opening("again")), "opened again"),
        (dcep.DCEP, b"\x03\0", "at least 12 bytes"),
        (dcep.DCEP, b"\x77", "of type 77"),
    ],
)
async def test_nonsense_on_a_channel_is_told_there_and_the_channel_goes_on(
    pair: Pair, ppid: int, data: bytes, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = await pair.open()
    errors: list[Any] = []
    there.on("error", errors.append)
    with caplog.at_level(logging.WARNING):
        pair.inject(0, ppid, data)
        await here.send("still here")
        assert await within(there.receive()) == "still here"
    assert [type(error) for error in errors] == [ChannelError]
    assert why in str(errors[0])
    assert why in caplog.text


@pytest.mark.parametrize(
    "data",
    [
        b"\x03\0",
        struct.pack("!BBHLHH", 3, 0, 0, 0, 2, 0) + b"\xff\xfe",
        struct.pack("!BBHLHH", 3, 0, 0, 0, 60_000, 9) + b"short",
    ],
)
async def test_an_opening_that_is_none_is_told_and_opens_nothing(pair: Pair, data: bytes) -> None:
    here, there = await pair.open()
    pair.inject(8, dcep.DCEP, data)
    await here.send("still here")
    assert await within(there.receive()) == "still here"
    assert len(pair.came[1]) == 1
    assert [type(error) for error in pair.errors[1]] == [ChannelError]


@pytest.mark.parametrize("ppid", [dcep.DCEP, dcep.STRING, dcep.BINARY_EMPTY, 99])
async def test_messages_of_no_channel_are_dropped(pair: Pair, ppid: int) -> None:
    here, there = await pair.open()
    pair.inject(4000, ppid, b"\x02")
    await here.send("still here")
    assert await within(there.receive()) == "still here"


async def test_a_remote_opens_no_more_channels_than_it_may(pair: Pair) -> None:
    here, there = await pair.open()
    for number in range(1, MAX_CHANNELS + 5):
        pair.inject(2 * number, dcep.DCEP, dcep.encode_open(dcep.Opening("")))
    await here.send("still here")
    assert await within(there.receive()) == "still here"
    while len(pair.errors[1]) < 5:
        await asyncio.sleep(0)
    assert len(pair.came[1]) == MAX_CHANNELS
    assert "more than 1024 channels" in str(pair.errors[1][0])


async def test_a_message_over_our_limit_closes_its_channel_alone(pair: Pair) -> None:
    here, there = await pair.open()
    other_here, other_there = await pair.open(label="other")
    errors: list[Any] = []
    there.on("error", errors.append)
    pair.inject(here.id or 0, dcep.BINARY, bytes((1 << 18) + 1))
    assert [message async for message in there] == []
    assert "larger than the 262144 bytes" in str(errors[0])
    await other_here.send("still here")
    assert await within(other_there.receive()) == "still here"


async def test_a_handler_that_fails_does_not_end_the_connection(pair: Pair) -> None:
    here, there = await pair.open()
    got: list[Any] = []

    @there.on("message")
    def handle(message: Any) -> None:
        got.append(message)
        raise ZeroDivisionError

    for number in range(3):
        await here.send(f"{number}")
    await within(here.drain())
    assert got == ["0", "1", "2"]
    pair.ends[1].on("datachannel", lambda _: 1 / 0)
    again, _ = await pair.open()
    assert again.readyState == "open"


async def test_packets_that_are_none_are_ignored(pair: Pair) -> None:
    here, there = await pair.open()
    for data in (b"x", bytes(100), chunks.encode(5000, 5000, 1, [b"\x00\x03\x00\x10" + bytes(12)])):
        pair.papers[1].deliver(data)
    await here.send("still here")
    assert await within(there.receive()) == "still here"


async def test_what_we_take_and_what_the_remote_takes() -> None:
    assert SctpTransport.getCapabilities().maxMessageSize == 1 << 18
    pair = Pair()
    assert pair.ends[0].max_message_size == 65536, "unless it says otherwise (RFC 8841)"
    await pair.ends[0].start(aiortc.rtcsctptransport.RTCSctpCapabilities(maxMessageSize=0), 5000)
    assert pair.ends[0].max_message_size == 0
    await pair.stop()
