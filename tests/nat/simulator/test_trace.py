"""Tests of `nat.simulator.trace`: the trace of a simulated world, under the name that it had first."""

import nat.simulator.trace
import nat.trace


def test_it_is_the_same_trace_under_both_names():
    assert nat.simulator.trace.Trace is nat.trace.Trace
