"""coturn's client moves its allocations to other sockets, and lets peers connect over TCP: nothing may get lost."""

import asyncio

import pytest

import relay
from stunwire import Address, ErrorCodes
from tests.interop.coturn import RELAY_PORTS, echo_peer, play, totals

pytestmark = pytest.mark.interop

HERE = Address("127.0.0.1", 0)
MESSAGES, CLIENTS, LENGTH = 50, 4, 206
TRIES = 3
SENT = MESSAGES * CLIENTS
SETTINGS = relay.Settings(
    listen=(HERE,),
    listen_tcp=(HERE,),
    realm="lab.example",
    port_range=RELAY_PORTS,
    users={"user": "secret"},
    peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
    tcp_relay=relay.TcpRelay.ON,
    mobility=relay.Mobility.ON,
    channel_numbers=relay.ChannelNumbers.OLD,
)


async def _run(server: Address, *flags: str) -> tuple[int, int]:
    size = ("-l", str(LENGTH), "-m", str(CLIENTS), "-n", str(MESSAGES), "-z", "2")
    user = ("-u", "user", "-w", "secret", "-p", str(server.port), server.host)
    return totals(await play("turnutils_uclient", *flags, *size, *user))


async def _move_all(server: relay.Server, peer: Address) -> list[tuple[int, int]]:
    to_peer = ("-M", "-X", "-c", "-e", peer.host, "-r", str(peer.port))
    udp, tcp = server.addresses[0], server.tcp_addresses[0]
    return await asyncio.gather(
        _run(udp, *to_peer),
        _run(udp, *to_peer, "-s"),
        _run(udp, "-M", "-y", "-c"),
        _run(tcp, *to_peer, "-t"),
        _run(tcp, "-M", "-T"),
    )


async def test_coturns_client_moves_to_another_socket_and_loses_nothing():
    """Some close the first socket before. Over TLS the program takes the closed connection for the new one.

    It leaves allocations behind at sockets that it has closed. Where the system gives one of their ports to a socket
    that it moves to (once in some 250 times), the relay refuses that, and it gives up rather than take another.
    """
    for _ in range(TRIES):
        async with relay.serve(SETTINGS) as server, echo_peer() as peer:
            done = await _move_all(server, peer)
            if server.counters.refusals[ErrorCodes.ALLOCATION_MISMATCH] and (0, 0) in done:
                continue
            assert done == [(SENT, SENT)] * len(done)
            assert server.counters.moves >= CLIENTS * len(done)
            assert server.counters.drops == {}
            return
    pytest.fail("the system gave used ports to new sockets every time")


async def test_every_byte_of_peers_that_connect_passes_both_ways():
    """Half of the program's clients are peers, which take data for STUN and do not count it, from any server."""
    async with relay.serve(SETTINGS) as server:
        assert await _run(server.tcp_addresses[0], "-T", "-P") == (SENT, SENT // 2)
        usage, half = server.counters.usage, SENT // 2 * LENGTH
        assert (usage.to_peer_bytes, usage.to_client_bytes) == (half, half)
