"""Data while a client moves, and after: to the old place until some comes from the new one (RFC 8016 §3.2.2)."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay import DropReason, Mobility, TcpRelay
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import (
    AllocationEnded,
    AllocationMoved,
    RedirectRelaySocket,
    SendToClient,
)
from stunwire import (
    AdditionalAddressFamily,
    Address,
    ChannelData,
    ChannelNumber,
    Class,
    Lifetime,
    Method,
    MobilityTicket,
    XorPeerAddress,
)

PEER = Address("192.0.1.7", 7000)
OTHER = Address("192.0.1.8", 7000)
WISH = MobilityTicket(b"")


class Traveller:
    """A client and its last ticket."""

    def __init__(self, world, transport: Transport = Transport.UDP, *more) -> None:
        self.world, self.port = world, 50000
        self.client = world.client()
        self.client.transport = transport
        self.number = None
        self.ticket = self.before = self.client.allocate(WISH, *more).get(MobilityTicket)
        self.number = self.client.number

    def go(self, transport: Transport = Transport.UDP):
        """Show the ticket at another place, and return the client there."""
        self.port += 1
        new = self.world.client("192.0.2.77", self.port)
        new.transport = transport
        reply = new.request(Method.REFRESH, Lifetime(600), self.ticket)
        assert reply.cls is Class.SUCCESS
        self.before, self.ticket = self.ticket, reply.get(MobilityTicket)
        new.number = self.number
        return new

    def heard_at(self, peer: Address = PEER) -> FiveTuple | None:
        """Let a peer send, and say where that goes."""
        outputs = self.world.receive_from_peer(self.number, b"?", peer)
        sent = [output.five_tuple for output in outputs if isinstance(output, SendToClient)]
        return sent[0] if sent else None


@pytest.fixture
def world(make_world):
    return make_world(mobility=Mobility.ON, tcp_relay=TcpRelay.ON)


@pytest.fixture
def traveller(world) -> Traveller:
    made = Traveller(world)
    made.client.bind(0x4000, PEER)
    made.client.permit(OTHER.host)
    return made


def routes(world) -> list[FiveTuple]:
    """Whose routes there are, as both tables of the data path have it."""
    datapath = world.relay.datapath
    server = world.settings.listen[0]
    to_peers = [
        (FiveTuple(Address(*client), server, transport), number)
        for transport in Transport
        for client, channels in datapath.routes_to_peers(server, transport).items()
        for number in channels
        if len(client) == 2  # IPv6 ones are there in a longer form, too
    ]
    back = [
        (route.five_tuple, route.channel)
        for one in world.relay.state.registry.all()
        for peer, route in datapath.routes_to_client(one.number).items()
        if len(peer) == 2
    ]
    assert Counter(to_peers) == Counter(back)
    return [five_tuple for five_tuple, _ in to_peers]


def test_data_goes_on_at_the_old_place_until_channel_data_comes_from_the_new_one(world, traveller):
    new = traveller.go()
    assert traveller.heard_at() == traveller.heard_at(OTHER) == traveller.client.five_tuple
    assert traveller.client.send_on(0x4000, b"still here")
    assert routes(world) == [traveller.client.five_tuple]
    (there,) = new.send_on(0x4000, b"here")
    assert (there.allocation, there.peer, there.data) == (traveller.number, PEER, b"here")
    assert traveller.heard_at() == traveller.heard_at(OTHER) == new.five_tuple
    assert routes(world) == [new.five_tuple]
    assert not traveller.client.send_on(0x4000, b"left")
    assert traveller.client.refresh(600).cls is Class.ERROR


def test_a_send_indication_from_the_new_place_moves_it_too_and_is_told(world, traveller):
    new = traveller.go()
    world.outputs.clear()
    assert new.send(OTHER, b"here")
    redirected, moved, _ = world.outputs
    assert redirected == RedirectRelaySocket(traveller.number, new.five_tuple)
    assert isinstance(moved, AllocationMoved)
    assert (moved.five_tuple, moved.old) == (new.five_tuple, traveller.client.five_tuple)
    assert world.relay.counters().moves == 1
    assert new.send(OTHER, b"again")
    assert world.relay.counters().moves == 1


@pytest.mark.parametrize("method", [Method.CREATE_PERMISSION, Method.CHANNEL_BIND, Method.REFRESH])
def test_a_request_from_the_new_place_moves_it_too_because_not_every_client_sends(
    world, traveller, method
):
    new = traveller.go()
    more = (ChannelNumber(0x4000), XorPeerAddress(PEER))
    assert new.request(method, *more).cls is Class.SUCCESS
    assert traveller.heard_at() == new.five_tuple


def test_requests_from_the_old_place_and_the_ticket_once_more_move_nothing(world, traveller):
    before = traveller.ticket
    new = traveller.go()
    assert traveller.client.refresh(600).cls is Class.SUCCESS
    assert traveller.client.bind(0x4001, OTHER).cls is Class.SUCCESS
    assert new.request(Method.REFRESH, before).cls is Class.SUCCESS
    assert traveller.heard_at() == traveller.heard_at(OTHER) == traveller.client.five_tuple


def test_what_comes_from_a_new_place_before_the_ticket_is_dropped(world, traveller):
    stranger = world.client("192.0.2.77", 50001)
    assert not stranger.send_on(0x4000, b"early")
    assert world.relay.counters().drops[DropReason.NO_ALLOCATION] == 1


def test_permissions_channels_and_their_deadlines_come_along(world, traveller):
    world.pass_time(200)
    new = traveller.go()
    new.send_on(0x4000, b"")
    world.pass_time(99)
    assert traveller.heard_at(OTHER) == new.five_tuple
    world.pass_time(1)
    assert traveller.heard_at(OTHER) is None
    world.pass_time(299)
    assert new.send_on(0x4000, b"")
    world.pass_time(1)
    assert not new.send_on(0x4000, b"")
    assert new.bind(0x4000, OTHER).cls is Class.SUCCESS
    assert traveller.heard_at(OTHER) == new.five_tuple


def test_a_client_that_moves_on_before_it_sent_anything_leaves_no_trace_in_between(
    world, traveller
):
    between, last = traveller.go(), traveller.go()
    assert not between.send_on(0x4000, b"late")
    assert last.send_on(0x4000, b"here")
    assert traveller.heard_at() == last.five_tuple
    between.allocate()
    assert world.relay.counters().allocations == 2


def test_a_client_may_come_back_to_where_it_was(world, traveller):
    old = traveller.client
    traveller.go().send_on(0x4000, b"")
    reply = old.request(Method.REFRESH, traveller.ticket)
    assert reply.cls is Class.SUCCESS
    assert old.send_on(0x4000, b"")
    assert traveller.heard_at() == old.five_tuple


def test_both_families_move_at_once(make_world):
    listen = (Address("198.51.99.1", 3478), Address("2a00::1", 3478))
    world = make_world(mobility=Mobility.ON, listen=listen)
    traveller = Traveller(world, Transport.UDP, AdditionalAddressFamily(2))
    traveller.client.bind(0x4000, PEER)
    traveller.client.bind(0x4001, Address("2a00::7", 7))
    new = traveller.go()
    world.outputs.clear()
    assert new.send_on(0x4001, b"here")
    assert {o.allocation for o in world.outputs if isinstance(o, RedirectRelaySocket)} == {1, 2}
    assert new.send_on(0x4000, b"here")
    assert routes(world) == [new.five_tuple] * 2
    assert new.refresh(0).cls is Class.SUCCESS
    assert world.relay.counters().allocations == len(world.relay.state.registry.moves) == 0


@pytest.mark.parametrize("to", [Transport.TCP, Transport.TLS, Transport.DTLS])
def test_from_udp_to_a_connection_and_back(world, traveller, to):
    new = traveller.go(to)
    assert new.send_on(0x4000, b"here")
    assert traveller.heard_at() == new.five_tuple
    assert new.five_tuple.transport is to
    back = traveller.go()
    assert back.send_on(0x4000, b"back")
    assert traveller.heard_at() == back.five_tuple
    assert world.disconnect(new.five_tuple) == []
    assert world.relay.counters().allocations == 1


def test_a_connection_that_closes_lets_data_go_to_where_the_ticket_was_shown(world):
    traveller = Traveller(world, Transport.TCP)
    traveller.client.bind(0x4000, PEER)
    new = traveller.go(Transport.TLS)
    world.disconnect(traveller.client.five_tuple)
    assert traveller.heard_at() == new.five_tuple
    assert new.send_on(0x4000, b"")


def test_a_connection_that_is_lost_leaves_the_allocation_for_who_has_the_ticket(world):
    traveller = Traveller(world, Transport.TCP)
    traveller.client.bind(0x4000, PEER)
    world.disconnect(traveller.client.five_tuple)
    assert routes(world) == []
    assert traveller.heard_at() is None
    assert world.relay.counters().drops == {DropReason.NO_CLIENT: 1}
    world.pass_time(10)
    new = traveller.go(Transport.TCP)
    assert traveller.heard_at() == new.five_tuple  # at once: there is no old place left
    assert routes(world) == [new.five_tuple]
    assert new.send_on(0x4000, b"")


def test_who_lost_the_new_connection_before_the_answer_came_may_show_the_old_ticket_again(world):
    traveller = Traveller(world, Transport.TCP)
    old_ticket = traveller.ticket
    lost = traveller.go(Transport.TCP)
    world.disconnect(lost.five_tuple)
    assert traveller.heard_at() is None  # no permission yet
    assert traveller.client.permit(PEER.host).cls is Class.SUCCESS
    assert traveller.heard_at() == traveller.client.five_tuple
    traveller.ticket = old_ticket
    new = traveller.go(Transport.TCP)
    assert new.send(PEER, b"here")
    world.disconnect(new.five_tuple)
    traveller.ticket, newer = old_ticket, traveller.ticket
    with pytest.raises(AssertionError):
        traveller.go()  # data came from there: it must have had the answer
    traveller.ticket = newer
    traveller.go()


def test_what_is_away_ends_in_its_time_and_its_routes_are_nobody_elses(world):
    traveller = Traveller(world, Transport.TCP)
    traveller.client.bind(0x4000, PEER)
    world.disconnect(traveller.client.five_tuple)
    next_one = world.client()
    next_one.transport = Transport.TCP
    next_one.allocate()  # the same five-tuple
    next_one.bind(0x4000, OTHER)
    world.relay.reload(world.settings, world.now)
    ended = [one.why for one in world.pass_time(600) if isinstance(one, AllocationEnded)]
    assert ended == ["expired", "expired"]
    assert routes(world) == []


def test_an_allocation_without_a_ticket_still_ends_with_its_connection(world):
    client = world.client()
    client.transport = Transport.TCP
    client.allocate()
    assert any(isinstance(one, AllocationEnded) for one in world.disconnect(client.five_tuple))


def test_a_flood_of_moves_keeps_as_much_as_one(world, traveller):
    registry = world.relay.state.registry
    for _ in range(1000):
        world.now += 0.1
        traveller.go()
    assert len(registry.moves) == len(registry) == 1
    assert registry.held_from("192.0.2.77") == 1
    assert registry.held_from(traveller.client.address.host) == 1
    new = traveller.go()
    new.send_on(0x4000, b"")
    assert registry.held_from(traveller.client.address.host) == 0
    assert len({place for one in registry.all() for place in one.places}) == 1


STEPS = st.lists(
    st.sampled_from(
        ("go", "connect", "send", "old", "lose", "lose new", "wait", "bind", "end", "again")
    ),
    max_size=20,
)


def play(traveller: Traveller, clients: list, step: str) -> None:
    new, old = clients[-1], clients[0]
    match step:
        case "go" | "connect":
            clients.append(traveller.go(Transport.UDP if step == "go" else Transport.TCP))
        case "send" | "old":
            (old if step == "old" else new).send_on(0x4000, b"x")
        case "lose" | "lose new":
            gone = old if step == "lose" else new
            if gone.transport is not Transport.UDP:
                traveller.world.disconnect(gone.five_tuple)
        case "wait":
            traveller.world.pass_time(100)
        case "bind":
            new.bind(0x4000, PEER)
        case "end":
            new.refresh(0)
        case "again":
            ticket = new.request(Method.REFRESH, traveller.before).get(MobilityTicket)
            traveller.ticket = ticket or traveller.ticket


def check_tables(world) -> None:
    registry, datapath = world.relay.state.registry, world.relay.datapath
    live = {
        (one.number, number, one.five_tuple)
        for one in registry.all()
        if one.is_reachable
        for number in one.channels
    }
    assert live == {
        (route.allocation, route.channel, route.five_tuple)
        for one in registry.all()
        for route in datapath.routes_to_client(one.number).values()
    }
    assert len(routes(world)) == len(live)
    for one in registry.all():
        assert all(registry.find(place) == (one,) for place in one.places)
        assert len(one.places) <= 2
    held = sum(registry.held_from(host) for host in ("203.0.113.9", "192.0.2.77"))
    assert held == sum(len(one.sources) for one in registry.all())
    assert len(registry.moves) == len(registry.all())


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_routes_lookups_and_quotas_agree_whatever_a_client_does(make_world, steps):
    world = make_world(mobility=Mobility.ON)
    traveller = Traveller(world, Transport.TCP)
    traveller.client.bind(0x4000, PEER)
    clients = [traveller.client]
    for step in steps:
        if not world.relay.state.registry.all():
            break
        play(traveller, clients, step)
        check_tables(world)
    world.pass_time(600)
    check_tables(world)
    packet = ChannelData(0x4000, b"").encode()
    assert not any(world.receive(packet, one.address) for one in clients)
