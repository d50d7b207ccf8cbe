"""aiortc's peer connection with our channels, against one as it comes."""

import asyncio
from typing import Any

import aiortc
import pytest

from peer.channel import Channel
from peer.engine.channelconnection import ChannelConnection
from peer.engine.sctp import SctpTransport

NO_SERVERS = aiortc.RTCConfiguration(iceServers=[])


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


async def negotiate(one: aiortc.RTCPeerConnection, other: aiortc.RTCPeerConnection) -> None:
    await one.setLocalDescription(await one.createOffer())
    await other.setRemoteDescription(one.localDescription)
    await other.setLocalDescription(await other.createAnswer())
    await one.setRemoteDescription(other.localDescription)


@pytest.mark.parametrize("we_offer", [True, False])
async def test_with_stock_aiortc_labels_and_messages_pass_both_ways(we_offer: bool) -> None:
    ours, stock = ChannelConnection(NO_SERVERS), aiortc.RTCPeerConnection(NO_SERVERS)
    one, other = (ours, stock) if we_offer else (stock, ours)
    ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    other.on("datachannel", ready.set_result)
    made = one.createDataChannel("naïve 日本", protocol="é", ordered=False)
    async with asyncio.timeout(20):
        await negotiate(one, other)
        came = await ready
        mine, theirs = (made, came) if we_offer else (came, made)
        assert isinstance(mine, Channel)
        assert came.label == "naïve 日本"
        assert came.protocol == "é"
        theirs.on("message", theirs.send)
        await mine.wait_open()
        for message in ("grüß", b"\xff" * 100_000, ""):
            await mine.send(message)
            assert await mine.receive() == message
        mine.close()
        assert [message async for message in mine] == []
        while theirs.readyState != "closed":
            await asyncio.sleep(0)
    assert "a=max-message-size:262144" in ours.localDescription.sdp
    await ours.close()
    await stock.close()
    with pytest.raises(aiortc.InvalidStateError):
        ours.createDataChannel("too late")


async def test_its_transport_is_ours_and_made_once() -> None:
    pc = ChannelConnection(NO_SERVERS)
    one, two = pc.createDataChannel("a"), pc.createDataChannel("b", negotiated=True, id=5)
    assert isinstance(pc.sctp, SctpTransport)
    assert one.transport is two.transport is pc.sctp
    with pytest.raises(ValueError, match="exclude"):
        pc.createDataChannel("c", 1, 1)
    with pytest.raises(ValueError, match="UTF-8"):
        pc.createDataChannel("\ud800")
    await pc.close()
    assert (one.readyState, two.readyState) == ("closed", "closed")


async def test_a_handler_of_the_connection_that_fails_is_logged_alone() -> None:
    pc = ChannelConnection(NO_SERVERS)
    pc.on("datachannel", lambda _: 1 / 0)
    errors: list[Any] = []
    pc.on("error", errors.append)
    pc.emit("datachannel", None)
    assert [type(error) for error in errors] == [ZeroDivisionError]
    await pc.close()


def test_a_channel_can_be_made_before_the_loop_runs() -> None:
    """aiortc's users make their connection wherever it suits them."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        pc = ChannelConnection(NO_SERVERS)
        assert pc.createDataChannel("early").readyState == "connecting"
        loop.run_until_complete(pc.close())
    finally:
        asyncio.set_event_loop(None)
        loop.close()
