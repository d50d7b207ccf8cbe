"""What was sent lately is remembered for a minute, and for no more than two."""

import pytest

from signaling.traces import KEPT, Traces


def test_the_last_node_counts_until_all_has_arrived():
    traces = Traces()
    traces.leave("s", "n1", 0.0)
    traces.leave("s", "n2", 1.0)
    assert traces.node_of("s", 2.0) == "n2"
    traces.wipe("s")
    assert traces.node_of("s", 2.0) is None


@pytest.mark.parametrize("later", [0.0, 1.0, KEPT - 1.0])
def test_a_trace_is_there_for_a_minute_and_gone_after_two(later):
    traces = Traces()
    traces.leave("other", "n1", 1000.0)
    traces.leave("s", "n1", 1000.0 + later)
    assert traces.node_of("s", 1000.0 + later + KEPT) == "n1"
    assert traces.node_of("s", 1000.0 + later + 2 * KEPT) is None
    assert len(traces) == 0


def test_after_a_long_silence_nothing_is_remembered():
    traces = Traces()
    traces.leave("s", "n1", 0.0)
    assert traces.node_of("s", 10 * KEPT) is None


def test_those_sent_something_over_one_node_are_found():
    traces = Traces()
    traces.leave("a", "n1", 0.0)
    traces.leave("b", "n1", 0.0)
    traces.leave("b", "n2", KEPT)
    assert traces.over("n1") == ["a"]
    assert traces.over("n2") == ["b"]
