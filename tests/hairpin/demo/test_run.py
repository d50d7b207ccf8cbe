"""The demo from first to last."""

import pytest

import nat
from hairpin.demo import real
from hairpin.demo.run import DemoFailedError, DemoPlan, run_demo
from peer import IceTransportPolicy, SessionFailedError


def test_without_a_pairing_two_real_and_four_simulated_connections_are_made() -> None:
    report = run_demo(DemoPlan(seed=2))
    assert [run.policy for run in report.real] == ["all", "relay"]
    assert len(report.simulated) == 4
    assert report.ok


def test_with_a_pairing_that_one_is_simulated() -> None:
    report = run_demo(DemoPlan(seed=2, pairing=(nat.FULL_CONE, nat.SYMMETRIC)))
    assert [run.name for run in report.simulated] == ["full × symmetric"]


def test_peers_that_do_not_find_to_each_other_end_the_demo_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(policy: IceTransportPolicy) -> real.RealRun:
        raise ExceptionGroup("tasks", [SessionFailedError("no path: everything is dark")])

    monkeypatch.setattr(real, "run", fail)
    with pytest.raises(DemoFailedError, match="policy all: no path: everything is dark"):
        run_demo(DemoPlan(seed=1))
