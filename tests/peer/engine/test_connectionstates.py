"""The W3C's tables of combined states, row by row."""

import pytest

from peer.engine.connectionstates import (
    connection_state,
    gathering_state,
    ice_connection_state,
)


@pytest.mark.parametrize(
    ("transports", "state"),
    [
        ([], "new"),
        (["new", "closed"], "new"),
        (["new", "completed"], "checking"),
        (["checking", "completed"], "checking"),
        (["connected", "completed"], "connected"),
        (["completed", "closed"], "completed"),
        (["disconnected", "completed"], "disconnected"),
        (["disconnected", "failed"], "failed"),
    ],
)
def test_the_ice_state_is_that_of_the_worst_transport(transports: list[str], state: str) -> None:
    assert ice_connection_state(transports, closed=False) == state
    assert ice_connection_state(transports, closed=True) == "closed"


@pytest.mark.parametrize(
    ("ice", "dtls", "state"),
    [
        ([], [], "new"),
        (["new"], ["new"], "new"),
        (["checking"], ["new"], "connecting"),
        (["completed"], ["new"], "connecting"),
        (["completed"], ["connecting"], "connecting"),
        (["completed"], ["connected"], "connected"),
        (["disconnected"], ["connected"], "disconnected"),
        (["failed"], ["connected"], "failed"),
        (["completed"], ["failed"], "failed"),
        (["completed", "checking"], ["connected", "new"], "connecting"),
    ],
)
def test_the_connection_needs_both_ice_and_dtls(
    ice: list[str], dtls: list[str], state: str
) -> None:
    assert connection_state(ice, dtls, closed=False) == state
    assert connection_state(ice, dtls, closed=True) == "closed"


@pytest.mark.parametrize(
    ("current", "begun", "ended", "state"),
    [
        (set(), set(), set(), "new"),
        ({"a"}, set(), set(), "new"),
        ({"a"}, {"a"}, set(), "gathering"),
        ({"a"}, {"a"}, {"a"}, "complete"),
        ({"b"}, {"a", "b"}, {"a"}, "gathering"),
        ({"b"}, {"a"}, {"a"}, "complete"),
    ],
)
def test_gathering_is_complete_when_each_newest_generation_is(
    current: set[str], begun: set[str], ended: set[str], state: str
) -> None:
    assert gathering_state(current, begun, ended) == state
