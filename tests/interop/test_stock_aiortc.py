"""The stranger: aiortc as it comes, which puts its candidates into its description and nominates aggressively."""

import asyncio
from typing import Any

import aiortc
import pytest
from aiortc.sdp import candidate_from_sdp

from peer import Channel, Configuration, PathKind
from peer.engine import AiortcEngine, CandidateFound, ChannelOpened, EngineEvent, GatheringEnded

PATIENCE = 20.0


class Ours:
    """Our engine, and what it trickles."""

    def __init__(self) -> None:
        self.outbox: asyncio.Queue[CandidateFound | None] = asyncio.Queue()
        self.channel: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        configuration = Configuration(host_addresses=("127.0.0.1",))
        self.engine = AiortcEngine(configuration, (), self._event)

    def _event(self, event: EngineEvent) -> None:
        if isinstance(event, CandidateFound):
            self.outbox.put_nowait(event)
        elif isinstance(event, GatheringEnded):
            self.outbox.put_nowait(None)
        elif isinstance(event, ChannelOpened):
            self.channel.set_result(event.channel)

    async def trickle_to(self, stock: aiortc.RTCPeerConnection) -> None:
        while (event := await self.outbox.get()) is not None:
            candidate = candidate_from_sdp(event.candidate.line.removeprefix("candidate:"))
            candidate.sdpMid = event.sdp_mid
            await stock.addIceCandidate(candidate)
        await stock.addIceCandidate(None)


def stock_with_echo() -> aiortc.RTCPeerConnection:
    stock = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[]))
    stock.on("datachannel", echo)
    return stock


def echo(channel: aiortc.RTCDataChannel) -> None:
    channel.on("message", channel.send)


async def we_offer(ours: Ours, stock: aiortc.RTCPeerConnection) -> None:
    offer = await ours.engine.create_offer("chat")
    await stock.setRemoteDescription(aiortc.RTCSessionDescription(offer, "offer"))
    await stock.setLocalDescription(await stock.createAnswer())
    await ours.engine.accept_answer(stock.localDescription.sdp)


async def stock_offers(ours: Ours, stock: aiortc.RTCPeerConnection) -> None:
    echo(stock.createDataChannel("chat"))
    await stock.setLocalDescription(await stock.createOffer())
    answer = await ours.engine.accept_offer(stock.localDescription.sdp)
    await stock.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))


@pytest.mark.parametrize("negotiate", [we_offer, stock_offers])
async def test_we_connect_to_stock_aiortc_and_talk(
    negotiate: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])
    ours, stock = Ours(), stock_with_echo()
    async with asyncio.timeout(PATIENCE):
        await negotiate(ours, stock)
        await ours.trickle_to(stock)
        channel = await ours.channel
        await channel.send("there and back")
        assert await channel.receive() == "there and back"
    path = ours.engine.path
    assert path is not None
    assert path.kind is PathKind.HOST
    await ours.engine.close()
    await stock.close()
