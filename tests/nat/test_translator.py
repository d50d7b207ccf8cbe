"""Tests of `nat.translator`: one NAT as a calculator: packets go in, packets or the reason for a drop come out."""

import dataclasses
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nat import (
    ALL_NINE,
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    PRESETS,
    RESTRICTED_CONE,
    Address,
    Behavior,
    Blocking,
    Dependence,
    Drop,
    DropReason,
    Exhaustion,
    Hairpinning,
    IcmpError,
    IcmpKind,
    Packet,
    PortAssignment,
    Protocol,
    Translator,
)
from nat.segments import Kind, Segment

EI, AD, APD = Dependence
INSIDE = Address("192.168.1.2", 5000)
OTHER_INSIDE = Address("192.168.1.3", 5000)
OUTSIDE = "203.0.113.1"
B1 = Address("198.51.100.1", 1000)
B1_OTHER_PORT = Address("198.51.100.1", 1001)
B2 = Address("198.51.100.2", 1000)


def translator(behavior, *external, seed=0):
    return Translator(behavior, external or (OUTSIDE,), random.Random(seed))


def udp(source, destination, payload=b"x"):
    return Packet(Protocol.UDP, source, destination, payload)


def send(nat, destination, source=INSIDE, now=0.0):
    """The external address under which a packet leaves."""
    out = nat.outbound(udp(source, destination), now)
    assert isinstance(out, Packet), out
    assert out.destination == destination
    return out.source


def comes_in(nat, source, external, now=0.0):
    result = nat.inbound(udp(source, external), now)
    if isinstance(result, Drop):
        return result.reason
    assert result.source == source
    return result.destination


@pytest.mark.parametrize(
    ("mapping", "same_host", "other_host"),
    [(EI, True, True), (AD, True, False), (APD, False, False)],
)
def test_mapping_depends_on_what_it_says(mapping, same_host, other_host):
    nat = translator(Behavior(mapping, EI))
    first = send(nat, B1)
    assert first.host == OUTSIDE
    assert send(nat, B1) == first
    assert (send(nat, B1_OTHER_PORT) == first) is same_host
    assert (send(nat, B2) == first) is other_host


@pytest.mark.parametrize(
    ("filtering", "same_host", "other_host"),
    [(EI, True, True), (AD, True, False), (APD, False, False)],
)
def test_filtering_depends_on_what_it_says(filtering, same_host, other_host):
    nat = translator(Behavior(EI, filtering))
    external = send(nat, B1)
    expected = {True: INSIDE, False: DropReason.FILTERED}
    assert comes_in(nat, B1, external) == INSIDE
    assert comes_in(nat, B1_OTHER_PORT, external) == expected[same_host]
    assert comes_in(nat, B2, external) == expected[other_host]


def test_filters_belong_to_a_mapping():
    nat = translator(Behavior(APD, AD))
    towards_b1, towards_b2 = send(nat, B1), send(nat, B2)
    assert comes_in(nat, B2, towards_b1) is DropReason.FILTERED
    assert comes_in(nat, B2, towards_b2) == INSIDE


def test_a_drop_says_who_was_never_contacted():
    nat = translator(PORT_RESTRICTED_CONE)
    external = send(nat, B1)
    drop = nat.inbound(udp(B2, external), 0.0)
    assert drop.detail == (
        f"address-and-port-dependent filtering, {external} has never sent to 198.51.100.2:1000"
    )
    restricted = translator(RESTRICTED_CONE)
    external = send(restricted, B1)
    assert restricted.inbound(udp(B2, external), 0.0).detail.endswith("sent to 198.51.100.2")


def test_nobody_gets_in_where_nobody_went_out():
    assert comes_in(translator(FULL_CONE), B1, Address(OUTSIDE, 4711)) is DropReason.NO_MAPPING


def test_udp_and_tcp_have_mappings_of_their_own():
    nat = translator(FULL_CONE)
    external = send(nat, B1)
    assert isinstance(nat.inbound(Packet(Protocol.TCP, B1, external, b""), 0.0), Drop)


def test_a_mapping_expires_after_outbound_silence():
    nat = translator(FULL_CONE)
    external = send(nat, B1, now=0.0)
    assert comes_in(nat, B1, external, now=119.9) == INSIDE
    drop = nat.inbound(udp(B1, external), 120.0)
    assert drop.reason is DropReason.MAPPING_EXPIRED
    assert drop.detail == f"192.168.1.2:5000 at {external} had sent nothing for 120.0 s"


def test_only_outbound_packets_refresh_a_mapping():
    nat = translator(FULL_CONE)
    external = send(nat, B1, now=0.0)
    assert comes_in(nat, B1, external, now=100.0) == INSIDE
    assert comes_in(nat, B1, external, now=121.0) is DropReason.MAPPING_EXPIRED
    assert send(nat, B1, now=130.0) != external
    again = send(nat, B1, now=200.0)
    assert comes_in(nat, B1, again, now=319.0) == INSIDE


def test_a_new_mapping_for_an_old_endpoint_forgets_old_contacts():
    nat = translator(PORT_RESTRICTED_CONE)
    send(nat, B2, now=0.0)
    external = send(nat, B1, now=500.0)
    assert comes_in(nat, B2, external, now=500.0) is DropReason.FILTERED


def test_a_nat_without_an_external_address_is_refused():
    with pytest.raises(ValueError, match="at least one external address"):
        Translator(FULL_CONE, (), random.Random(0))


@pytest.mark.parametrize(
    ("hairpinning", "seen"),
    [
        (Hairpinning.NONE, None),
        (Hairpinning.INTERNAL_SOURCE, "inside"),
        (Hairpinning.EXTERNAL_SOURCE, "outside"),
    ],
)
def test_hairpinning_turns_packets_back_with_the_source_it_says(hairpinning, seen):
    nat = translator(dataclasses.replace(FULL_CONE, hairpinning=hairpinning))
    target, own = send(nat, B1), send(nat, B1, source=OTHER_INSIDE)
    result = nat.outbound(udp(OTHER_INSIDE, target), 0.0)
    if seen is None:
        assert result.reason is DropReason.NO_HAIRPINNING
    else:
        source = {"inside": OTHER_INSIDE, "outside": own}[seen]
        assert result == udp(source, INSIDE)


def test_hairpinned_packets_pass_the_filter_too():
    nat = translator(
        dataclasses.replace(PORT_RESTRICTED_CONE, hairpinning=Hairpinning.EXTERNAL_SOURCE)
    )
    target = send(nat, B1)
    result = nat.outbound(udp(OTHER_INSIDE, target), 0.0)
    assert result.reason is DropReason.FILTERED


ENDPOINTS = st.builds(
    Address, st.sampled_from(["192.168.1.2", "192.168.1.3"]), st.integers(5000, 5003)
)
REMOTES = st.builds(
    Address, st.sampled_from(["198.51.100.1", "198.51.100.2", OUTSIDE]), st.integers(1000, 1003)
)
EXCLUSIVE = [one for one in PortAssignment if one is not PortAssignment.OVERLOADING]
STEPS = st.lists(
    st.tuples(st.sampled_from(["out", "in"]), ENDPOINTS, REMOTES, st.floats(0, 100)), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ALL_NINE), st.sampled_from(EXCLUSIVE), STEPS)
def test_whatever_comes_no_two_endpoints_ever_share_an_external_one(behavior, ports, steps):
    nat = translator(dataclasses.replace(behavior, ports=ports))
    now = 0.0
    for direction, endpoint, remote, pause in steps:
        now += pause
        if direction == "out":
            nat.outbound(udp(endpoint, remote), now)
        else:
            for _, internal, external in nat.mappings(now):
                result = nat.inbound(udp(remote, external), now)
                assert isinstance(result, Drop) or result.destination == internal
    external = [entry[2] for entry in nat.mappings(now)]
    assert len(external) == len(set(external))


# what happens to a NAT


def test_a_reboot_forgets_everything_and_a_drop_says_so():
    nat = translator(PORT_RESTRICTED_CONE)
    external = send(nat, B1)
    nat.map_port(Protocol.UDP, OTHER_INSIDE, None, 1000, 0.0)
    nat.reboot(12.0)
    assert nat.mappings(12.0) == nat.explicit_mappings(12.0) == ()
    assert nat.inbound(udp(B1, external), 13.0).detail == (
        f"nobody inside has opened {external}, and the NAT was started anew at 12.0 s"
    )
    assert send(nat, B1, now=14.0) != external


def test_all_mappings_can_be_ended():
    nat = translator(FULL_CONE)
    external = send(nat, B1)
    nat.expire_all(5.0)
    drop = nat.inbound(udp(B1, external), 6.0)
    assert drop.reason is DropReason.NO_MAPPING
    assert drop.detail.endswith("and all mappings were ended at 5.0 s")


def test_a_nat_can_get_other_addresses():
    nat = translator(FULL_CONE)
    external = send(nat, B1)
    nat.renumber(("203.0.113.9",), 5.0)
    assert nat.external == ("203.0.113.9",)
    assert comes_in(nat, B1, external, now=6.0) is DropReason.NO_MAPPING
    assert send(nat, B1, now=6.0).host == "203.0.113.9"
    with pytest.raises(ValueError, match="at least one external address"):
        nat.renumber((), 7.0)


def test_a_nat_can_behave_in_another_way_from_now_on():
    nat = translator(FULL_CONE)
    external = send(nat, B1)
    assert comes_in(nat, B2, external) == INSIDE
    blocked = dataclasses.replace(FULL_CONE, blocking=Blocking.UDP)
    nat.change(blocked)
    assert nat.behavior == blocked
    drop = nat.outbound(udp(INSIDE, B1), 0.0)
    assert drop.reason is DropReason.BLOCKED
    nat.change(FULL_CONE)
    assert send(nat, B1) == external


@pytest.mark.parametrize(
    ("blocking", "passing"),
    [
        (Blocking.NONE, {"udp", "tcp", "web"}),
        (Blocking.UDP, {"tcp", "web"}),
        (Blocking.ALL_BUT_WEB, {"web"}),
    ],
)
def test_what_is_blocked_is_not_let_out(blocking, passing):
    nat = translator(dataclasses.replace(FULL_CONE, blocking=blocking))
    syn = Segment(Kind.SYN)
    packets = {
        "udp": udp(INSIDE, B1),
        "tcp": Packet(Protocol.TCP, INSIDE, B1, syn),
        "web": Packet(Protocol.TCP, INSIDE, B1._replace(port=443), syn),
    }
    results = {name: nat.outbound(packet, 0.0) for name, packet in packets.items()}
    assert {name for name, one in results.items() if isinstance(one, Packet)} == passing
    if "udp" not in passing:
        assert results["udp"].detail == (
            "UDP from 192.168.1.2:5000 to 198.51.100.1:1000 is not let out:"
            f" {blocking.value} is blocked"
        )


def test_no_udp_gets_in_either_where_it_is_blocked():
    nat = translator(dataclasses.replace(FULL_CONE, blocking=Blocking.UDP))
    nat.map_port(Protocol.UDP, INSIDE, 7000, 1000, 0.0)
    assert comes_in(nat, B1, Address(OUTSIDE, 7000)) is DropReason.BLOCKED


@pytest.mark.parametrize("exhaustion", Exhaustion)
@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("port_range", (2000, 2000), DropReason.NO_PORT),
        ("quota", 1, DropReason.QUOTA),
        ("table_size", 1, DropReason.TABLE_FULL),
    ],
)
def test_the_inside_hears_of_exhaustion_if_it_is_set(exhaustion, setting, value, reason):
    nat = translator(dataclasses.replace(FULL_CONE, exhaustion=exhaustion, **{setting: value}))
    send(nat, B1)
    packet = udp(INSIDE._replace(port=5001), B1)
    drop = nat.outbound(packet, 0.0)
    assert drop.reason is reason
    if exhaustion is Exhaustion.SILENT:
        assert drop.reply is None
    else:
        error = IcmpError(packet, IcmpKind.PROHIBITED)
        inside = Address(INSIDE.host, 0)
        assert drop.reply == Packet(Protocol.ICMP, Address(OUTSIDE, 0), inside, error)


# the quick way


@pytest.mark.parametrize("name", PRESETS)
def test_the_quick_way_gives_what_the_long_way_gives(name):
    """Two equal NATs, one of which may never be quick, and a talk that visits all timers."""
    quick, slow = translator(PRESETS[name]), translator(PRESETS[name])
    random_talk = random.Random(name)
    external = INSIDE
    now = 0.0
    for _ in range(300):
        now += random_talk.choice([0.1, 0.1, 0.1, 1.0, 3.0, 29.0, 59.0, 121.0])
        remote = random_talk.choice([B1, B1, B1_OTHER_PORT, B2])
        if random_talk.random() < 0.5:
            packet, way = udp(INSIDE, remote), "outbound"
        else:
            packet, way = udp(remote, Address(*external)), "inbound"
        for flow in slow._quick_out.values():
            flow.quick = False
        for flow in slow._quick_in.values():
            flow.quick = False
        result = getattr(quick, way)(packet, now)
        assert result == getattr(slow, way)(packet, now)
        if way == "outbound":
            external = result.source


def test_an_established_flow_takes_the_quick_way(monkeypatch):
    nat = translator(PORT_RESTRICTED_CONE)
    external = send(nat, B1)
    assert comes_in(nat, B1, external) == INSIDE
    monkeypatch.setattr(nat, "_take_out", None)
    monkeypatch.setattr(nat, "_take_in", None)
    assert send(nat, B1, now=1.0) == external
    assert comes_in(nat, B1, external, now=1.0) == INSIDE


def test_the_wish_not_to_be_fragmented_is_kept():
    nat = translator(FULL_CONE)
    for _ in range(2):
        out = nat.outbound(udp(INSIDE, B1)._replace(dont_fragment=True), 0.0)
        assert out.dont_fragment
        back = nat.inbound(udp(B1, out.source)._replace(dont_fragment=True), 0.0)
        assert back.dont_fragment


def test_tcp_meets_itself_by_hairpinning():
    nat = translator(dataclasses.replace(FULL_CONE, hairpinning=Hairpinning.EXTERNAL_SOURCE))

    def segment(kind, source, destination):
        packet = Packet(Protocol.TCP, source, destination, Segment(kind))
        result = nat.outbound(packet, 0.0)
        assert isinstance(result, Packet), result
        return result

    target = segment(Kind.SYN, INSIDE, B1).source
    syn = segment(Kind.SYN, OTHER_INSIDE, target)
    assert syn.destination == INSIDE
    answer = segment(Kind.SYN_ACK, INSIDE, syn.source)
    assert (answer.source, answer.destination) == (target, OTHER_INSIDE)
    assert segment(Kind.DATA, OTHER_INSIDE, target).destination == INSIDE
