"""The shell of the TURN client: how errors read, and two transports on one allocation."""

import asyncio
from typing import Any

import pytest

from peer.engine.relayerrors import RelayError
from peer.engine.relaylink import RelayLink, Way
from peer.servers import Transport
from peer.turn import Allocated, PeerRefused, PeerUnreachable, Received
from stunwire import Address, Family, LongTermCredential

FOUR, SIX = ("198.51.100.10", 600), ("2001:db8::10", 600)
PEER4, PEER6 = Address("203.0.113.7", 1), Address("2001:db8::7", 1)


class Protocol(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: list[Any] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.heard.append((data, addr))

    def error_received(self, exc: Exception) -> None:
        self.heard.append(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.append(("lost", exc))


@pytest.fixture
async def link() -> RelayLink:
    way = Way(("127.0.0.1", 9), Transport.UDP, "localhost")
    return RelayLink(LongTermCredential("u", "p"), way, (Family.IPV4, Family.IPV6))


@pytest.fixture
async def both(link: RelayLink) -> tuple[Protocol, Protocol]:
    protocols = Protocol(), Protocol()
    for relayed, protocol in zip((FOUR, SIX), protocols, strict=True):
        link.transport_for(relayed, ("192.0.2.1", 5), protocol)
    return protocols


async def test_each_transport_hears_of_its_own_family(
    link: RelayLink, both: tuple[Protocol, Protocol]
) -> None:
    four, six = both
    assert four.transport.get_extra_info("sockname") == FOUR
    assert six.transport.get_extra_info("related_address") == ("192.0.2.1", 5)
    link._perform(
        [
            Received(b"4", PEER4),
            Received(b"6", PEER6),
            PeerRefused(PEER4, "403 no", 403),
            PeerUnreachable(PEER6, 1, 4),
        ]
    )
    assert four.heard[0] == (b"4", tuple(PEER4))
    assert six.heard[0] == (b"6", tuple(PEER6))
    assert (four.heard[1].code, four.heard[1].peer) == (403, PEER4)
    assert "unreachable" in str(six.heard[1])


async def test_the_allocation_ends_with_the_last_of_its_transports(
    link: RelayLink, both: tuple[Protocol, Protocol]
) -> None:
    four, six = both
    four.transport.close()
    await asyncio.sleep(0)
    assert four.heard == [("lost", None)]
    assert not link.over.done()
    link._perform([Received(b"late", PEER4)])
    six.transport.close()
    assert link.over.done()
    assert six.heard == [("lost", None)]
    assert four.heard == [("lost", None)]


async def test_aborting_ends_it_at_once(link: RelayLink, both: tuple[Protocol, Protocol]) -> None:
    both[0].transport.abort()
    assert [protocol.heard for protocol in both] == [[("lost", None)]] * 2
    both[1].transport.sendto(b"too late", PEER6)
    link.close()


async def test_an_answer_after_the_end_is_nobodys(link: RelayLink) -> None:
    link.abort()
    link._perform([Allocated((Address(*FOUR),), Address("192.0.2.1", 1))])
    with pytest.raises(RelayError, match="given up"):
        await link._allocated
