"""`close()` returns within its deadline whatever the network does, and leaves nothing behind."""

import asyncio
import contextlib
import gc
import socket
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import relay
import stunwire
from peer import (
    AudioStreamTrack,
    Configuration,
    IceTransportPolicy,
    RTCPeerConnection,
    parse_servers,
)
from peer.engine import names
from signaling import IceServer
from stunwire.credentials import mint
from tests.peer.engine.pairs import LOOPBACK, connected, negotiate, trickle, until

PATIENCE = 20.0  # of a busy machine; less than any other wait there is below
SECRET = "shared"


@contextlib.asynccontextmanager
async def in_time(*pcs: RTCPeerConnection) -> AsyncIterator[None]:
    """Close the connections afterwards, without waiting for what keeps them."""
    yield
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(pc.close() for pc in pcs))
    assert {pc.connectionState for pc in pcs} == {"closed"}


def relayed(url: str) -> Configuration:
    credential = mint(SECRET, "tester", ttl=600, unix_now=time.time())
    entry = IceServer((url,), credential.username, credential.password)
    return Configuration(
        servers=parse_servers([entry]),
        policy=IceTransportPolicy.RELAY,
        host_addresses=("127.0.0.1",),
    )


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_during_gathering_from_a_server_that_never_answers(transport: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as silent:
        silent.bind(("127.0.0.1", 0))
        if transport == "tcp":
            silent.listen()
        url = f"turn:127.0.0.1:{silent.getsockname()[1]}?transport={transport}"
        pc = RTCPeerConnection(relayed(url))
        pc.on("icecandidate", lambda _: None)
        pc.createDataChannel("chat")
        async with in_time(pc):
            await pc.setLocalDescription()
            await asyncio.sleep(0)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_when_the_relay_has_died(transport: str) -> None:
    """aiortc waits 63 s for the answer that its allocation was given back."""
    here = (stunwire.Address("127.0.0.1", 0),)
    over = {"listen": here} if transport == "udp" else {"listen_tcp": here}
    async with contextlib.AsyncExitStack() as stack:
        settings = relay.Settings(**over, rest_secrets=(SECRET,))
        server = await stack.enter_async_context(relay.serve(settings))
        port = (server.addresses or server.tcp_addresses)[0].port
        pc = RTCPeerConnection(relayed(f"turn:127.0.0.1:{port}?transport={transport}"))
        pc.on("icecandidate", lambda _: None)
        pc.createDataChannel("chat")
        await pc.setLocalDescription()
        await until(lambda: "typ relay" in pc.localDescription.sdp)
        await stack.aclose()
        async with in_time(pc):
            pass


async def test_while_checks_run_that_nobody_answers() -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    one.on("icecandidate", other.addIceCandidate)
    other.on("icecandidate", lambda _: None)
    one.createDataChannel("chat")
    async with in_time(one, other):
        await negotiate(one, other)
        await until(lambda: one.iceConnectionState == "checking")


async def test_during_the_dtls_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = RTCPeerConnection(LOOPBACK), RTCPeerConnection(LOOPBACK)
    trickle(one, other)
    one.createDataChannel("chat")
    async with in_time(one, other):
        await one.setLocalDescription()
        (ice,) = one._wiring.ice_transports

        async def lost(_: bytes) -> None:
            """What DTLS sends goes nowhere."""

        monkeypatch.setattr(ice, names.ICE_SEND, lost)
        await other.setRemoteDescription(one.localDescription)
        await other.setLocalDescription()
        await one.setRemoteDescription(other.localDescription)
        await until(lambda: one.sctp is not None and one.sctp.transport.state == "connecting")


async def test_when_the_remote_is_gone_without_a_word() -> None:
    async with connected() as (one, other, _):
        for transport in (*one._wiring.dtls_transports, *other._wiring.dtls_transports):

            async def lost(_: bytes) -> None:
                """Nothing arrives any more."""

            setattr(transport.transport, names.ICE_SEND, lost)
        async with in_time(one, other):
            pass


async def test_when_a_decoder_is_stuck() -> None:
    """aiortc would join its thread in the event loop, and everything would stand still."""
    async with connected() as (one, other, _):
        one.addTrack(AudioStreamTrack())
        await negotiate(one, other)
        (transceiver,) = other.getTransceivers()
        receiver = transceiver.receiver
        await until(lambda: names.private(receiver, names.RECEIVER_DECODER_THREAD) is not None)
        release = threading.Event()
        stuck = threading.Thread(target=release.wait)
        stuck.start()
        setattr(receiver, names.RECEIVER_DECODER_THREAD, stuck)
        try:
            async with in_time(other):
                pass
        finally:
            release.set()
            stuck.join()


async def test_a_track_that_will_not_be_cancelled_delays_nobody() -> None:
    released = asyncio.Event()

    class Stubborn(AudioStreamTrack):
        async def recv(self) -> Any:
            while not released.is_set():
                with contextlib.suppress(asyncio.CancelledError):
                    await released.wait()
            return await super().recv()

    async with connected() as (one, other, _):
        one.addTrack(Stubborn())
        await negotiate(one, other)
        await until(lambda: one.getTransceivers()[0].currentDirection == "sendonly")
        await asyncio.sleep(0.05)
        try:
            async with in_time(one, other):
                pass
        finally:
            released.set()


def open_things() -> tuple[int, int, int]:
    gc.collect()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    return descriptors, len(asyncio.all_tasks()), threading.active_count()


async def test_twenty_cycles_leave_no_descriptor_task_or_thread() -> None:
    async with connected():
        pass
    before = open_things()
    for _ in range(20):
        async with connected():
            pass
    assert open_things() == before
