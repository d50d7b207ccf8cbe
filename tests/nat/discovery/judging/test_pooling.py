"""Addresses and ports: what may be luck is unknown, and several addresses are told from a change."""

import dataclasses
from collections.abc import Callable, Sequence

import msgspec
import pytest

from nat.choices import Dependence, Pooling
from nat.discovery.findings import Finding, Status
from nat.discovery.judging import judge
from nat.discovery.judging.pooling import judge_pooling, judge_ports
from nat.discovery.judging.reading import Sighting
from nat.discovery.transactions import Answer, Purpose, Transaction
from stunwire import Address
from tests.nat.discovery.judging.playing import Played

POOL = ("203.0.113.9", "203.0.113.10")


def fresh(
    ports: Sequence[int],
    *,
    local: Callable[[int], int] = lambda n: 40000 + 37 * n,
    hosts: Sequence[str] = ("203.0.113.9",),
    since: float = 0.0,
) -> list[Sighting]:
    """One mapping of each of several sockets, a second after the other."""
    return [
        Sighting(
            Transaction(
                purpose=Purpose.PORTS,
                server="a",
                trial=0,
                socket=n,
                sent=(since + n,),
                target=Address("198.51.100.1", 3478),
            ),
            Address("192.168.1.2", local(n)),
            Address(hosts[n % len(hosts)], port),
            since + n,
        )
        for n, port in enumerate(ports)
    ]


SCATTERED = [50001, 1234, 33000, 4001, 60002, 20000, 11, 9000]


def test_one_address_is_paired_only_after_many_mappings() -> None:
    assert not judge_pooling(fresh(SCATTERED)).is_known
    assert judge_pooling(fresh(range(1000, 64000, 3000))).value is Pooling.PAIRED


def test_several_addresses_are_arbitrary_unless_they_only_changed() -> None:
    many = fresh(SCATTERED, hosts=POOL)
    assert not judge_pooling(fresh(SCATTERED[:1])).is_known
    moved = [*fresh(SCATTERED[:4]), *fresh(SCATTERED[4:], hosts=POOL[1:], since=4.0)]
    assert "has changed" in judge_pooling(moved).why
    assert judge_pooling(many).value is Pooling.ARBITRARY


def test_a_question_that_was_answered_after_the_change_is_of_the_new_address() -> None:
    before = fresh(SCATTERED[:4])
    after = fresh(SCATTERED[4:], hosts=POOL[1:], since=3.5)
    asked = after[0].transaction
    answer = Answer(at=6.1, socket=0, source=asked.target, xor_mapped=after[0].mapped)
    late = msgspec.structs.replace(asked, sent=(0.5, 6.0), answers=(answer,))
    straddling = dataclasses.replace(after[0], transaction=late, at=0.5)
    assert "has changed" in judge_pooling([before[0], straddling, *before[1:], *after[1:]]).why


@pytest.mark.parametrize("by", ["one server of two", "one port"])
def test_an_address_that_one_alone_has_seen_makes_no_pool(by: str) -> None:
    """That server may be wrong now and then."""
    sightings = fresh(SCATTERED)
    liar = {4, 6} if by == "one server of two" else {4}
    seen = [
        dataclasses.replace(
            each,
            transaction=msgspec.structs.replace(each.transaction, server="ab"[n % 2 == 0]),
            mapped=Address("192.0.2.99", 9999) if n in liar else each.mapped,
        )
        for n, each in enumerate(sightings)
    ]
    assert not judge_pooling(seen).is_known


def test_another_address_for_each_server_may_be_the_server_s_fault() -> None:
    one, other = fresh(SCATTERED[:4:2]), fresh(SCATTERED[1:4:2], hosts=POOL[1:])
    there = Address("192.0.2.1", 3478)
    moved = [
        dataclasses.replace(
            each, transaction=msgspec.structs.replace(each.transaction, target=there)
        )
        for each in other
    ]
    mixed = [one[0], moved[0], one[1], moved[1]]
    assert "each server" in judge_pooling(mixed).why


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("mapping", list(Dependence))
def test_pools_never_make_the_mapping_wrong(mapping: Dependence, keeps: bool) -> None:
    for seed in range(20):
        played = Played(
            mapping, Dependence.ENDPOINT_INDEPENDENT, outside=POOL, keeps_ports=keeps, seed=seed
        )
        family = judge(played.diagnose()).families[0]
        assert mapping in family.mapping.candidates(Dependence)
        assert family.pooling.value in {None, Pooling.ARBITRARY}


@pytest.mark.parametrize(
    ("ports", "local", "name", "value"),
    [
        ([40000 + 37 * n for n in range(5)], None, "preserving", True),
        (SCATTERED, None, "preserving", False),
        ([40000, *SCATTERED], None, "preserving", None),
        (
            [2 * n + n % 2 + 8000 * (n % 5) for n in range(1000, 1016)],
            lambda n: 5000 + n,
            "parity",
            True,
        ),
        (SCATTERED, lambda n: 5000 + n, "parity", False),
        ([2, 7], lambda n: 5000 + n, "parity", None),
        ([9000, 20], lambda n: 5000 + n, "contiguity", False),
        (
            [9000, 9001, 77, 30000, 12],
            lambda n: 5000 + (n if n < 2 else 100 * n + 1),
            "contiguity",
            True,
        ),
        (
            [9000, 9001, 9002, 9003, 9004],
            lambda n: 5000 + (n if n < 2 else 100 * n + 1),
            "contiguity",
            None,
        ),
        ([9000, 9001, 9002, 9003, 9004], None, "delta", 1),
        ([9000, 9002, 9004, 9006, 9008], None, "delta", 2),
        ([65534, 65535, 0, 1, 2], None, "delta", 1),
        (SCATTERED, None, "delta", 0),
        ([9000, 9001], None, "delta", None),
    ],
)
def test_rules_of_ports(
    ports: list[int], local: Callable[[int], int] | None, name: str, value: object
) -> None:
    sightings = fresh(ports, local=local) if local else fresh(ports)
    finding: Finding[object] = getattr(judge_ports(sightings), name)
    assert finding.value == value
    assert (value is None) == (finding.status is not Status.KNOWN)
