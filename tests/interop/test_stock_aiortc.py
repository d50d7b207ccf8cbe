"""The stranger: aiortc as it comes, which puts its candidates into its description and nominates aggressively."""

import asyncio
from typing import Any

import aiortc
import pytest

from peer import AudioStreamTrack, Configuration, PathKind, RTCPeerConnection, VideoStreamTrack

PATIENCE = 20.0
LOOPBACK = Configuration(host_addresses=("127.0.0.1",))
BALANCED = aiortc.RTCBundlePolicy.BALANCED
MAX_BUNDLE = aiortc.RTCBundlePolicy.MAX_BUNDLE


@pytest.fixture(autouse=True)
def _stock_gathers_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


def make_stock(policy: aiortc.RTCBundlePolicy = BALANCED) -> aiortc.RTCPeerConnection:
    stock = aiortc.RTCPeerConnection(aiortc.RTCConfiguration(iceServers=[], bundlePolicy=policy))
    stock.on("datachannel", lambda channel: channel.on("message", channel.send))
    return stock


async def negotiate(one: aiortc.RTCPeerConnection, other: aiortc.RTCPeerConnection) -> None:
    """One description each way, as aiortc's examples have it; ours then trickles nothing."""
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)


async def echoed(channel: aiortc.RTCDataChannel) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    channel.on("message", heard.put_nowait)
    while channel.readyState != "open":
        await asyncio.sleep(0.005)
    channel.send("there and back")
    assert await heard.get() == "there and back"


@pytest.mark.parametrize("policy", [BALANCED, MAX_BUNDLE])
@pytest.mark.parametrize("we_offer", [True, False])
async def test_we_connect_to_stock_aiortc_with_data_audio_and_video(
    we_offer: bool, policy: aiortc.RTCBundlePolicy
) -> None:
    ours, stock = RTCPeerConnection(LOOPBACK), make_stock(policy)
    ours.on("datachannel", lambda channel: channel.on("message", channel.send))
    offerer, answerer = (ours, stock) if we_offer else (stock, ours)
    tracks: list[asyncio.Queue[Any]] = [asyncio.Queue(), asyncio.Queue()]
    for pc, queue in zip((offerer, answerer), tracks, strict=True):
        pc.on("track", queue.put_nowait)
        pc.addTrack(AudioStreamTrack())
        pc.addTrack(VideoStreamTrack())
    channel = offerer.createDataChannel("chat")
    async with asyncio.timeout(PATIENCE):
        await negotiate(offerer, answerer)
        await echoed(channel)
        for queue in tracks:
            for _ in range(2):
                await (await queue.get()).recv()
    assert ours.path is not None
    assert ours.path.kind is PathKind.HOST
    await asyncio.gather(ours.close(), stock.close())


@pytest.mark.parametrize("we_offer", [True, False])
async def test_stock_aiortc_takes_what_we_trickle(we_offer: bool) -> None:
    ours, stock = RTCPeerConnection(LOOPBACK), make_stock()
    outbox: asyncio.Queue[Any] = asyncio.Queue()
    ours.on("icecandidate", outbox.put_nowait)
    ours.on("datachannel", lambda channel: channel.on("message", channel.send))
    offerer, answerer = (ours, stock) if we_offer else (stock, ours)
    channel = offerer.createDataChannel("chat")
    async with asyncio.timeout(PATIENCE):
        await negotiate(offerer, answerer)
        while (candidate := await outbox.get()) is not None:
            await stock.addIceCandidate(candidate)
        await stock.addIceCandidate(None)
        await echoed(channel)
    await asyncio.gather(ours.close(), stock.close())


async def test_a_restart_that_stock_aiortc_cannot_do_harms_nothing() -> None:
    ours, stock = RTCPeerConnection(LOOPBACK), make_stock()
    channel = ours.createDataChannel("chat")
    async with asyncio.timeout(PATIENCE):
        await negotiate(ours, stock)
        await echoed(channel)
        await ours.setLocalDescription(await ours.createOffer(iceRestart=True))
        await stock.setRemoteDescription(ours.localDescription)
        await stock.setLocalDescription(await stock.createAnswer())
        await ours.setRemoteDescription(stock.localDescription)
        await echoed(channel)
    assert ours.connectionState == "connected"
    await asyncio.gather(ours.close(), stock.close())
