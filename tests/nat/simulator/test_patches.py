"""Tests of `nat.simulator.patches`: what is replaced in the process while a run lasts, and put back whatever happens."""

import os
import socket
import sys
import time
import types

import ifaddr
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


def test_a_name_taken_by_a_module_before_the_run_is_the_world_s_too(sim, monkeypatch):
    module = types.ModuleType("taker")
    module.name_of_host, module.made = socket.gethostname, socket.socket
    monkeypatch.setitem(sys.modules, "taker", module)

    async def main():
        return module.name_of_host(), module.made is socket.socket

    real = module.name_of_host
    assert sim.run(main()) == ("simulation", True)
    assert module.name_of_host is real
