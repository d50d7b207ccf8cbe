"""A client that moves between DTLS sessions, on real loopback sockets (RFC 8016, RFC 7350)."""

from relay import Mobility, serve
from stunwire import (
    ChannelData,
    ChannelNumber,
    Class,
    Lifetime,
    Method,
    MobilityTicket,
    Nonce,
    Realm,
    Username,
    XorPeerAddress,
    XorRelayedAddress,
)
from tests.relay.test_dtlslistener import (  # noqa: F401 - fixtures
    UDP,
    connect,
    open_ear,
    settings,
    until,
)


async def test_a_client_that_may_move_takes_its_channel_from_one_session_to_another(
    settings,  # noqa: F811
    connect,  # noqa: F811
):
    """RFC 8016 over DTLS: a session is lost with its port, and the allocation is not."""
    async with serve(settings(mobility=Mobility.ON)) as server:
        old, peer = await connect(server), await open_ear()
        challenge = await old.ask(Method.ALLOCATE, UDP)
        old.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        made = await old.ask(Method.ALLOCATE, UDP, MobilityTicket(b""))
        relayed = made.get(XorRelayedAddress).address
        await old.ask(Method.CHANNEL_BIND, ChannelNumber(0x4001), XorPeerAddress(peer.address))
        new = await connect(server)
        challenge = await new.ask(Method.REFRESH, Lifetime(600))
        new.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        moved = await new.ask(Method.REFRESH, Lifetime(600), made.get(MobilityTicket))
        assert moved.cls is Class.SUCCESS
        peer.transport.sendto(b"still there", relayed)
        assert await old.hear() == ChannelData(0x4001, b"still there").encode()
        new.say(ChannelData(0x4001, b"here").encode())
        assert await peer.hear() == (b"here", relayed)
        peer.transport.sendto(b"good day", relayed)
        assert await new.hear() == ChannelData(0x4001, b"good day").encode()
        old.put([old.tls.goodbye()])
        await until(lambda: server.counters.connections == 1)
        assert (server.counters.moves, server.counters.allocations) == (1, 1)
        await peer.close()


async def test_a_session_that_says_goodbye_leaves_an_allocation_that_may_move(settings, connect):  # noqa: F811
    async with serve(settings(mobility=Mobility.ON)) as server:
        old, peer = await connect(server), await open_ear()
        challenge = await old.ask(Method.ALLOCATE, UDP)
        old.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        made = await old.ask(Method.ALLOCATE, UDP, MobilityTicket(b""))
        await old.ask(Method.CHANNEL_BIND, ChannelNumber(0x4001), XorPeerAddress(peer.address))
        old.put([old.tls.goodbye()])
        await until(lambda: server.counters.connections == 0)
        assert server.counters.allocations == 1
        new = await connect(server)
        challenge = await new.ask(Method.REFRESH, Lifetime(600))
        new.proof = (Username("alice"), Realm("lab.example"), challenge.get(Nonce))
        assert (await new.ask(Method.REFRESH, made.get(MobilityTicket))).cls is Class.SUCCESS
        peer.transport.sendto(b"good day", made.get(XorRelayedAddress).address)
        assert await new.hear() == ChannelData(0x4001, b"good day").encode()
        await peer.close()
