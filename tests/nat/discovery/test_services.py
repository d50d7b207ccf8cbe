"""A service's places come in the order of preference, and a service that is none is named."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import dns.asyncresolver
import dns.message
import dns.rcode
import dns.rrset
import pytest

from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.services import MOST

NAME = "_stun-behavior._udp.example.org"


class _NameServer(asyncio.DatagramProtocol):
    def __init__(self, records: list[str]) -> None:
        self._records = records

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        if self._records:
            answer.answer.append(dns.rrset.from_text(f"{NAME}.", 60, "IN", "SRV", *self._records))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def _name_server(records: list[str], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _NameServer(records), local_addr=("127.0.0.1", 0)
    )
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    monkeypatch.setattr(dns.asyncresolver, "get_default_resolver", lambda: resolver)
    try:
        yield
    finally:
        transport.close()


async def test_places_come_by_priority_and_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    records = ["20 0 3478 c.example.", "10 1 3478 b.example.", "10 9 3479 a.example."]
    async with _name_server(records, monkeypatch):
        found = await AsyncioNetwork().services(NAME)
    assert found == (("a.example", 3479), ("b.example", 3478), ("c.example", 3478))


async def test_no_more_than_some_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [f"{number} 0 3478 host{number}.example." for number in range(20)]
    async with _name_server(records, monkeypatch):
        assert len(await AsyncioNetwork().services(NAME)) == MOST


@pytest.mark.parametrize(
    ("records", "words"), [([], "does not resolve"), (["0 0 0 ."], "is not offered")]
)
async def test_what_is_not_there_is_named(
    records: list[str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _name_server(records, monkeypatch):
        with pytest.raises(OSError, match=f"{NAME} {words}") as caught:
            await AsyncioNetwork().services(NAME)
    assert caught.value.errno == socket.EAI_NONAME  # somebody has answered: there is a network
