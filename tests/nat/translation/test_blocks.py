"""Tests of `nat.translation.blocks`: each internal host has ports of its own."""

import dataclasses

from nat import SYMMETRIC, DropReason, PortBlocks

A, OTHER = ("192.168.1.2", 5000), ("192.168.1.3", 5000)
ON_DEMAND = dataclasses.replace(
    SYMMETRIC,
    blocks=PortBlocks.ON_DEMAND,
    block_size=16,
    blocks_per_host=2,
    port_range=(1024, 1119),
)


def remote(number):
    return (f"198.51.100.{number}", 1000)


def block_of(external):
    return (external.port - 1024) // 16


def test_a_host_fills_a_block_before_it_gets_another_and_then_has_used_up_its_ports(box):
    one = box(ON_DEMAND)
    ports = [one.external(A, remote(number)) for number in range(32)]
    assert len({block_of(port) for port in ports[:16]}) == 1
    assert len({block_of(port) for port in ports}) == 2
    assert one.why(one.send(A, remote(33))) == (
        DropReason.QUOTA,
        "192.168.1.2 has used up its 2 blocks of ports",
    )
    assert block_of(one.external(OTHER, remote(1))) not in {block_of(port) for port in ports}


def test_a_block_goes_back_when_its_host_has_no_mapping_any_more(box):
    one = box(dataclasses.replace(ON_DEMAND, port_range=(1024, 1039), block_size=16))
    one.external(A, remote(1), now=0.0)
    assert one.why(one.send(OTHER, remote(1), now=119.0))[0] is DropReason.QUOTA
    assert block_of(one.external(OTHER, remote(1), now=121.0)) == 0


def test_a_block_rests_as_its_ports_do(box):
    settings = {"port_range": (1024, 1039), "block_size": 16, "quarantine": 60}
    one = box(dataclasses.replace(ON_DEMAND, **settings))
    one.external(A, remote(1), now=0.0)
    assert one.why(one.send(OTHER, remote(1), now=170.0))[0] is DropReason.QUOTA
    one.external(OTHER, remote(1), now=181.0)


def test_deterministic_blocks_follow_from_the_address_alone(box):
    behavior = dataclasses.replace(ON_DEMAND, blocks=PortBlocks.DETERMINISTIC)
    orders = ([2, 3, 4], [4, 3, 2])
    found = []
    for seed, order in enumerate(orders):
        one = box(behavior, "203.0.113.1", "203.0.113.2", seed=seed)
        places = {}
        for last in order:
            external = one.external((f"192.168.1.{last}", 5000), remote(1))
            places[last] = (external.host, block_of(external))
        found.append(places)
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 3


def test_a_deterministic_block_is_all_that_a_host_has(box):
    one = box(dataclasses.replace(ON_DEMAND, blocks=PortBlocks.DETERMINISTIC))
    for number in range(16):
        one.external(A, remote(number))
    assert one.why(one.send(A, remote(17))) == (
        DropReason.QUOTA,
        "192.168.1.2 has used up its 1 blocks of ports",
    )
