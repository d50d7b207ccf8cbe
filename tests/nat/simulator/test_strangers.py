"""Programs that are not ours, unmodified, in the simulated world."""

import asyncio
import ssl

import aioice
import httpx
import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from nat import ALL_NINE, PORT_RESTRICTED_CONE, SYMMETRIC, DropReason
from nat.simulator import Simulation


@pytest.mark.parametrize("a", ALL_NINE, ids=lambda one: one.short)
def test_aioice_connects_exactly_where_the_literal_table_says(a, truth_table, connect_ice):
    outcomes = {b.short: connect_ice(a, b)[1] for b in ALL_NINE}
    assert outcomes == {b.short: truth_table[a.short, b.short] == "Y" for b in ALL_NINE}


def test_the_simulation_says_why_aioice_did_not_connect(connect_ice):
    sim, connected = connect_ice(PORT_RESTRICTED_CONE, SYMMETRIC)
    assert not connected
    filtering = {event.where for event in sim.dropped(reason=DropReason.FILTERED)}
    assert filtering == {"home-a", "home-b"}
    for address in ("203.0.113.1", "203.0.113.2"):
        assert f"address-and-port-dependent filtering, {address}:" in sim.explain()


async def connect_hosts(alice, bob, **keywords):
    """ICE between two hosts that need no server; gives the remote addresses chosen."""
    one = aioice.Connection(ice_controlling=True, **keywords)
    other = aioice.Connection(ice_controlling=False, **keywords)
    await alice.run(one.gather_candidates())
    await bob.run(other.gather_candidates())
    for here, there in ((one, other), (other, one)):
        for candidate in here.local_candidates:
            await there.add_remote_candidate(candidate)
        await there.add_remote_candidate(None)
        there.remote_username = here.local_username
        there.remote_password = here.local_password
    async with asyncio.TaskGroup() as group:
        alice.start(group, one.connect())
        bob.start(group, other.connect())
    await one.send(b"hello")
    assert await other.recv() == b"hello"
    await one.close()
    await other.close()


def test_aioice_connects_two_hosts_of_one_lan_directly():
    sim = Simulation()
    home = sim.nat("home", SYMMETRIC)
    sim.run(connect_hosts(home.host("alice"), home.host("bob")))
    assert sim.dropped() == []
    assert sim.now < 0.1
    assert {event.where for event in sim.trace} == {"alice", "bob"}


def test_aioice_connects_over_ipv6():
    sim = Simulation()
    alice = sim.host("alice", "198.51.100.1", addresses=("2001:db8::1",))
    bob = sim.host("bob", "2001:db8::2")
    sim.run(connect_hosts(alice, bob))
    assert {event.source.host for event in sim.trace} == {"2001:db8::1", "2001:db8::2"}


def test_websockets_keep_each_other_alive_for_an_hour_through_nats():
    sim = Simulation()
    server = sim.host("server")
    alice = sim.nat("home-a", SYMMETRIC).host("alice")

    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    async def main():
        with server:
            listening = await serve(echo, "0.0.0.0", 8765)
            assert listening.sockets[0].getsockname() == ("0.0.0.0", 8765)
        with alice:
            async with connect("ws://server:8765/", proxy=None) as socket:
                assert socket.remote_address == (server.address, 8765)
                await socket.send("x" * 500_000)
                assert await socket.recv() == "x" * 500_000
                await asyncio.sleep(3500)
                latency = socket.latency
        listening.close()
        await listening.wait_closed()
        return latency

    assert sim.run(main()) == pytest.approx(0.041)
    assert sim.dropped() == []


def test_websockets_talk_over_tls_through_a_nat(tls):
    serving, trusting = tls
    sim = Simulation()
    server = sim.host("server")
    alice = sim.nat("home-a", SYMMETRIC).host("alice")

    async def echo(socket):
        async for message in socket:
            await socket.send(message)

    async def main():
        with server:
            listening = await serve(echo, "0.0.0.0", 443, ssl=serving)
        with alice:
            async with connect("wss://server/", ssl=trusting, proxy=None) as socket:
                await socket.send("x" * 500_000)
                answer = await socket.recv()
                await asyncio.sleep(600)
        listening.close()
        await listening.wait_closed()
        return answer

    assert sim.run(main()) == "x" * 500_000
    assert sim.dropped() == []


@pytest.mark.parametrize("name", ["other", "server"])
def test_tls_checks_the_name_of_the_server_and_echoes_for_the_right_one(tls, name):
    serving, trusting = tls
    sim = Simulation()
    server, client = sim.host("server"), sim.host("client")
    sim.name("other", server.address)

    async def echo(reader, writer):
        writer.write(await reader.readline())
        writer.close()

    async def main():
        with server:
            await asyncio.start_server(echo, port=443, ssl=serving)
        with client:
            reader, writer = await asyncio.open_connection(name, 443, ssl=trusting)
            writer.write(b"hello\n")
            answer = await reader.read()
            writer.close()
            return answer

    if name == "server":
        assert sim.run(main()) == b"hello\n"
    else:
        with pytest.raises(ssl.SSLCertVerificationError):
            sim.run(main())


def test_a_stream_is_made_secure_while_it_runs(tls):
    serving, trusting = tls
    sim = Simulation()
    server, client = sim.host("server"), sim.host("client")

    async def secure(reader, writer):
        await reader.readline()
        writer.write(b"go on\n")
        await writer.start_tls(serving)
        writer.write(await reader.readline())
        writer.close()

    async def main():
        with server:
            await asyncio.start_server(secure, port=25)
        with client:
            reader, writer = await asyncio.open_connection("server", 25)
            writer.write(b"STARTTLS\n")
            await reader.readline()
            await writer.start_tls(trusting, server_hostname="server")
            writer.write(b"secret\n")
            answer = await reader.readline()
            assert writer.get_extra_info("cipher")
            writer.close()
            return answer

    assert sim.run(main()) == b"secret\n"
    assert sim.dropped() == []


def test_httpx_gets_a_page_over_tls(tls):
    serving, trusting = tls
    sim = Simulation()
    server, client = sim.host("server"), sim.host("client")

    async def page(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        writer.close()

    async def main():
        with server:
            await asyncio.start_server(page, port=443, ssl=serving)
        with client:
            async with httpx.AsyncClient(verify=trusting) as http:
                return (await http.get("https://server/")).text

    assert sim.run(main()) == "hello"


def test_websockets_notice_a_dead_link():
    sim = Simulation()
    server, client = sim.host("server"), sim.host("client")

    async def main():
        with server:
            await serve(lambda socket: socket.wait_closed(), "0.0.0.0", 8765)
        with client:
            async with connect("ws://server:8765/", proxy=None) as socket:
                sim.link(client, loss=1.0)
                with pytest.raises(ConnectionClosed, match="keepalive ping timeout"):
                    await socket.recv()
                return sim.now

    assert 40 < sim.run(main()) < 60


def play_data_channel(serve_stun, seed=1, loss=0.0):
    """A message and its answer between two peer connections behind port-restricted NATs."""
    sim = Simulation(seed)
    server = sim.host("stun")
    home = sim.nat("home-a", PORT_RESTRICTED_CONE)
    alice, bob = home.host("alice"), sim.nat("home-b", PORT_RESTRICTED_CONE).host("bob")
    configuration = RTCConfiguration([RTCIceServer("stun:stun:3478")])

    async def main():
        await serve_stun(server)
        answered = asyncio.get_running_loop().create_future()
        with alice:
            one = RTCPeerConnection(configuration)
            channel = one.createDataChannel("chat")
            channel.on("open", lambda: channel.send("ping"))
            channel.on("message", answered.set_result)
            await one.setLocalDescription(await one.createOffer())
        with bob:
            other = RTCPeerConnection(configuration)

            @other.on("datachannel")
            def _(channel):
                channel.on("message", lambda _: channel.send("pong"))

            await other.setRemoteDescription(one.localDescription)
            await other.setLocalDescription(await other.createAnswer())
        sim.link(home, loss=loss)
        with alice:
            await one.setRemoteDescription(other.localDescription)
        answer = await answered
        sim.link(home, loss=0.0)
        await one.close()
        await other.close()
        return answer

    return sim, sim.run(main(), deadline=120)


def test_an_aiortc_data_channel_opens_through_two_nats(serve_stun):
    sim, answer = play_data_channel(serve_stun)
    assert answer == "pong"
    assert sim.now < 0.5


def test_aiortc_sends_the_same_packets_for_the_same_seed_but_for_their_sizes(serve_stun):
    digests = [
        play_data_channel(serve_stun, seed)[0].trace_digest(sizes=False) for seed in (1, 1, 2)
    ]
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_aiortc_gets_over_lost_packets_of_its_handshake_with_every_seed(serve_stun):
    worlds = [play_data_channel(serve_stun, seed=seed, loss=0.1) for seed in range(20)]
    assert [answer for _, answer in worlds] == ["pong"] * 20
    assert all(sim.now < 30 for sim, _ in worlds)
    assert any(sim.now > 1 for sim, _ in worlds)
    assert sum(len(sim.dropped(reason=DropReason.LOST)) for sim, _ in worlds) > 20


def test_ice_traces_repeat_exactly_for_a_seed(connect_ice):
    pair = PORT_RESTRICTED_CONE, SYMMETRIC
    one, same, other = (connect_ice(*pair, seed)[0].trace_digest() for seed in (1, 1, 2))
    assert one == same
    assert one != other
