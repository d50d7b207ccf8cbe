"""The verdict comes first, and is a sentence."""

from typing import Any

import pytest

from peer.explanation import Verdict, explain
from peer.explanation.verdict import milliseconds
from peer.report import IceState


def test_a_direct_connection_is_told_with_its_time_and_its_nats(direct: Any) -> None:
    found = explain(direct.report())
    assert found.verdict is Verdict.DIRECT
    assert found.summary.startswith("Direct, 40 ms, to 203.0.113.2:8000. Both sides are")
    assert "keep one port for all destinations" in found.summary


def test_two_hosts_have_no_nat_between(side: Any) -> None:
    made = side()
    made.remote("host", "192.168.1.9:7000")
    made.pair("192.168.1.2:5000", "192.168.1.9:7000", answered=1, selected=True)
    assert explain(made.report()).summary == "Direct, 40 ms, no NAT between."


def test_a_relayed_connection_names_the_relay(side: Any) -> None:
    made = side()
    made.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    made.remote("srflx", "203.0.113.2:8000")
    made.pair("198.51.100.10:50000", "203.0.113.2:8000", answered=1, selected=True)
    found = explain(made.report())
    assert found.verdict is Verdict.RELAYED
    assert "via 198.51.100.10:50000" in found.summary


def test_a_failure_says_what_was_tried_and_what_is_likely(failing: Any) -> None:
    found = explain(failing.report())
    assert found.verdict is Verdict.FAILED
    assert found.summary.startswith("No path: 3 pairs were tried, none answered. Your NAT keeps")
    assert "The remote's NAT probably opens new ports" in found.summary


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        (IceState.CHECKING, Verdict.CONNECTING, "3 of 3 pairs tried"),
        (IceState.DISCONNECTED, Verdict.DISCONNECTED, "not answered for a while"),
        (IceState.CLOSED, Verdict.CLOSED, "Closed before"),
    ],
)
def test_every_state_has_its_words(
    failing: Any, state: IceState, verdict: Verdict, words: str
) -> None:
    found = explain(failing.report(state))
    assert found.verdict is verdict
    assert words in found.summary


def test_what_was_up_until_it_was_closed_was_up_and_what_was_lost_is_lost(direct: Any) -> None:
    assert explain(direct.report(IceState.CLOSED)).verdict is Verdict.DIRECT
    assert explain(direct.report(IceState.FAILED)).summary.startswith("Lost:")


def test_times_have_no_false_precision() -> None:
    assert [milliseconds(one) for one in (0.0004, 0.041, 1.234)] == ["0.4 ms", "41 ms", "1.2 s"]
