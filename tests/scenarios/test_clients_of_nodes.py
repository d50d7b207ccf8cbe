"""The Python client and what happens to servers in their lives: drained behind one address, killed, slow to be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import signaling
from nat.simulator import Simulation
from signaling import SignalKind
from signaling.nodes import RedisBackplane
from tests.signaling.nodes.respserver import RespServer

REDIS = "198.51.100.1"
BALANCER = "198.51.100.2"
NODES = {"n1": "198.51.100.11", "n2": "198.51.100.12"}


class Balancer:
    """One address for all nodes: each connection goes on to the next of the addresses that it is told."""

    def __init__(self) -> None:
        self.turns: list[str] = []
        self.taken: list[str] = []

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        self.taken.append(node)
        there, back = await asyncio.open_connection(NODES[node], 80)
        await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))

    @staticmethod
    async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(4096):
                writer.write(data)
        writer.close()


@asynccontextmanager
async def node(name: str, redis: RespServer) -> AsyncIterator[signaling.Server]:
    backplane = RedisBackplane(redis.url, name)
    settings = signaling.Settings(node=name)
    async with signaling.serve(settings, NODES[name], 80, backplane=backplane) as server:
        yield server


class Heard:
    """What a client's user was told."""

    def __init__(self, client: signaling.Client) -> None:
        self.events: list[signaling.Event] = []
        self._listening = asyncio.create_task(self._listen(client))

    async def _listen(self, client: signaling.Client) -> None:
        async for event in client.events():
            self.events += (event,)

    def of(self, *kinds: type) -> list[signaling.Event]:
        """What was told of these kinds."""
        return [event for event in self.events if isinstance(event, kinds)]

    async def stop(self) -> None:
        self._listening.cancel()
        await asyncio.wait([self._listening])


def test_sessions_of_a_drained_node_go_on_at_another_behind_the_same_address() -> None:
    simulation = Simulation(1)
    redis_host, balancer_host = (
        simulation.host("redis", REDIS),
        simulation.host("balancer", BALANCER),
    )
    hosts = {name: simulation.host(name, address) for name, address in NODES.items()}
    clients = simulation.host("clients", "198.51.100.50")
    redis = RespServer(REDIS)
    balancer = Balancer()
    balancer.turns = ["n1"]
    ready, drained, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def serve(name: str, up: asyncio.Event) -> None:
        async with node(name, redis) as server:
            up.set()
            if name == "n1":
                await ready.wait()
                await server.drain(10.0)
                # others could send what was for the two over this node for some time yet
                assert asyncio.get_running_loop().time() >= server.hub.needed_until > 0.0
                drained.set()
            await done.wait()

    async def balance() -> None:
        async with await asyncio.start_server(balancer.take, BALANCER, 80):
            await done.wait()

    async def talk() -> None:
        url = f"ws://{BALANCER}:80{signaling.PATH}"
        async with (
            signaling.connect(url, peer="alice") as alice,
            signaling.connect(url, peer="bob") as bob,
        ):
            await alice.join("r")
            await bob.join("r")
            sids = (alice.welcome.sid, bob.welcome.sid)
            by_alice, by_bob = Heard(alice), Heard(bob)
            balancer.turns = ["n1", "n1", "n1", "n2"]
            balancer.taken.clear()
            ready.set()
            for number in range(80):
                await alice.signal("r", "bob", SignalKind.CUSTOM, number)
                await asyncio.sleep(0.1)
            await drained.wait()
            await asyncio.sleep(2.0)
            assert (alice.welcome.sid, bob.welcome.sid) == sids
            assert alice.welcome.server.node == bob.welcome.server.node == "n2"
            await by_alice.stop()
            await by_bob.stop()
        assert balancer.taken[:3] == ["n1"] * 3
        assert [event.data for event in by_bob.of(signaling.SignalReceived)] == list(range(80))
        for heard in (by_alice, by_bob):
            assert heard.of(signaling.Reconnected) == [signaling.Reconnected(resumed=True)]
            assert not heard.of(signaling.Removed, signaling.PeerLeft, signaling.StartedAgain)
        assert len(by_alice.of(signaling.PeerJoined)) == 1

    async def play() -> None:
        await redis_host.run(redis.start())
        async with asyncio.TaskGroup() as group:
            for name, host in hosts.items():
                up = asyncio.Event()
                host.start(group, serve(name, up))
                await up.wait()
            balancer_host.start(group, balance())
            await asyncio.sleep(0.1)
            await clients.run(talk())
            done.set()
        redis.stop()

    simulation.run(play(), deadline=120.0)
