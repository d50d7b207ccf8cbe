"""Tests of `nat.presets`: named behaviours."""

import asyncio

import pytest

from nat import ALL_NINE, PRESETS
from nat.presets import SOURCES
from nat.simulator import Simulation


def test_all_nine_are_in_the_order_of_the_table(truth_table):
    assert [one.short for one in ALL_NINE] == list(dict.fromkeys(row for row, _ in truth_table))


def test_every_preset_says_where_it_comes_from():
    assert list(SOURCES) == list(PRESETS)
    assert all(source.endswith(".") for source in SOURCES.values())


def test_the_nine_pairs_are_there_by_name():
    assert [PRESETS[f"pure-{one.short}".lower().replace("/", "-")] for one in ALL_NINE] == list(
        ALL_NINE
    )


@pytest.mark.parametrize(
    ("preset", "offset", "meet"),
    [
        ("linux-masquerade", 0.0, True),
        ("linux-masquerade", 0.2, True),
        ("linux-masquerade-open-input", 0.0, True),
        ("linux-masquerade-open-input", 0.2, False),
        ("openwrt", 0.2, True),
    ],
)
def test_two_linux_boxes_meet_unless_input_accepts_and_one_is_late(open_udp, preset, offset, meet):
    """As measured on Linux 6.18: the first stranger's packet takes the port that it was sent to."""
    sim = Simulation()
    server = sim.host("server")
    homes = [sim.nat(name, PRESETS[preset]) for name in ("home-a", "home-b")]
    hosts = [home.host(name) for home, name in zip(homes, ("alice", "bob"), strict=True)]

    async def knock(here, target, pause):
        await asyncio.sleep(pause)
        for _ in range(10):
            here.transport.sendto(b"hi", target)
            await asyncio.sleep(0.2)

    async def main():
        there = await open_udp(server, 3478)
        alice, bob = [await open_udp(host) for host in hosts]
        for here, name in ((alice, b"alice"), (bob, b"bob")):
            here.transport.sendto(name, ("server", 3478))
        await asyncio.sleep(1)
        mapped = dict(there.received)
        await asyncio.gather(knock(alice, mapped[b"bob"], 0), knock(bob, mapped[b"alice"], offset))
        return [any(data == b"hi" for data, _ in one.received) for one in (alice, bob)]

    assert sim.run(main()) == [meet, meet]
