"""The same program, aioice between all 81 pairs of NATs, in virtual time and in real kernels."""

from collections.abc import Mapping

import pytest

from nat import ALL_NINE, direct_possible
from nat.simulator import Host, Simulation
from nat.tun import TunLab
from tests.interop.pairings import meet_all

Sides = list[Mapping[str, Host]]


def world(seed: int) -> tuple[Simulation, Host, Sides]:
    """Nine NATs on each side, with one host behind each, and a STUN server."""
    simulation = Simulation(seed)
    server = simulation.host("stun")
    sides: Sides = []
    for side in ("left", "right"):
        names = {one.short: f"{side}-{one.short.replace('/', '-').lower()}" for one in ALL_NINE}
        nats = {one.short: simulation.nat(names[one.short], one) for one in ALL_NINE}
        sides.append({short: nat.host(f"{nat.name}-host") for short, nat in nats.items()})
    return simulation, server, sides


@pytest.fixture(scope="module")
def in_virtual_time() -> dict[tuple[str, str], bool]:
    simulation, server, (left, right) = world(1)
    return simulation.run(meet_all(server, server.address, left, right))


def test_in_virtual_time_it_meets_exactly_where_the_rule_says(
    in_virtual_time: dict[tuple[str, str], bool],
) -> None:
    rule = {(a.short, b.short): direct_possible(a, b) for a in ALL_NINE for b in ALL_NINE}
    assert in_virtual_time == rule
    assert sum(rule.values()) == 42


@pytest.mark.usefixtures("root")
async def test_in_real_kernels_all_81_pairs_come_out_as_in_virtual_time(
    in_virtual_time: dict[tuple[str, str], bool],
) -> None:
    simulation, server, (left, right) = world(1)
    async with TunLab(simulation):
        in_the_lab = await meet_all(server, server.address, left, right)
    assert in_the_lab == in_virtual_time
