"""A program that prints the digest of a call: signalling over TLS, ICE and DTLS over lossy links, audio, video, threads."""

import asyncio
import datetime as dt
import json
import os
import ssl
import sys
import tempfile
import time
import uuid
from pathlib import Path

import aioice.stun
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError, VideoStreamTrack
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from nat import PORT_RESTRICTED_CONE
from nat.simulator import Simulation


class StunResponder(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        request = aioice.stun.parse_message(data)
        response = aioice.stun.Message(
            aioice.stun.Method.BINDING, aioice.stun.Class.RESPONSE, request.transaction_id
        )
        response.attributes["XOR-MAPPED-ADDRESS"] = addr
        self.transport.sendto(bytes(response), addr)


def contexts():
    """TLS contexts for the server and for those who trust it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    since, until = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2000, 2100))
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, since, until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("server")]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "server.pem")
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
        serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        serving.load_cert_chain(path)
        return serving, ssl.create_default_context(cafile=path)


members = []
frames = {"audio": 0, "video": 0}


async def relay(socket):
    members.append(socket)
    async for message in socket:
        for other in members:
            if other is not socket:
                await other.send(message)


async def take(track):
    try:
        while True:
            await track.recv()
            frames[track.kind] += 1
    except MediaStreamError:
        pass


async def peer(group, host, trusting, *, calls):
    await asyncio.to_thread(time.sleep, 0.1)
    connection = RTCPeerConnection(RTCConfiguration([RTCIceServer("stun:server:3478")]))
    connection.on("track", lambda track: host.start(group, take(track)))
    for make in (AudioStreamTrack, VideoStreamTrack):
        connection.addTrack(make())
    async with connect(f"wss://server/{uuid.uuid4()}", ssl=trusting, proxy=None) as socket:
        await asyncio.sleep(2)
        if not calls:
            offer = json.loads(await socket.recv())
            await connection.setRemoteDescription(RTCSessionDescription(**offer))
        make = connection.createOffer if calls else connection.createAnswer
        await connection.setLocalDescription(await make())
        here = connection.localDescription
        await socket.send(json.dumps({"sdp": here.sdp, "type": here.type}))
        if calls:
            answer = json.loads(await socket.recv())
            await connection.setRemoteDescription(RTCSessionDescription(**answer))
        await asyncio.sleep(3)
        await connection.close()


async def main(server, alice, bob):
    serving, trusting = contexts()
    with server:
        await asyncio.get_running_loop().create_datagram_endpoint(
            StunResponder, local_addr=("0.0.0.0", 3478)
        )
        await serve(relay, "0.0.0.0", 443, ssl=serving)
    async with asyncio.TaskGroup() as group:
        alice.start(group, peer(group, alice, trusting, calls=True))
        bob.start(group, peer(group, bob, trusting, calls=False))


sim = Simulation(seed=int(sys.argv[1]))
homes = [sim.nat(name, PORT_RESTRICTED_CONE) for name in ("home-a", "home-b")]
for home in homes:
    sim.link(home, latency=0.03, jitter=0.02, loss=0.03)
hosts = [home.host(name) for home, name in zip(homes, ("alice", "bob"), strict=True)]
sim.run(main(sim.host("server"), *hosts))
print(json.dumps({**frames, "digest": sim.trace_digest(sizes=False), "process": os.getpid()}))
