"""What attackers of TURN servers try, one point after another (docs/relay-security.md)."""

import asyncio
import hashlib
import hmac
import os

import pytest
from aioice import turn

from relay import DropReason, PeerPolicy, Settings, SettingsError, StreamLimits, TcpRelay, serve
from relay.fivetuple import Transport
from relay.metrics import make_exposition
from relay.outputs import OpenRelaySocket, SendToClient, SendToPeer
from stunwire import (
    Address,
    ChannelNumber,
    Class,
    ErrorCode,
    Message,
    Method,
    RequestedAddressFamily,
    RequestedTransport,
    XorPeerAddress,
)

HERE, HERE6 = Address("198.51.99.1", 3478), Address("2a00::1", 3478)
PEER = Address("192.0.1.7", 7000)
UDP, TCP = 17, 6
SCANNED = (
    *("0.0.0.0", "127.0.0.1", "127.0.0.8", "127.255.255.254", "10.0.0.1", "10.255.255.254"),
    *("172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254", "169.254.0.1"),
    *("169.254.169.254", "169.254.254.255", "224.0.0.1", "239.255.255.254", "100.64.0.0"),
    *("100.127.255.254", "192.0.0.1", "192.0.0.254", "192.0.2.1", "192.88.99.1", "198.18.0.1"),
    *("198.19.255.254", "198.51.100.1", "203.0.113.254", "240.0.0.1", "255.255.255.255"),
)
SCANNED6 = (
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::"),
    *("64:ff9b::7f00:1", "fe80::1", "fd00::1", "ff02::1", "2001::1"),
)


def _code(reply: Message) -> int:
    error = reply.get(ErrorCode)
    return 0 if error is None else error.code


def _client(world, family: int, protocol: int = UDP):
    client = world.client()
    if protocol == TCP:
        client.transport = Transport.TCP
    wanted = (RequestedTransport(protocol), RequestedAddressFamily(family))
    assert client.request(Method.ALLOCATE, *wanted).cls is Class.SUCCESS
    client.number = [o for o in world.outputs if isinstance(o, OpenRelaySocket)][-1].allocation
    return client


@pytest.mark.parametrize(("family", "hosts"), [(1, SCANNED), (2, SCANNED6)])
def test_no_scanned_address_is_reached_by_whatever_way(make_world, family, hosts):
    world = make_world(listen=(HERE, HERE6), tcp_relay=TcpRelay.ON)
    client, tcp_client = _client(world, family), _client(world, family, TCP)
    for host in hosts:
        peer = Address(host, 80)
        named = XorPeerAddress(peer)
        assert _code(client.permit(host)) == 403
        assert _code(client.request(Method.CHANNEL_BIND, ChannelNumber(0x4000), named)) == 403
        assert _code(tcp_client.request(Method.CONNECT, named)) == 403
        assert client.send(peer, b"x") == []
        assert client.hear(peer, b"x") is None


@pytest.mark.parametrize("tcp_relay", list(TcpRelay))
def test_every_requested_transport_but_udp_is_refused_with_442(make_world, tcp_relay):
    """TCP, too, where it is not asked for; where it is, it is 400 for a client that comes over UDP."""
    client = make_world(tcp_relay=tcp_relay).client()
    codes = {
        protocol: _code(client.request(Method.ALLOCATE, RequestedTransport(protocol)))
        for protocol in range(256)
        if protocol != UDP
    }
    expected = dict.fromkeys(codes, 442)
    if tcp_relay is not TcpRelay.OFF:
        expected[TCP] = 400
    assert codes == expected
    assert client.allocate().cls is Class.SUCCESS


@pytest.mark.parametrize("body", [b"", b"x", b"x" * 1000])
def test_channel_data_that_announces_35510_bytes_reads_no_memory(client, body):
    client.allocate()
    client.bind(0x4000, PEER)
    packet = (0x4000).to_bytes(2, "big") + (35510).to_bytes(2, "big") + body
    outputs = client.raw(packet)
    assert not [o for o in outputs if isinstance(o, SendToPeer | SendToClient)]
    assert client.world.relay.counters().drops == {DropReason.MALFORMED: 1}


def test_requests_without_an_allocation_are_answered_with_437_and_not_left_to_time_out(client):
    named = XorPeerAddress(PEER)
    assert _code(client.refresh(600)) == 437
    assert _code(client.permit(PEER.host)) == 437
    assert _code(client.request(Method.CHANNEL_BIND, ChannelNumber(0x4000), named)) == 437


class Spy:
    """Counts what is compared in constant time, and what is hashed."""

    def __init__(self, monkeypatch) -> None:
        self.compared = self.hashed = 0
        compare = hmac.compare_digest

        def compare_digest(one, other):
            self.compared += 1
            return compare(one, other)

        def counted(hashing):
            def digest(*text, **options):
                self.hashed += 1
                return hashing(*text, **options)

            return digest

        monkeypatch.setattr(hmac, "compare_digest", compare_digest)
        for name in ("md5", "sha1", "sha256"):
            monkeypatch.setattr(hashlib, name, counted(getattr(hashlib, name)))

    def work(self) -> tuple[int, int]:
        done = self.compared, self.hashed
        self.compared = self.hashed = 0
        return done


def test_nonce_and_integrity_are_compared_in_constant_time(client, monkeypatch):
    client.challenge()
    signed = client.signed(Method.ALLOCATE, RequestedTransport(UDP))
    spy = Spy(monkeypatch)
    client.raw(signed)
    compared, _ = spy.work()
    assert compared == 3  # the nonce, a key that fits nothing, and the user's
    client.raw(client.signed(Method.REFRESH))
    compared, _ = spy.work()
    assert compared == 2  # the user's key is at hand


def test_an_unknown_user_costs_the_same_work_as_a_wrong_password(make_world, monkeypatch):
    """No more and no fewer hashes, so that time does not tell which names there are."""
    world = make_world(rest_secrets=("shared",))
    known, unknown = world.client(user="alice"), world.client(port=40001, user="nobody")
    known.password = "wrong"
    requests = [
        (one, one.signed(Method.ALLOCATE, RequestedTransport(UDP))) for one in (known, unknown)
    ]
    spy, work = Spy(monkeypatch), []
    for one, signed in requests:
        assert _code(one.reply(one.raw(signed))) == 401
        work.append(spy.work())
    assert work[0] == work[1]
    assert min(work[0]) > 0


def test_a_nonce_of_an_overheard_client_costs_no_hash_of_a_password(client, monkeypatch):
    client.challenge()
    other = client.world.client(port=40001)
    other.nonce = client.nonce
    signed = other.signed(Method.ALLOCATE, RequestedTransport(UDP))
    spy = Spy(monkeypatch)
    assert _code(other.reply(other.raw(signed))) == 438
    compared, _ = spy.work()
    assert compared == 1  # the nonce


async def test_ports_tokens_and_connection_ids_are_drawn_from_the_systems_secure_source(
    monkeypatch,
):
    drawn = []

    def urandom(size: int) -> bytes:
        drawn.append(size)
        return bytes(size)

    monkeypatch.setattr(os, "urandom", urandom)
    here = Address("127.0.0.1", 0)
    settings = Settings(listen=(here,), users={"a": "b"}, port_range=(61000, 62000))
    async with serve(settings) as server, asyncio.timeout(10):
        transport, _ = await turn.create_turn_endpoint(
            asyncio.DatagramProtocol, tuple(server.addresses[0]), username="a", password="b"
        )
        assert transport.get_extra_info("sockname")[1] == 61000  # what a zero means
        assert max(drawn) == 1024
        transport.close()
        while server.counters.allocations:
            await asyncio.sleep(0)


@pytest.mark.parametrize("host", ["2002:c000:204::1", "2001:0:4136:e378::1"])
def test_a_client_in_a_tunnel_gets_no_allocation(make_world, host):
    """RFC 8656 §21.4: packets could go round and round between the relay and the tunnel's end."""
    world = make_world(listen=(HERE, HERE6))
    assert _code(world.client(host=host).allocate()) == 403
    assert world.client(host="2a00::9").allocate().cls is Class.SUCCESS


def test_one_source_that_floods_is_cut_off_and_its_subnet_with_it(make_world):
    world = make_world(listen=(HERE6,))
    request = Message.request(Method.BINDING, bytes(12)).encode()
    answered = sum(
        len(world.receive(request, Address(f"2a00::{n:x}", 1 + n), HERE6)) for n in range(1, 1000)
    )
    limits = world.settings.limits
    assert answered == limits.unauthenticated_burst
    assert world.receive(request, Address("2a00:0:0:1::1", 1), HERE6)


def test_settings_that_open_everything_are_not_there_by_accident():
    assert Settings(listen=(HERE,)).peers == PeerPolicy()
    assert not Settings(listen=(HERE,)).has_credentials
    with pytest.raises(SettingsError):
        Settings(listen=(HERE,), users={"alice": ""})


async def test_http_on_a_turn_port_is_not_answered():
    """Its first letters could begin channel data, so it gets no further than the first deadline, and no word."""
    settings = Settings(
        listen_tcp=(Address("127.0.0.1", 0),),
        users={"a": "b"},
        streams=StreamLimits(first_message=0.05),
    )
    async with serve(settings) as server, asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(*server.tcp_addresses[0])
        writer.write(b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
        assert await reader.read() == b""
        writer.close()
        assert server.counters.hang_ups.total() == 1


def test_no_metric_has_a_user_or_an_address_in_it(client):
    client.allocate()
    client.permit(PEER.host)
    client.refresh(0)
    text = make_exposition(client.world.relay.counters)().decode()
    assert "relay_allocations_opened_total 1.0" in text
    for secret in (client.user, client.address.host, PEER.host, client.world.settings.realm):
        assert secret not in text
