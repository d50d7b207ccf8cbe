"""What a user of the client can catch, and what the errors say."""

import pytest

from signaling.codes import Verdict
from signaling.errors import (
    ClientFaultError,
    ConnectionLostError,
    EventOverflowError,
    RefusedError,
    RequestTimeoutError,
    SignalingError,
    UnreachableError,
)


@pytest.mark.parametrize(
    ("error", "code", "name", "also"),
    [
        (RefusedError(417, "room_full", "full"), 417, "room_full", SignalingError),
        (RequestTimeoutError("join", 5.0), 408, "request_timeout", TimeoutError),
        (EventOverflowError(10), 413, "event_queue_overflow", SignalingError),
        (ClientFaultError(KeyError("x")), 1011, "client_fault", SignalingError),
        (UnreachableError("ws://x", "refused"), 503, "unreachable", ConnectionError),
        (ConnectionLostError(4508, ""), 4508, "slow_consumer", ConnectionError),
    ],
)
def test_every_error_is_a_signaling_error_with_code_and_name(error, code, name, also):
    assert isinstance(error, SignalingError)
    assert isinstance(error, also)
    assert (error.code, error.name) == (code, name)
    assert f"({code} {name})" in str(error)


def test_a_refusal_says_when_to_try_again():
    assert RefusedError(429, "rate_limited", "slow down", retry_after=0.5).retry_after == 0.5
    assert RefusedError(417, "room_full", "full").retry_after is None


def test_a_lost_connection_says_whether_to_come_back():
    assert ConnectionLostError(4413, "too_big").verdict is Verdict.STAY_AWAY
    assert ConnectionLostError(1012, "").verdict is Verdict.COME_BACK
    assert "too_big" in str(ConnectionLostError(4413, "too_big"))
