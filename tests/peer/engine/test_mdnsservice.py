"""Multicast DNS on real sockets, within this machine and on a port of its own."""

import asyncio
import socket
from typing import Any

import pytest

from peer.engine import mdnsservice
from peer.engine.mdnsservice import MdnsService

HERE = "127.0.0.1"


@pytest.fixture
async def port() -> Any:
    """A port that is free, and stays ours for those who share it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("", 0))
        yield sock.getsockname()[1]


async def test_what_one_publishes_another_resolves(port: int) -> None:
    one, two = MdnsService(port=port, interface=HERE), MdnsService(port=port, interface=HERE)
    await one.open()
    await two.open()
    async with asyncio.timeout(20):
        for host in ("192.0.2.1", "2001:db8::1"):
            name = one.publish(host)
            assert name.endswith(".local")
            assert await asyncio.gather(two.resolve(name), two.resolve(name)) == [host, host]
            one.withdraw(name)
    one.close()
    two.close()


async def test_whoever_waits_is_told_when_it_is_closed(port: int) -> None:
    service = MdnsService(port=port, interface=HERE)
    await service.open()
    waiting = asyncio.create_task(service.resolve("nobody.local"))
    await asyncio.sleep(0)
    service.close()
    assert await waiting is None


async def test_a_loop_has_one_service_as_long_as_somebody_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Any] = []

    async def open_nothing(self: Any) -> None:
        opened.append(self)
        await asyncio.sleep(0)

    monkeypatch.setattr(MdnsService, "open", open_nothing)
    one, two = await asyncio.gather(mdnsservice.acquire(), mdnsservice.acquire())
    assert one is two
    mdnsservice.release(one)
    assert await mdnsservice.acquire() is one
    mdnsservice.release(one)
    mdnsservice.release(one)
    again = await mdnsservice.acquire()
    assert again is not one
    mdnsservice.release(again)


async def test_without_multicast_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Any) -> Any:
        raise OSError("no such device")

    monkeypatch.setattr(MdnsService, "_socket4", refuse)
    monkeypatch.setattr(MdnsService, "_socket6", refuse)
    with pytest.raises(OSError, match="no such device"):
        await MdnsService().open()
