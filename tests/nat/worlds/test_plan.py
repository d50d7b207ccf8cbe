"""Tests of `nat.worlds.plan`: what there is and what will happen, free of whoever plays it."""

import subprocess
import sys

from nat.worlds import HostPlan, NatPlan, WorldPlan


def test_what_is_not_said_is_usual():
    plan = WorldPlan(nats=(NatPlan("home"),), hosts=(HostPlan("alice"),))
    assert (plan.nats[0].network, plan.nats[0].lan) == ("internet", "192.168.1.0/24")
    assert [one.name for one in plan.hosts[0].interfaces] == ["eth0"]
    assert plan.duration is None


def test_the_plan_does_not_know_the_simulator():
    program = (
        "import nat.worlds.plan, nat.worlds.reading, sys; print('nat.simulator' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
