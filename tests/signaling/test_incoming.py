"""Each message that answers no request becomes one event."""

import pytest
from msgspec import Raw

from signaling import messages
from signaling.events import (
    ErrorReported,
    IceRenewed,
    PeerChanged,
    PeerJoined,
    PeerLeft,
    ServerLeaving,
    SignalReceived,
    Undelivered,
)
from signaling.incoming import as_event
from signaling.matchmaking.ledger.dealings import Outcome
from signaling.messages import Forwarded, LeaveReason, SignalKind, UndeliveredReason
from signaling.wire import Refusal


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            messages.PeerJoin(room="r", peer="a", polite=True, rev=1, meta={"x": 1}),
            PeerJoined("r", "a", {"x": 1}, True, 1),
        ),
        (
            messages.PeerLeave(room="r", peer="a", reason=LeaveReason.SLOW, rev=2),
            PeerLeft("r", "a", LeaveReason.SLOW, 2),
        ),
        (
            messages.PeerState(room="r", peer="a", meta={"x": 1}, rev=3),
            PeerChanged("r", "a", {"x": 1}, 3),
        ),
        (
            messages.Undelivered(room="r", to="a", reason=UndeliveredReason.GONE, pc="p", mid="m"),
            Undelivered("r", "a", UndeliveredReason.GONE, "p", "m"),
        ),
        (messages.Ice(ice=(), ice_ttl_s=1), IceRenewed(())),
        (messages.GoAway(deadline_ms=1500, after_ms=20), ServerLeaving(1.5, 0.02)),
        (
            messages.Error(code=404, name="not_found", msg="no", fatal=False),
            ErrorReported(404, "not_found", "no"),
        ),
        (
            Forwarded(room="r", sender="a", kind=SignalKind.OFFER, data=Raw(b'{"x":[1]}')),
            SignalReceived("r", "a", SignalKind.OFFER, {"x": [1]}, None, None),
        ),
    ],
)
def test_a_message_becomes_its_event(message, event):
    assert as_event(message) == event


@pytest.mark.parametrize("message", [messages.Ok(id=1), messages.Pong(id=2)])
def test_an_answer_that_nobody_waits_for_is_no_event(message):
    assert as_event(message) is None


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("data", [b"1e999", b"[" * 100_000 + b"]" * 100_000])
def test_data_that_python_cannot_hold_is_refused_with_the_senders_name(data):
    refusal = as_event(Forwarded(room="r", sender="eve", kind=SignalKind.CUSTOM, data=Raw(data)))
    assert isinstance(refusal, Refusal)
    assert "'eve'" in refusal.reason


def test_a_result_that_python_cannot_hold_is_refused_with_its_match():
    ended = messages.MatchEnded(
        ticket="t", queue="q", reason=Outcome.FINISHED, match="m-7", result=Raw(b"1e999")
    )
    refusal = as_event(ended)
    assert isinstance(refusal, Refusal)
    assert "'m-7'" in refusal.reason
