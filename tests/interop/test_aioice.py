"""aioice's TURN client, which is not ours: two ICE agents, relay-only, over each transport."""

import asyncio
import ssl
from itertools import product
from typing import Any

import aioice
import pytest
from aioice.ice import TransportPolicy

import relay
from relay.fivetuple import Transport
from stunwire import Address

pytestmark = pytest.mark.interop

USER, PASSWORD = "user", "secret"
HERE = (Address("127.0.0.1", 0),)
PATIENCE = 20.0


def _settings(certificate: relay.CertificateFiles) -> relay.Settings:
    return relay.Settings(
        listen=HERE,
        listen_tcp=HERE,
        listen_tls=HERE,
        certificate=certificate,
        realm="lab.example",
        users={USER: PASSWORD},
    )


def _way(server: relay.Server, transport: Transport, trust: ssl.SSLContext) -> dict[str, Any]:
    """What an aioice connection is told to reach the relay over a transport.

    Its `turn_ssl` is said to be a boolean; it goes to asyncio as it is, which takes a context as well, and so a
    self-signed certificate can be trusted without being installed.
    """
    match transport:
        case Transport.UDP:
            return {"turn_server": tuple(server.addresses[0])}
        case Transport.TCP:
            return {"turn_server": tuple(server.tcp_addresses[0]), "turn_transport": "tcp"}
    return {
        "turn_server": tuple(server.tls_addresses[0]),
        "turn_transport": "tcp",
        "turn_ssl": trust,
    }


def _agent(way: dict[str, Any], *, controlling: bool) -> aioice.Connection:
    return aioice.Connection(
        ice_controlling=controlling,
        turn_username=USER,
        turn_password=PASSWORD,
        transport_policy=TransportPolicy.RELAY,
        use_ipv6=False,
        **way,
    )


@pytest.fixture
def trust(certificate: relay.CertificateFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(certificate.chain))
    context.check_hostname = (
        False  # the certificate names lab.example, and aioice is told an address
    )
    return context


PAIRS = list(product((Transport.UDP, Transport.TCP, Transport.TLS), repeat=2))


@pytest.mark.parametrize(("one_way", "other_way"), PAIRS, ids=lambda one: one.value)
async def test_two_agents_that_may_only_be_relayed_meet(one_way, other_way, certificate, trust):
    async with asyncio.timeout(PATIENCE), relay.serve(_settings(certificate)) as server:
        one = _agent(_way(server, one_way, trust), controlling=True)
        other = _agent(_way(server, other_way, trust), controlling=False)
        for agent in (one, other):
            await agent.gather_candidates()
            assert [candidate.type for candidate in agent.local_candidates] == ["relay"]
        for here, there in ((one, other), (other, one)):
            for candidate in here.local_candidates:
                await there.add_remote_candidate(candidate)
            await there.add_remote_candidate(None)
            there.remote_username = here.local_username
            there.remote_password = here.local_password
        await asyncio.gather(one.connect(), other.connect())
        for size in (1, 3, 1200, 1201):
            await one.send(bytes(size))
            assert await other.recv() == bytes(size)
            await other.send(b"\xff" * size)
            assert await one.recv() == b"\xff" * size
        await asyncio.gather(one.close(), other.close())
        assert server.counters.allocations == 0
        assert server.counters.allocations_opened == 2
        assert server.counters.drops == {}


async def test_a_self_signed_certificate_is_not_believed_unless_it_is_trusted(certificate):
    """`turn_ssl=True` uses the system's authorities; then there is no relayed candidate."""
    async with asyncio.timeout(PATIENCE), relay.serve(_settings(certificate)) as server:
        way = {**_way(server, Transport.TCP, ssl.create_default_context()), "turn_ssl": True}
        way["turn_server"] = tuple(server.tls_addresses[0])
        agent = _agent(way, controlling=True)
        await agent.gather_candidates()
        assert agent.local_candidates == []
        await agent.close()
        assert server.counters.allocations_opened == 0
