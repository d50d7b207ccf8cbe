"""What comes right behind a ConnectionBind whose user a hook has to be asked for (RFC 6062 §5.4), on real sockets."""

import asyncio
import os
import socket

import pytest

import relay
from stunwire import (
    Class,
    ConnectionId,
    ErrorCode,
    Message,
    Method,
    Nonce,
    Realm,
    Username,
    XorMappedAddress,
    XorPeerAddress,
)
from tests.relay.test_server_tcp import HERE, PATIENCE, World, receive

BINDING = Message.request(Method.BINDING, b"t" * 12).encode()
MUCH = 300_000
WRONG = ConnectionId(1)


class Hook:
    """Knows Alice at once, but thinks while it is told to."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.thought = asyncio.Event()
        self.thought.set()
        self.fails = False

    async def find(self, username: str, realm: str) -> relay.User | None:
        self.asked.set()
        await self.thought.wait()
        if self.fails:
            raise relay.HookError("nobody is there")
        return relay.User(relay.Password("wonder"))

    def think(self) -> None:
        self.asked.clear()
        self.thought.clear()

    async def is_asked(self) -> None:
        await asyncio.wait_for(self.asked.wait(), PATIENCE)


@pytest.fixture(params=["tcp", "tls"])
async def world(request, certificate):
    hook = Hook()
    settings = relay.Settings(
        listen_tcp=(HERE,),
        listen_tls=(HERE,),
        certificate=certificate,
        realm="lab.example",
        user_hook=hook,
        hook_limits=relay.HookLimits(cache=0.0, cache_unknown=0.0),
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
        tcp_relay=relay.TcpRelay.ON,
    )
    async with relay.serve(settings) as server:
        with socket.create_server(HERE) as peer:
            peer.setblocking(False)
            world = World(server, peer, request.param == "tls")
            world.hook = hook
            yield world
            for client in world.clients:
                client.writer.transport.abort()


async def _pending(world):
    """Connect a peer; return a client's other connection, with its proof, and the number to bind."""
    control = await world.client()
    await control.allocate()
    address = XorPeerAddress(world.peer.getsockname())
    number = (await control.ask(Method.CONNECT, address)).get(ConnectionId)
    data = await world.client()
    data.proof = control.proof
    return data, number


async def _unbound(world):
    """Return a client whose nonce is its own: there is no connection that could lend it one."""
    data = await world.client()
    challenge = await data.ask(Method.CONNECTION_BIND, WRONG)
    data.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
    return data


async def test_data_behind_a_request_that_waits_for_a_hook_reaches_the_peer_whole(world):
    data, number = await _pending(world)
    sent = b"\xff" + os.urandom(MUCH)
    world.hook.think()
    data.writer.write(data.say(Method.CONNECTION_BIND, number) + sent[:9])
    await world.hook.is_asked()
    data.writer.write(sent[9:])
    await asyncio.sleep(0)
    world.hook.thought.set()
    assert (await data.read()).cls is Class.SUCCESS
    with await world.accept() as far:
        assert await receive(world, far, len(sent)) == sent
    assert world.server.counters.hang_ups == {}


async def test_frames_behind_a_request_that_is_refused_after_all_are_answered(world):
    data = await _unbound(world)
    world.hook.think()
    data.writer.write(data.say(Method.CONNECTION_BIND, WRONG) + BINDING)
    await world.hook.is_asked()
    data.writer.write(BINDING)
    world.hook.thought.set()
    assert (await data.read()).get(ErrorCode).code == 400
    for _ in range(2):
        assert (await data.read()).get(XorMappedAddress) is not None


async def test_frames_behind_a_request_that_nobody_could_judge_are_answered(world):
    data = await _unbound(world)
    world.hook.fails = True
    world.hook.think()
    data.writer.write(data.say(Method.CONNECTION_BIND, WRONG) + BINDING)
    await world.hook.is_asked()
    world.hook.thought.set()
    assert (await data.read()).get(XorMappedAddress) is not None


async def test_a_connection_that_is_reset_while_a_hook_thinks_leaves_nothing(world):
    data, number = await _pending(world)
    world.hook.think()
    data.writer.write(data.say(Method.CONNECTION_BIND, number) + b"\xffhello")
    await world.hook.is_asked()
    data.writer.transport.abort()
    world.hook.thought.set()
    async with asyncio.timeout(20):
        while world.server.counters.connections > 1:
            await asyncio.sleep(0.01)
