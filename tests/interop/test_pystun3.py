"""pystun3's client, which speaks RFC 3489: each of its verdicts, told by our server with two addresses.

Only one verdict comes about on loopback by itself. The others need a NAT or a firewall before the client, so it
gets sockets that map and filter as one would.
"""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import pytest
import stun

from nat import (
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    RESTRICTED_CONE,
    SYMMETRIC,
    Behavior,
    Dependence,
)
from stunwire import Address
from tests.interop.discovery import HOST, discovery_server

pytestmark = pytest.mark.interop

WAIT = 0.25
"""Seconds that the client waits for an answer; it asks four times before it gives up."""
INSIDE = "192.168.1.2"


class Behind:
    """A socket behind a NAT, as far as pystun3 uses sockets."""

    def __init__(self, behavior: Behavior) -> None:
        self._behavior = behavior
        self._mapped: dict[object, socket.socket] = {}
        self._sent_to: list[tuple[str, int]] = []

    def sendto(self, data: bytes, destination: tuple[str, int]) -> int:
        self._sent_to.append(destination)
        key = _key(self._behavior.mapping, destination)
        if key not in self._mapped:
            self._mapped[key] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._mapped[key].bind((HOST, 0))
            self._mapped[key].settimeout(WAIT)
        self._last = self._mapped[key]
        return self._last.sendto(data, destination)

    def recvfrom(self, size: int) -> tuple[bytes, tuple[str, int]]:
        while True:
            data, source = self._last.recvfrom(size)
            if self._lets_in(source):
                return data, source

    def close(self) -> None:
        for one in self._mapped.values():
            one.close()

    def _lets_in(self, source: tuple[str, int]) -> bool:
        filtering = self._behavior.filtering
        return any(_key(filtering, source) == _key(filtering, sent) for sent in self._sent_to)


def _key(dependence: Dependence, address: tuple[str, int]) -> object:
    match dependence:
        case Dependence.ENDPOINT_INDEPENDENT:
            return None
        case Dependence.ADDRESS_DEPENDENT:
            return address[0]
    return address


@contextlib.contextmanager
def behind(behavior: Behavior) -> Iterator[Behind]:
    with contextlib.closing(Behind(behavior)) as made:
        yield made


async def _verdict(behavior: Behavior, inside: str, server: Address) -> str:
    with behind(behavior) as client:
        kind, _ = await asyncio.to_thread(
            stun.get_nat_type, client, inside, 0, stun_host=server.host, stun_port=server.port
        )
    return str(kind)


async def test_without_a_cookie_it_finds_the_open_internet():
    async with discovery_server() as server:
        kind, host, port = await asyncio.to_thread(
            stun.get_ip_info, HOST, 0, HOST, server.addresses[0].port
        )
    assert (kind, host) == (stun.OpenInternet, HOST)
    assert port


@pytest.mark.parametrize(
    ("behavior", "inside", "verdict"),
    [
        (FULL_CONE, HOST, stun.OpenInternet),
        (PORT_RESTRICTED_CONE, HOST, stun.SymmetricUDPFirewall),
        (FULL_CONE, INSIDE, stun.FullCone),
        (RESTRICTED_CONE, INSIDE, stun.RestricNAT),
        (PORT_RESTRICTED_CONE, INSIDE, stun.RestricPortNAT),
        (SYMMETRIC, INSIDE, stun.SymmetricNAT),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_each_nat_and_firewall_gets_its_name(behavior, inside, verdict):
    async with discovery_server() as server:
        assert await _verdict(behavior, inside, server.addresses[0]) == verdict


async def test_where_nobody_answers_it_is_blocked():
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as silent:
        silent.bind((HOST, 0))
        nobody = Address(*silent.getsockname())
        assert await _verdict(FULL_CONE, INSIDE, nobody) == stun.Blocked
