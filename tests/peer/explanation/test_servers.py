"""A server that gave nothing is told with its trouble, and whether it mattered."""

from typing import Any

import pytest

from peer.explanation import explain
from peer.explanation.servers import Trouble, classify


@pytest.mark.parametrize(
    ("reason", "trouble"),
    [
        ("no answer within 2 s", Trouble.SILENT),
        ("401 Unauthorized", Trouble.UNAUTHORIZED),
        ("STUN transaction failed (403 - Forbidden)", Trouble.UNAUTHORIZED),
        ("486 Allocation Quota Reached", Trouble.FULL),
        ("Connection refused", Trouble.REFUSED),
        ("Name or service not known", Trouble.NAME),
        ("certificate verify failed", Trouble.TLS),
        ("its answer lacks XOR-MAPPED-ADDRESS", Trouble.OTHER),
    ],
)
def test_words_tell_the_trouble(reason: str, trouble: Trouble) -> None:
    assert classify(reason) is trouble


def test_a_relay_that_failed_did_not_matter_to_a_direct_connection(direct: Any) -> None:
    answered, failed = explain(direct.report()).servers
    assert answered.candidates == (("203.0.113.1", 6000),)
    assert failed.finding is not None
    assert not failed.finding.matters
    assert "did not accept the user name" in failed.finding.text


def test_a_relay_that_failed_mattered_where_nothing_else_worked(failing: Any) -> None:
    failing.fail("turn:198.51.100.30")
    (failed,) = [one.finding for one in explain(failing.report()).servers if one.finding]
    assert failed.matters
    assert "turn:198.51.100.30" in failed.help


@pytest.mark.parametrize("other", [True, False])
def test_a_dead_stun_server_matters_only_without_another(side: Any, other: bool) -> None:
    made = side()
    made.fail("stun:192.0.2.1")
    if other:
        made.gather("srflx", "203.0.113.1:6000", "stun:198.51.100.10")
    (failed,) = [one.finding for one in explain(made.report()).servers if one.finding]
    assert failed.matters is not other


def test_another_relay_makes_up_for_one_and_so_does_the_remotes(side: Any) -> None:
    made = side()
    made.fail("turn:192.0.2.1")
    made.remote("relay", "198.51.100.10:50001")
    made.pair("192.168.1.2:5000", "198.51.100.10:50001", answered=1, selected=True)
    (failed,) = [one.finding for one in explain(made.report()).servers if one.finding]
    assert "the remote's relay serves both" in failed.text
    made.gather("relay", "198.51.100.10:50000", "turn:198.51.100.10")
    (failed,) = [one.finding for one in explain(made.report()).servers if one.finding]
    assert "another relay" in failed.text
