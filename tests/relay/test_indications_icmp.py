"""DONT-FRAGMENT to peers, and what ICMP says about packets to them (RFC 8656 §11.5)."""

import pytest

from relay import DropReason, Limits
from relay.outputs import SendToClient
from stunwire import (
    Address,
    Class,
    Data,
    DontFragment,
    ErrorCode,
    Icmp,
    Message,
    Method,
    XorPeerAddress,
    decode,
)

PEER = Address("192.0.1.7", 7000)
CLOSED_PORT = Icmp(3, 3)


def _hear_icmp(client, icmp=CLOSED_PORT, target=PEER) -> Message | None:
    world = client.world
    outputs = world.relay.receive_icmp(client.number, icmp, target, world.now)
    sent = [o.data for o in outputs if isinstance(o, SendToClient)]
    return decode(sent[0]) if sent else None


@pytest.fixture
def holder(client):
    client.allocate()
    client.permit(PEER.host)
    return client


@pytest.mark.parametrize("icmp", [CLOSED_PORT, Icmp(3, 4, 1400), Icmp(11, 0)])
def test_an_error_about_a_packet_to_a_permitted_peer_is_told_without_data(holder, icmp):
    told = _hear_icmp(holder, icmp)
    assert (told.method, told.cls) == (Method.DATA, Class.INDICATION)
    assert told.attributes == (XorPeerAddress(PEER), icmp)
    assert told.get(Data) is None


@pytest.mark.parametrize("icmp", [Icmp(0, 0), Icmp(5, 1), Icmp(1, 4), Icmp(2, 0)])
def test_other_icmp_messages_are_not_told(holder, icmp):
    assert _hear_icmp(holder, icmp) is None
    assert holder.world.relay.counters().drops == {DropReason.ICMP_NOT_TOLD: 1}


def test_ipv6_has_numbers_of_its_own(make_world):
    world = make_world(listen=(Address("198.51.99.1", 3478), Address("2a00::1", 3478)))
    client = world.client()
    from stunwire import RequestedAddressFamily

    client.allocate(RequestedAddressFamily(2))
    client.permit("2a00::7")
    peer = Address("2a00::7", 7000)
    assert _hear_icmp(client, Icmp(2, 0, 1280), peer).get(Icmp) == Icmp(2, 0, 1280)
    assert _hear_icmp(client, Icmp(11, 0), peer) is None


def test_without_a_permission_nothing_is_told(client):
    client.allocate()
    assert _hear_icmp(client) is None
    assert client.world.relay.counters().drops == {DropReason.NO_PERMISSION: 1}


def test_errors_of_one_allocation_are_limited(make_world):
    world = make_world(limits=Limits(icmp_interval=0.5))
    client = world.client()
    client.allocate()
    client.permit(PEER.host)
    told = []
    for _ in range(10):
        told.append(_hear_icmp(client) is not None)
        world.now += 0.125
    assert told == [True, False, False, False, True, False, False, False, True, False]
    assert world.relay.counters().drops == {DropReason.TOO_MANY_ICMP: 7}


def test_an_error_for_an_allocation_that_ended_is_dropped(holder):
    holder.refresh(0)
    assert _hear_icmp(holder) is None


def test_a_send_indication_may_forbid_fragments_where_the_shell_can(make_world):
    world = make_world(can_forbid_fragments=True)
    client = world.client()
    assert client.allocate(DontFragment()).cls is Class.SUCCESS
    client.permit(PEER.host)
    (whole,) = client.send(PEER, b"x", DontFragment())
    (usual,) = client.send(PEER, b"x")
    assert (whole.dont_fragment, usual.dont_fragment) == (True, False)


def test_where_the_shell_cannot_it_is_420_and_the_indication_is_dropped(holder):
    assert holder.send(PEER, b"x", DontFragment()) == []
    other = holder.world.client(port=9)
    assert other.allocate(DontFragment()).get(ErrorCode).code == 420
