"""The worlds of the kernel lab's commands."""

import pytest

import nat
from hairpin.lab.kernelworlds import grid_plan, nats_of, pair_plan, two_peers, with_server
from hairpin.lab.meeting import SERVER
from nat.kernel import KernelLabError
from nat.kernel.wiring import refuse
from nat.worlds import HostPlan, InterfacePlan, NatPlan, WorldPlan, settle

HOME = NatPlan("home")
ALICE, BOB = (HostPlan(name, (InterfacePlan(network="home"),)) for name in ("alice", "bob"))


def test_the_grid_has_every_behaviour_before_both_sides_and_can_be_built() -> None:
    plan = settle(grid_plan())
    refuse(plan)
    assert [one.behavior for one in plan.nats] == [*nat.ALL_NINE, *nat.ALL_NINE]
    assert len({one.lan for one in plan.nats}) == 18


def test_the_homes_of_a_pair_have_the_same_addresses_inside() -> None:
    plan = settle(pair_plan(nat.SYMMETRIC, nat.FULL_CONE))
    _, alice, bob = plan.hosts
    assert alice.interfaces[0].addresses == bob.interfaces[0].addresses


def test_a_world_without_the_server_gets_one_under_a_name_that_is_free() -> None:
    plan = WorldPlan(nats=(HOME,), hosts=(ALICE, HostPlan("server")))
    more, name = with_server(plan)
    assert name == "server-2"
    assert settle(more).hosts[0].interfaces[0].addresses == (SERVER,)


def test_a_world_that_has_the_server_keeps_it() -> None:
    plan = pair_plan(nat.SYMMETRIC, nat.SYMMETRIC)
    assert with_server(plan) == (plan, "server")


def test_the_peers_are_those_behind_nats_first() -> None:
    public = HostPlan("public")
    assert two_peers(WorldPlan(nats=(HOME,), hosts=(public, ALICE, BOB))) == ("alice", "bob")
    assert two_peers(WorldPlan(nats=(HOME,), hosts=(public, ALICE))) == ("alice", "public")
    with pytest.raises(KernelLabError, match="needs two hosts, and this world has 1"):
        two_peers(WorldPlan(hosts=(public,)))


def test_nats_are_counted_from_the_nearest_outwards() -> None:
    plan = WorldPlan(
        nats=(NatPlan("carrier"), NatPlan("home", network="carrier")),
        hosts=(HostPlan("alice", (InterfacePlan(network="home"),)), HostPlan("server")),
    )
    assert [one.name for one in nats_of(plan, "alice")] == ["home", "carrier"]
    assert nats_of(plan, "server") == []
