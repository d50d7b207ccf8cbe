"""The engine on real sockets: two of them, and against what a remote may send."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from peer import Channel, Configuration, RemoteError
from peer.engine import (
    AiortcEngine,
    CandidateFound,
    ChannelOpened,
    ConnectionClosed,
    DtlsConnected,
    EngineEvent,
    GatheringEnded,
    IceCompleted,
    IceStarted,
)

LOOPBACK = Configuration(host_addresses=("127.0.0.1",))
GOOD = "candidate:1 1 udp 2130706431 127.0.0.1 9 typ host"

GOOD_OFFER = "\r\n".join(
    (
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0",
        "a=sctp-port:5000\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901",
        "a=setup:actpass\r\na=fingerprint:sha-256 " + ":".join(["00"] * 32) + "\r\n",
    )
)


class End:
    """An engine, the events it has told, and its channel."""

    def __init__(self) -> None:
        self.events: list[EngineEvent] = []
        self.hook: Callable[[EngineEvent], None] = lambda _: None
        self.channel: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        self.engine = AiortcEngine(LOOPBACK, (), self._event)
        self.tasks: set[asyncio.Task[None]] = set()

    def _event(self, event: EngineEvent) -> None:
        self.events.append(event)
        if isinstance(event, ChannelOpened):
            self.channel.set_result(event.channel)
        self.hook(event)

    def trickle_to(self, other: "End") -> None:
        def hook(event: EngineEvent) -> None:
            if isinstance(event, CandidateFound):
                found = event.candidate.line, event.sdp_mid, event.sdp_m_line_index
                self.start(other.engine.add_candidate(*found))
            elif isinstance(event, GatheringEnded):
                self.start(other.engine.end_candidates())

        self.hook = hook

    def start(self, work: Any) -> None:
        self.tasks.add(asyncio.create_task(work))

    def kinds(self) -> list[type[EngineEvent]]:
        return [type(event) for event in self.events]


async def connected() -> tuple[End, End]:
    a, b = End(), End()
    a.trickle_to(b)
    b.trickle_to(a)
    answer = await b.engine.accept_offer(await a.engine.create_offer("chat"))
    await a.engine.accept_answer(answer)
    async with asyncio.timeout(10):
        await asyncio.gather(a.channel, b.channel)
    return a, b


async def test_two_engines_connect_and_tell_each_step_once_in_order() -> None:
    a, b = await connected()
    for end in (a, b):
        steps = [IceStarted, IceCompleted, DtlsConnected, ChannelOpened]
        assert [kind for kind in end.kinds() if kind in steps] == steps
        assert end.kinds().count(GatheringEnded) == 1
    assert a.channel.result().label == b.channel.result().label == "chat"
    await a.engine.close()
    await b.engine.close()


async def test_garbage_on_its_ports_disturbs_no_connection() -> None:
    """An empty datagram from anybody would end it, if it reached aiortc's DTLS."""
    a, b = await connected()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for event in a.events + b.events:
            if isinstance(event, CandidateFound):
                for data in (
                    b"",
                    b"\x00",
                    b"\x16\xfe\xfd" + bytes(60),
                    b"\x80" * 20,
                    b"\xff" * 1400,
                ):
                    stranger.sendto(data, event.candidate.address)
    # Sent after the garbage and through the same sockets, so it comes after it.
    await a.channel.result().send("still here")
    async with asyncio.timeout(10):
        assert await b.channel.result().receive() == "still here"
        await b.channel.result().send("here too")
        assert await a.channel.result().receive() == "here too"
    await a.engine.close()
    await b.engine.close()


async def test_closing_one_engine_tells_the_other_and_not_itself() -> None:
    a, b = await connected()
    closed = asyncio.Event()
    b.hook = lambda event: closed.set() if isinstance(event, ConnectionClosed) else None
    await a.engine.close()
    async with asyncio.timeout(10):
        await closed.wait()
    assert ConnectionClosed not in a.kinds()
    await b.engine.close()
    await b.engine.close()


async def test_candidates_that_come_before_the_offer_are_kept() -> None:
    """aiortc loses them."""
    a, b = End(), End()
    offer = await a.engine.create_offer("c")
    while not any(isinstance(event, CandidateFound) for event in a.events):
        await asyncio.sleep(0)
    for event in a.events:
        if isinstance(event, CandidateFound):
            await b.engine.add_candidate(
                event.candidate.line, event.sdp_mid, event.sdp_m_line_index
            )
    await b.engine.end_candidates()
    await a.engine.accept_answer(await b.engine.accept_offer(offer))
    async with asyncio.timeout(10):
        await asyncio.gather(a.channel, b.channel)
    await a.engine.close()
    await b.engine.close()


async def test_endless_candidates_are_refused() -> None:
    end = End()
    for _ in range(256):
        await end.engine.add_candidate(GOOD, "0", 0)
    with pytest.raises(RemoteError, match="more than 256 candidates"):
        await end.engine.add_candidate(GOOD, "0", 0)
    await end.engine.close()


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "nonsense",
        "v=0",
        "v=0\r\nm=",
        "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
        "\x00" * 100,
        "m=audio\r\n" * 50,
        GOOD_OFFER + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\n",
    ],
)
async def test_a_description_that_cannot_be_used_is_refused(sdp: str) -> None:
    end = End()
    with pytest.raises(RemoteError, match="the offer"):
        await end.engine.accept_offer(sdp)
    await end.engine.close()


async def test_the_good_offer_among_the_bad_ones_is_good() -> None:
    end = End()
    assert "m=application" in await end.engine.accept_offer(GOOD_OFFER)
    await end.engine.close()


async def test_a_name_that_takes_long_to_resolve_keeps_no_other_candidate_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Browsers hide their addresses behind mDNS names, which take seconds when they do not resolve."""
    asked: list[Any] = []

    async def acquire() -> Any:
        asked.append(True)
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr("peer.engine.mdnsservice.acquire", acquire)
    a, b = End(), End()
    a.trickle_to(b)
    b.trickle_to(a)
    offer = await a.engine.create_offer("c")
    await b.engine.add_candidate("candidate:1 1 udp 9 1-2-3.local 9 typ host", "0", 0)
    await a.engine.accept_answer(await b.engine.accept_offer(offer))
    async with asyncio.timeout(10):
        await asyncio.gather(a.channel, b.channel)
    assert asked
    await a.engine.close()
    await b.engine.close()


async def test_no_port_for_mdns_costs_no_more_than_that_candidate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def acquire() -> Any:
        raise OSError(98, "Address already in use")

    monkeypatch.setattr("peer.engine.mdnsservice.acquire", acquire)
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    end = End()
    await end.engine.accept_offer(GOOD_OFFER)
    await end.engine.add_candidate("candidate:1 1 udp 9 1-2-3.local 9 typ host", "0", 0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not reported
    await end.engine.close()


async def test_an_answer_without_an_offer_is_refused() -> None:
    a, b = End(), End()
    offer = await a.engine.create_offer("c")
    answer = await b.engine.accept_offer(offer)
    with pytest.raises(RemoteError, match="the answer"):
        await b.engine.accept_answer(answer)
    await a.engine.close()
    await b.engine.close()


@pytest.mark.parametrize(
    ("line", "mid", "index"),
    [
        ("", "0", 0),
        ("candidate:1 1 udp", "0", 0),
        ("candidate:1 x udp 1 127.0.0.1 9 typ host", "0", 0),
        ("candidate:1 1 udp 1 host.example 9 typ host", "0", 0),
        ("candidate:1 1 udp 1 127.0.0.1 70000 typ host", "0", 0),
        ("candidate:1 1 udp 99999999999 127.0.0.1 9 typ host", "0", 0),
        ("candidate:1 1 udp 1 127.0.0.1 9 typ rumour", "0", 0),
        (GOOD, None, None),
    ],
)
async def test_a_candidate_that_cannot_be_used_is_refused(
    line: str, mid: str | None, index: int | None
) -> None:
    end = End()
    with pytest.raises(RemoteError):
        await end.engine.add_candidate(line, mid, index)
    await end.engine.close()


async def test_candidates_after_closing_are_ignored() -> None:
    end = End()
    await end.engine.close()
    await end.engine.add_candidate(GOOD, "0", 0)
    await end.engine.end_candidates()
