"""Tests of `nat.simulator.randompatches`: the random choices of programs, which follow the seed while a run lasts."""

import os
import random
import secrets
import ssl
import sys
import types
import uuid

import pytest

from nat.simulator import Simulation
from nat.simulator.clock import EPOCH


def draw():
    return (
        os.urandom(8), os.getrandom(8), ssl.RAND_bytes(8), secrets.token_hex(4),
        secrets.randbelow(10**9), uuid.uuid4(), uuid.uuid1(), random.random(),
        random.SystemRandom().random(), random.Random().random(),
    )  # fmt: skip


def test_every_kind_of_randomness_follows_the_seed():
    async def main():
        return draw()

    one, same, other = (Simulation(seed).run(main()) for seed in (1, 1, 2))
    assert one == same
    assert not set(one) & set(other)


def test_a_generator_with_a_seed_of_its_own_keeps_it():
    async def main():
        return random.Random(3).random()

    assert Simulation().run(main()) == random.Random(3).random()


def test_a_uuid_of_version_1_has_the_time_of_the_world():
    async def main():
        return uuid.uuid1(), uuid.uuid1(5, 6)

    one, other = Simulation().run(main())
    assert (one.time - 0x01B21DD213814000) / 1e7 == EPOCH
    assert (one.version, one.variant) == (1, uuid.RFC_4122)
    assert (other.node, other.clock_seq) == (5, 6)


def test_objects_that_libraries_keep_in_sets_are_numbered(monkeypatch):
    module = types.ModuleType("aiortc.rtcicetransport")
    module.RTCIceTransport = type("RTCIceTransport", (), {})
    monkeypatch.setitem(sys.modules, module.__name__, module)

    async def main():
        made = [module.RTCIceTransport() for _ in range(5)]
        assert len(set(made)) == 5
        return [hash(one) for one in made] == sorted(hash(one) for one in made)

    assert Simulation().run(main())
    assert hash(module.RTCIceTransport()) > 1000


def test_what_one_host_draws_does_not_change_what_another_gets():
    def play(draws):
        sim = Simulation(1)
        a, b = sim.host("a"), sim.host("b")

        async def main():
            with a:
                os.urandom(draws)
            with b:
                return os.urandom(8), secrets.token_hex(4)

        return sim.run(main())

    assert play(1) == play(1000)


@pytest.mark.parametrize("seeded", [1, None])
def test_the_process_s_own_randomness_goes_on_undisturbed(seeded):
    random.seed(3)
    expected = [random.random() for _ in range(2)]
    random.seed(3)
    first = random.random()

    async def main():
        random.seed(seeded)

    Simulation().run(main())
    assert [first, random.random()] == expected
