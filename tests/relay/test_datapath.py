"""The data path: the table that forwards without the core, held to the core's answers."""

from copy import deepcopy
from dataclasses import replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from relay import Limits, PeerPolicy
from relay.counters import Usage
from relay.datapath import Datapath, Route, route_to_client, route_to_peer
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import SendToClient, SendToPeer
from stunwire import Address, ChannelData

SERVER = Address("198.51.99.1", 3478)
CLIENT = Address("203.0.113.9", 40000)
PEER = Address("192.0.1.7", 7000)


def _route(channel: int = 0x4000, peer: Address = PEER, expires: float = 100.0) -> Route:
    return Route(1, FiveTuple(CLIENT, SERVER), channel, peer, Usage(), expires)


def _look_up(datapath: Datapath, packet: bytes, now: float = 0.0) -> Route | None:
    buffer = bytearray(packet.ljust(2048, b"\xee"))  # what an earlier packet left behind
    routes = datapath.routes_to_peers(SERVER)
    return route_to_peer(routes, buffer, len(packet), tuple(CLIENT), now)


def test_a_route_is_found_from_both_sides_until_it_expires():
    datapath, route = Datapath(), _route()
    datapath.open(route)
    packet = ChannelData(0x4000, b"abc").encode()
    assert _look_up(datapath, packet, 99.9) is route
    assert route_to_client(datapath.routes_to_client(1), tuple(PEER), 99.9) is route
    assert _look_up(datapath, packet, 100.0) is None
    assert route_to_client(datapath.routes_to_client(1), tuple(PEER), 100.0) is None


def test_a_route_can_be_extended():
    datapath, route = Datapath(), _route()
    datapath.open(route)
    datapath.extend(route, 200.0)
    assert _look_up(datapath, ChannelData(0x4000, b"").encode(), 150.0) is route


def test_a_closed_route_is_gone_and_leaves_nothing_behind():
    datapath, one, two = Datapath(), _route(), _route(0x4001, Address("192.0.1.8", 1))
    routes = datapath.routes_to_peers(SERVER)
    datapath.open(one)
    datapath.open(two)
    datapath.close(one)
    assert _look_up(datapath, ChannelData(0x4000, b"").encode()) is None
    assert _look_up(datapath, ChannelData(0x4001, b"").encode()) is two
    datapath.close(two)
    assert routes == {}
    assert datapath.routes_to_client(1) == {}
    assert datapath.routes_to_peers(SERVER) is routes  # sockets hold on to the table


def test_a_route_over_ipv6_is_found_by_the_names_of_sockets_and_of_streams_and_leaves_none():
    client, peer = Address("2a00::1", 5), Address("2a00::2", 6)
    datapath = Datapath()
    route = Route(1, FiveTuple(client, SERVER), 0x4000, peer, Usage(), 100.0)
    datapath.open(route)
    packet = ChannelData(0x4000, b"abc").encode()
    to_peers, to_client = datapath.routes_to_peers(SERVER), datapath.routes_to_client(1)
    for name in ((*client,), (*client, 0, 0)):
        assert route_to_peer(to_peers, bytearray(packet), len(packet), name, 0.0) is route
    for name in ((*peer,), (*peer, 0, 0)):
        assert route_to_client(to_client, name, 0.0) is route
    assert route_to_client(to_client, (*peer, 0, 2), 0.0) is None  # on another link
    datapath.close(route)
    assert to_peers == to_client == {}


def test_a_packet_shorter_than_its_header_or_its_length_is_not_routed():
    datapath = Datapath()
    datapath.open(_route())
    packet = ChannelData(0x4000, b"abcd").encode()
    for size in range(len(packet)):
        assert _look_up(datapath, packet[:size]) is None
    assert _look_up(datapath, packet)


CHANNELS = st.sampled_from((0x4000, 0x4001, 0x4FFF, 0x3FFF, 0x5000))
PEERS = st.sampled_from((PEER, Address(PEER.host, 7001), Address("192.0.1.8", 7000)))
PACKETS = st.one_of(
    st.builds(
        lambda c, d: c.to_bytes(2, "big") + len(d).to_bytes(2, "big") + d,
        CHANNELS,
        st.binary(max_size=40),
    ),
    st.builds(
        lambda c, n, d: c.to_bytes(2, "big") + n.to_bytes(2, "big") + d,
        CHANNELS,
        st.integers(0, 60),
        st.binary(max_size=40),
    ),
    st.binary(max_size=8),
)
BANDWIDTHS = st.sampled_from(((0, 0), (0, 20), (20, 0), (30, 15)))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bind"), CHANNELS, PEERS),
        st.tuples(st.just("permit"), PEERS),
        st.tuples(st.just("refresh"), st.sampled_from((0, 600, 900))),
        st.tuples(st.just("wait"), st.sampled_from((0.5, 299.0, 301.0, 600.0))),
        st.tuples(st.just("deny"), st.sampled_from(((), ("192.0.1.8/32",), ("192.0.1.0/24",)))),
        st.tuples(st.just("client"), PACKETS),
        st.tuples(st.just("peer"), PEERS, st.binary(max_size=30)),
    ),
    max_size=25,
)


def _hold_to_client_packet(world, client, packet: bytes) -> None:
    datapath = world.relay.datapath
    buffer = bytearray(packet.ljust(128, b"\xee"))
    route = route_to_peer(
        datapath.routes_to_peers(SERVER), buffer, len(packet), tuple(client.address), world.now
    )
    allowance = deepcopy(route.allowance) if route else None  # as it is before the core takes
    core = [o for o in world.receive(packet, client.address) if isinstance(o, SendToPeer)]
    if route is None:
        assert core == []
        return
    length = buffer[2] << 8 | buffer[3]  # as the drain loop cuts it
    payload = bytes(buffer[4 : 4 + length])
    passes = allowance is None or allowance.take(length, world.now)
    assert core == [SendToPeer(route.allocation, route.peer, payload)] * passes


def _hold_to_peer_packet(world, client, peer: Address, data: bytes) -> None:
    datapath = world.relay.datapath
    route = route_to_client(datapath.routes_to_client(client.number), tuple(peer), world.now)
    allowance = deepcopy(route.allowance) if route else None
    outputs = world.receive_from_peer(client.number, data, peer)
    core = [o for o in outputs if isinstance(o, SendToClient)]
    if route is None:
        assert all(not 0x40 <= o.data[0] < 0x50 for o in core)  # not a channel: an indication
        return
    framed = ChannelData(route.channel, data).encode()
    passes = allowance is None or allowance.take(len(data), world.now)
    assert core == [SendToClient(route.five_tuple, framed)] * passes


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, BANDWIDTHS)
@example(
    [
        ("bind", 0x4000, PEER),
        ("wait", 301.0),
        ("refresh", 900),
        ("wait", 299.0),
        ("client", b"\x40\0\0\0"),
    ],
    (0, 0),
)
@example(
    [
        ("bind", 0x4000, PEER),
        ("peer", PEER, b"four"),
        ("client", b"\x40\0\0\1!"),
        ("wait", 0.5),
        ("client", b"\x40\0\0\1!"),
    ],
    (0, 4),
)
@example(
    [("bind", 0x4000, PEER), ("refresh", 0), ("client", b"\x40\0\0\0"), ("peer", PEER, b"")], (0, 0)
)
def test_core_and_data_path_give_the_same_answers_whatever_happened_before(
    make_world, steps, bandwidths
):
    total, per_user = bandwidths
    world = make_world(limits=Limits(bandwidth=total, bandwidth_per_user=per_user))
    client = world.client()
    client.allocate()
    for step in steps:
        match step:
            case "bind", number, peer:
                client.bind(number, peer)
            case "permit", peer:
                client.permit(peer.host)
            case "refresh", lifetime:
                client.refresh(lifetime)
            case "wait", seconds:
                world.now += seconds  # without the timer: both must notice by themselves
            case "deny", networks:
                policy = PeerPolicy(deny=networks)
                world.relay.reload(replace(world.settings, peers=policy), world.now)
            case "client", packet:
                _hold_to_client_packet(world, client, packet)
            case "peer", peer, data:
                _hold_to_peer_packet(world, client, peer, data)


def test_a_route_of_one_transport_is_not_found_by_another_at_the_same_address():
    datapath = Datapath()
    route = Route(1, FiveTuple(CLIENT, SERVER, Transport.TCP), 0x4000, PEER, Usage(), 100.0)
    datapath.open(route)
    assert datapath.routes_to_peers(SERVER) == {}
    assert datapath.routes_to_peers(SERVER, Transport.TCP) == {CLIENT: {0x4000: route}}
    datapath.close(route)
    assert datapath.routes_to_peers(SERVER, Transport.TCP) == {}
