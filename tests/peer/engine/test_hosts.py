"""Sockets within a range of ports."""

import asyncio
from typing import Any

import pytest

from peer.engine.hosts import PortsExhaustedError, open_socket
from peer.localaddresses import LocalAddress

HERE = LocalAddress("192.168.1.2")


def test_every_port_of_a_range_is_found_and_then_none(make_world: Any) -> None:
    async def main() -> set[int]:
        with world.alice:
            ports = set()
            for _ in range(5):
                transport, _ = await open_socket(asyncio.DatagramProtocol, HERE, (50000, 50004))
                ports.add(transport.get_extra_info("sockname")[1])
            with pytest.raises(PortsExhaustedError, match="50000 to 50004 is free on"):
                await open_socket(asyncio.DatagramProtocol, HERE, (50000, 50004))
        return ports

    world = make_world()
    assert world.run(main()) == set(range(50000, 50005))


def test_an_address_of_somebody_else_is_not_tried_on_every_port(make_world: Any) -> None:
    async def main() -> None:
        elsewhere = LocalAddress("192.0.2.1")
        with world.alice, pytest.raises(OSError, match=r"192\.0\.2\.1|assign") as caught:
            await open_socket(asyncio.DatagramProtocol, elsewhere, (1024, 65535))
        assert not isinstance(caught.value, PortsExhaustedError)

    world = make_world()
    world.run(main())
