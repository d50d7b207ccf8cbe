"""The table of session states, walked."""

import itertools

import pytest

from peer.states import OVER, TRANSITIONS, SessionEvent, SessionState, after


def test_every_state_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(SessionState)


def test_every_state_can_be_reached_and_left_towards_closed() -> None:
    reached = {SessionState.WAITING}
    for _ in SessionState:
        reached |= {s for state in reached for s in TRANSITIONS[state].values()}
    assert reached == set(SessionState)
    assert all(TRANSITIONS[state][SessionEvent.CLOSED] is SessionState.CLOSED for state in reached)


@pytest.mark.parametrize(("state", "event"), [*itertools.product(SessionState, SessionEvent)])
def test_what_the_table_lacks_is_a_fault_of_ours(state: SessionState, event: SessionEvent) -> None:
    if event in TRANSITIONS[state]:
        assert after(state, event) is TRANSITIONS[state][event]
    else:
        with pytest.raises(AssertionError, match=event.value):
            after(state, event)


def test_an_ended_session_never_comes_back() -> None:
    assert {SessionState.ENDED, SessionState.FAILED, SessionState.CLOSED} == OVER
    for state in OVER:
        assert set(TRANSITIONS[state].values()) <= {state, SessionState.CLOSED}
