"""Chromium behind one simulated NAT and aiortc behind another, with a page from a host of the world."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiortc
import pytest

from nat import PORT_RESTRICTED_CONE, Protocol, reflector
from nat.simulator import Host, Simulation
from nat.tun import TunLab
from tests.interop.chromium import browse

pytestmark = pytest.mark.interop

PATIENCE = 60.0
STUN = "stun:server:3478"
PAGE = b"""<!doctype html><title>A peer</title><script>
const gathered = pc => new Promise(done => {
  const look = () => pc.iceGatheringState === 'complete' && done(pc.localDescription.sdp)
  pc.onicegatheringstatechange = look
  look()
})
async function offer(stun) {
  window.pc = new RTCPeerConnection({iceServers: [{urls: stun}]})
  window.channel = pc.createDataChannel('chat')
  await pc.setLocalDescription(await pc.createOffer())
  return gathered(pc)
}
async function accept(sdp, text) {
  const heard = new Promise(done => channel.onmessage = event => done(event.data))
  channel.onopen = () => channel.send(text)
  await pc.setRemoteDescription({type: 'answer', sdp})
  return heard
}
</script>"""


@contextlib.asynccontextmanager
async def serve(server: Host) -> AsyncIterator[None]:
    """A STUN server, and a web server with one page."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: {len(PAGE)}\r\n\r\n".encode() + PAGE)
            await writer.drain()
        writer.close()

    transport = await server.run(reflector.serve())
    listener = await server.run(asyncio.start_server(answer, "0.0.0.0", 80))
    yield
    listener.close()
    transport.close()
    await asyncio.sleep(0)


def echo(channel: aiortc.RTCDataChannel) -> None:
    channel.on("message", lambda message: channel.send(f"{message} and back"))


async def answer(peer: aiortc.RTCPeerConnection, sdp: str) -> str:
    await peer.setRemoteDescription(aiortc.RTCSessionDescription(sdp, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())
    return str(peer.localDescription.sdp)


@pytest.mark.usefixtures("root")
async def test_chromium_and_aiortc_meet_through_two_port_restricted_nats(tmp_path: Path) -> None:
    simulation = Simulation(seed=1)
    server = simulation.host("server")
    simulation.nat("home-a", PORT_RESTRICTED_CONE).host("alice")
    bob = simulation.nat("home-b", PORT_RESTRICTED_CONE).host("bob")
    configuration = aiortc.RTCConfiguration([aiortc.RTCIceServer(STUN)])
    async with (
        asyncio.timeout(PATIENCE),
        TunLab(simulation) as lab,
        serve(server),
        browse(lab["alice"], "http://server/", tmp_path) as page,
    ):
        while not await page.evaluate("typeof accept === 'function'"):
            await asyncio.sleep(0.02)
        offer = await page.call("offer", STUN)
        peer = aiortc.RTCPeerConnection(configuration)
        peer.on("datachannel", echo)
        heard = await page.call("accept", await bob.run(answer(peer, offer)), "there")
        await peer.close()
    assert heard == "there and back"
    assert "203.0.113.1" in offer  # a server-reflexive candidate
    seen = {(one.where, one.protocol) for one in simulation.trace}
    assert {("home-a", Protocol.TCP), ("home-a", Protocol.UDP), ("home-b", Protocol.UDP)} <= seen
