"""A program that prints the digest of a world with ICE, websockets and lossy links."""

import asyncio

import aioice
import aioice.stun
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from nat import RESTRICTED_CONE, SYMMETRIC
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


async def relay(socket, members=[]):  # noqa: B006 -- shared on purpose: the room
    members.append(socket)
    async for message in socket:
        for other in members:
            if other is not socket:
                await other.send(message)


async def peer(controlling):
    connection = aioice.Connection(controlling, stun_server=("server", 3478))
    await connection.gather_candidates()
    async with connect("ws://server:80/", proxy=None) as socket:
        await asyncio.sleep(3)
        here = [connection.local_username, connection.local_password]
        await socket.send("\n".join(here + [c.to_sdp() for c in connection.local_candidates]))
        username, password, *candidates = (await socket.recv()).split("\n")
        connection.remote_username, connection.remote_password = username, password
        for candidate in candidates:
            await connection.add_remote_candidate(aioice.Candidate.from_sdp(candidate))
        await connection.add_remote_candidate(None)
        await connection.connect()
        await asyncio.sleep(60)
        await connection.close()


async def main(server, alice, bob):
    with server:
        await asyncio.get_running_loop().create_datagram_endpoint(
            StunResponder, local_addr=("0.0.0.0", 3478)
        )
        await serve(relay, "0.0.0.0", 80)
    async with asyncio.TaskGroup() as group:
        alice.start(group, peer(True))
        bob.start(group, peer(False))


sim = Simulation(seed=42)
homes = [sim.nat("home-a", RESTRICTED_CONE), sim.nat("home-b", SYMMETRIC)]
for home in homes:
    sim.link(home, latency=0.03, jitter=0.02, loss=0.02)
hosts = [home.host(name) for home, name in zip(homes, ("alice", "bob"), strict=True)]
sim.run(main(sim.host("server"), *hosts))
print(len(sim.trace), sim.trace_digest())
