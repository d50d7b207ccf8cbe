"""Requests that wait for their answer."""

import pytest

from signaling.messages import Auth, IceRequest, Join, Kick, Leave, Lock, State
from signaling.steady.requests import Asker, Fate, Request, Requests, fate


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (Join(room="r"), Fate.ASK_AGAIN),
        (IceRequest(), Fate.ASK_AGAIN),
        (Leave(room="r"), Fate.DONE),
        (State(room="r", meta={}), Fate.DONE),
        (Auth(token="t"), Fate.DONE),
        (Kick(room="r", peer="p"), Fate.UNKNOWN),
        (Lock(room="r"), Fate.UNKNOWN),
    ],
)
def test_what_becomes_of_a_request_when_its_session_is_lost(message, expected):
    assert fate(message) is expected


def test_only_what_bore_no_number_dies_with_its_connection():
    requests = Requests()
    for numbered in (True, False):
        requests.put(requests.next_id(), Request(Leave(room="r"), Asker.USER, numbered))
    assert requests.lose_unnumbered() == [2]
    assert [id_ for id_, _ in requests.take_all()] == [1]
    assert len(requests) == 0


def test_abandoned_requests_are_bounded_and_those_somebody_waits_for_are_kept():
    requests = Requests()
    for number in range(1, 1000):
        id_ = requests.next_id()
        requests.put(id_, Request(Leave(room="r"), Asker.USER))
        if number > 3:
            requests.abandon(id_)
    assert len(requests) <= 257
    assert all(requests.pop(id_) is not None for id_ in (1, 2, 3))
    assert requests.pop(None) is None
