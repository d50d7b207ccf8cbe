"""Tests of `nat.trace.journeys`: the way of one packet, and packets together."""

from nat import DropReason, Protocol
from nat.trace.journeys import flows, journeys


def test_a_journey_tells_the_way_of_a_packet_hop_by_hop(punched):
    journey = punched.events.journey(4)
    assert (journey.origin, journey.arrived_at) == ("alice", "bob")
    assert journey.source == ("192.168.1.2", 5000)
    assert journey.seen_as == ("203.0.113.1", 40000)
    assert journey.destinations == (("203.0.113.2", 50000), ("192.168.1.2", 6000))
    assert journey.latency == 0.003
    assert journey.drop is None
    assert str(journey).splitlines() == [
        '#4 "hello", 5 B, 192.168.1.2:5000 > 203.0.113.2:50000',
        "    2.000000 alice: sent",
        "    2.001000 home-a: translated 192.168.1.2:5000 → 203.0.113.1:40000 > 203.0.113.2:50000",
        "    2.002000 home-b: translated 203.0.113.1:40000 > 203.0.113.2:50000 → 192.168.1.2:6000",
        "    2.003000 bob: delivered",
    ]


def test_the_journey_of_a_dropped_packet_ends_there(punched):
    journey = punched.events.journey(3)
    assert (journey.arrived_at, journey.latency) == (None, None)
    assert journey.drop.where == "home-a"
    assert str(journey).endswith(
        "home-a: dropped, filtered by the NAT:"
        " 203.0.113.1:40000 has never sent to 203.0.113.2:50000"
    )


def test_of_two_copies_the_one_that_arrived_counts(scribe):
    number = scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2))
    scribe.delivered(number, "bob")
    scribe.dropped(number, "bob", DropReason.BUFFER_FULL)
    assert journeys(scribe.trace)[number].arrived_at == "bob"


def test_a_packet_under_way_ends_where_it_was_last_seen(scribe):
    number = scribe.sent("alice", ("192.168.1.2", 1), ("198.51.100.2", 2))
    scribe.translated(number, "home")
    journey = journeys(scribe.trace)[number]
    assert (journey.end.where, journey.arrived_at, journey.drop) == ("home", None, None)


def test_a_flow_counts_what_went_from_one_address_to_another(scribe):
    for size, seen in ((10, 1001), (20, 1002), (30, 1003)):
        number = scribe.sent("alice", ("192.168.1.2", 1), ("198.51.100.2", 2), b"x" * size)
        scribe.translated(number, "home", source=("203.0.113.1", seen))
        if size == 30:
            scribe.dropped(number, "bob", DropReason.CLOSED_PORT)
        else:
            scribe.delivered(number, "bob")
    (flow,) = flows(journeys(scribe.trace).values())
    assert (flow.origin, flow.protocol, flow.packets, flow.size) == ("alice", Protocol.UDP, 3, 60)
    assert (flow.delivered, flow.dropped, flow.receivers) == (2, 1, ("bob",))
    assert [address.port for address in flow.seen_as] == [1001, 1002, 1003]
    assert flow.reasons == {DropReason.CLOSED_PORT: 1}
    assert str(flow) == (
        "alice udp 192.168.1.2:1 > 198.51.100.2:2"
        " (seen as 203.0.113.1:1001, 203.0.113.1:1002, 203.0.113.1:1003):"
        " 3 sent; 2 delivered in 2 ms; 1 dropped, nobody listened on the port"
    )


def test_flows_of_other_addresses_or_protocols_are_others(scribe):
    scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2))
    scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 3))
    scribe.sent("alice", ("198.51.100.1", 1), ("198.51.100.2", 2), protocol=Protocol.TCP)
    found = flows(journeys(scribe.trace).values())
    assert len(found) == 3
    assert all(flow.latency is None for flow in found)
