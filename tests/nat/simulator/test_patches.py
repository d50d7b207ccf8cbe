"""Tests of `nat.simulator.patches`: what is replaced in the process while a run lasts, and put back whatever happens."""

import asyncio
import os
import random
import secrets
import socket
import time
import uuid

import ifaddr
import OpenSSL.SSL
import pytest

from nat import FULL_CONE
from nat.simulator import NoHostError, Simulation
from nat.simulator.clock import EPOCH


@pytest.fixture
def sim():
    return Simulation(5)


def test_unix_time_begins_at_the_epoch_of_the_world(sim):
    async def main():
        return time.time()

    assert sim.run(main()) == EPOCH


def test_a_function_taken_during_a_run_is_the_real_one_afterwards(sim):
    async def main():
        return time.time, time.monotonic, os.urandom, socket.gethostname

    now, monotonic, urandom, gethostname = sim.run(main())
    assert abs(now() - time.time()) < 10
    assert abs(monotonic() - time.monotonic()) < 10
    assert urandom(8) != urandom(8)
    assert gethostname() == socket.gethostname()


def draw():
    return (
        os.urandom(8), secrets.token_hex(4), secrets.randbelow(10**9), uuid.uuid4(),
        random.random(), random.SystemRandom().random(),
    )  # fmt: skip


def test_every_kind_of_randomness_follows_the_seed():
    async def main():
        return draw()

    one, same, other = (Simulation(seed).run(main()) for seed in (1, 1, 2))
    assert one == same
    assert not set(one) & set(other)


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


def test_the_process_s_own_randomness_goes_on_undisturbed(sim):
    random.seed(3)
    expected = [random.random() for _ in range(2)]
    random.seed(3)
    first = random.random()

    async def main():
        random.seed(99)

    sim.run(main())
    assert [first, random.random()] == expected


def test_interfaces_are_those_of_the_current_host(sim):
    dual = sim.host("dual", "198.51.100.1", addresses=("2001:db8::1",))
    alice = sim.nat("home", FULL_CONE, lan="10.0.0.0/8").host("alice")

    def addresses():
        return [(ip.ip, ip.network_prefix) for one in ifaddr.get_adapters() for ip in one.ips]

    async def main():
        with pytest.raises(NoHostError):
            ifaddr.get_adapters()
        with dual:
            first = addresses()
        with alice:
            return first, addresses()

    assert sim.run(main()) == (
        [("127.0.0.1", 8), ("198.51.100.1", 24), (("2001:db8::1", 0, 0), 64)],
        [("127.0.0.1", 8), ("10.0.0.2", 8)],
    )


def test_the_host_name_is_the_host_s(sim):
    host = sim.host("a")

    async def main():
        with host:
            return socket.gethostname()

    async def nowhere():
        return socket.gethostname()

    assert sim.run(main()) == "a"
    assert sim.run(nowhere()) == "simulation"


def test_a_dtls_flight_that_is_lost_is_sent_again_when_its_time_is_up(sim):
    context = OpenSSL.SSL.Context(OpenSSL.SSL.DTLS_METHOD)
    sleeps = []

    async def main():
        client = OpenSSL.SSL.Connection(context)
        client.set_connect_state()
        with pytest.raises(OpenSSL.SSL.WantReadError):
            client.do_handshake()
        first = client.bio_read(2000)
        timeout = client.DTLSv1_get_timeout()
        await asyncio.sleep(timeout)
        before = sim.now
        client.DTLSv1_handle_timeout()
        sleeps.append(sim.now - before)
        return first, timeout, client.bio_read(2000), client.DTLSv1_get_timeout()

    first, timeout, again, next_timeout = sim.run(main())
    assert timeout == 1.0
    assert len(again) == len(first)
    assert next_timeout == 2.0
    assert sleeps == [0]
