"""A connection ends within a second, whatever the other side does."""

import asyncio

from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.streamsocket import PATIENCE
from nat.simulator import Simulation
from stunwire import Address


def test_a_connection_to_somebody_who_is_gone_is_closed_in_time() -> None:
    simulation = Simulation()
    server, me = simulation.host("server"), simulation.host("me")

    async def main() -> float:
        await server.run(asyncio.start_server(lambda *_: None, server.address, 80))
        with me:
            stream = await AsyncioNetwork().open_stream(Address(server.address, 80))
        simulation.partition([server], [me])
        await stream.send(bytes(100_000))
        began = simulation.now
        await stream.close()
        return simulation.now - began

    assert simulation.run(main()) <= PATIENCE
