"""The server's messages as actions, where nothing else follows from them."""

from msgspec import Raw

from signaling.codes import ErrorCode
from signaling.errors import ConnectionLostError, SessionLostError
from signaling.messages import Error, Forwarded, Ok, PeerBack, SignalKind
from signaling.steady.actions import Remark, Tell
from signaling.steady.hearing import as_refused, reason_of, remark, told
from signaling.wire import Refusal, Skipped


def test_news_are_told_answers_that_nobody_waits_for_are_not():
    (tell,) = told(PeerBack(room="r", peer="p", rev=1))
    assert isinstance(tell, Tell)
    assert told(Ok(id=9)) == []
    broken = Forwarded(room="r", sender="p", kind=SignalKind.CUSTOM, data=Raw(b"1e999"))
    assert isinstance(told(broken)[0], Remark)


def test_remarks_say_what_came():
    assert "no message" in remark(Refusal(ErrorCode.BAD_MESSAGE, "x")).text
    assert "newer kind" in remark(Skipped.UNKNOWN_TYPE).text
    assert "Ok before its welcome" in remark(Ok()).text


def test_a_refusal_says_when_to_come_back_in_seconds():
    error = Error(code=503, name="unavailable", msg="m", fatal=True, retry_ms=1500)
    assert as_refused(error).retry_after == 1.5
    assert as_refused(Error(code=400, name="n", msg="m", fatal=False)).retry_after is None


def test_a_reason_is_in_the_words_of_whoever_ended_it():
    assert reason_of(ConnectionLostError(4403, "go")) == "go"
    assert "kick" in reason_of(SessionLostError("kick"))
