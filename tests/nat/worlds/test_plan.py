"""Tests of `nat.worlds.plan`: what there is and what will happen, free of whoever plays it."""

from nat.worlds import HostPlan, NatPlan, WorldPlan


def test_what_is_not_said_is_usual():
    plan = WorldPlan(nats=(NatPlan("home"),), hosts=(HostPlan("alice"),))
    assert (plan.nats[0].network, plan.nats[0].lan) == ("internet", "192.168.1.0/24")
    assert [one.name for one in plan.hosts[0].interfaces] == ["eth0"]
    assert plan.duration is None
