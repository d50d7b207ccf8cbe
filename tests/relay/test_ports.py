"""Relay ports: random, never twice at once, and rested before they are used again."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from relay.ports import Parity, PortPool


def _pool(first: int = 50000, last: int = 50009, quarantine: float = 30.0) -> PortPool:
    return PortPool(first, last, quarantine=quarantine, random_below=random.Random(1).randrange)


def test_every_port_of_the_range_is_given_once_and_then_none() -> None:
    pool = _pool()
    assert sorted(pool.take(0.0) for _ in range(10)) == list(range(50000, 50010))
    assert pool.take(0.0) is None


def test_a_freed_port_rests_for_the_quarantine() -> None:
    pool = _pool(50000, 50000)
    assert pool.take(0.0) == 50000
    pool.give_back(50000, 5.0)
    assert pool.take(34.9) is None
    assert pool.take(35.0) == 50000


def test_ports_come_in_the_order_of_the_random_source_not_of_the_range() -> None:
    draws = []
    pool = PortPool(50000, 50999, quarantine=0, random_below=lambda n: draws.append(n) or n // 2)
    assert pool.take(0.0) == 50001  # even ones first, then odd ones, and the middle was drawn
    assert pool.take(0.0) == 50998
    assert draws == [1000, 999]


def test_a_pool_knows_which_ports_are_out():
    pool = _pool(50000, 50001)
    port = pool.take(0.0)
    assert port in pool
    assert 50000 + 50001 - port not in pool
    pool.give_back(port, 1.0)
    assert port not in pool


def test_an_even_port_is_even_and_when_there_is_none_there_is_none():
    pool = _pool()
    assert sorted(pool.take(0.0, Parity.EVEN) for _ in range(5)) == [
        50000,
        50002,
        50004,
        50006,
        50008,
    ]
    assert pool.take(0.0, Parity.EVEN) is None
    assert sorted(pool.take(0.0) for _ in range(5)) == [50001, 50003, 50005, 50007, 50009]


def test_the_whole_range_of_port_numbers_fits() -> None:
    pool = _pool(1, 65535)
    assert 1 <= (pool.take(0.0) or 0) <= 65535


@settings(max_examples=40)
@given(st.lists(st.booleans(), max_size=200))
def test_no_port_is_out_twice_whatever_is_taken_and_given_back(takes: list[bool]) -> None:
    pool, out, now = _pool(quarantine=3.0), [], 0.0
    for take in takes:
        now += 1.0
        if take:
            port = pool.take(now)
            assert port not in out
            assert port is not None or len(out) + 3 >= 10
            out += [port] if port is not None else []
        elif out:
            pool.give_back(out.pop(0), now)


def test_a_pair_is_an_even_port_out_and_the_next_one_reserved():
    pool = _pool(50000, 50003)
    first = pool.take_pair(0.0)
    assert first in pool
    assert first + 1 not in pool
    assert pool.reserved == {first + 1}
    pool.take_reserved(first + 1)
    assert first + 1 in pool
    assert pool.take_pair(0.0) == 50000 + 50002 - first
    assert pool.take_pair(0.0) is None


def test_an_even_port_without_a_free_neighbour_is_no_pair():
    pool = _pool(50001, 50004)  # 50004 has no neighbour in the range
    assert pool.take_pair(0.0) == 50002
    pool.give_back(50003, 0.0)
    assert pool.resting == (50003,)
    assert pool.free == {50001, 50004}
    assert pool.take_pair(0.0) is None
