"""The client's talk, where the hub of the other tests does not lead: servers of other kinds."""

import pytest

from signaling.errors import RefusedError
from signaling.events import ErrorReported, StartedAgain
from signaling.messages import (
    Auth,
    Error,
    Join,
    Joined,
    Leave,
    Ok,
    ServerInfo,
    SessionLimits,
    Welcome,
)
from signaling.steady.actions import Remark, Tell
from signaling.steady.requests import Asker, Requests
from signaling.steady.talk import Talk


def welcome(*, resume="token", resumed=False, msg=1000, rate=10.0, burst=5):
    limits = SessionLimits(msg=msg, rate=rate, burst=burst, rooms=1, peers=2, meta=3)
    return Welcome(
        sid="s", peer="p", resumed=resumed, ping_ms=1, limits=limits, ice=(), ice_ttl_s=1,
        server=ServerInfo(node="n", ver="1"), caps=(), resume=resume,
    )  # fmt: skip


@pytest.fixture
def talk():
    talk = Talk(Requests(), 100, 10_000, {})
    talk.begin(welcome(), 0.0)
    return talk


def settle(talk, request_id, answer, now=0.0):
    request = talk._requests.pop(request_id)
    return talk.settle(request_id, request, answer, now)


def test_a_server_that_keeps_no_sessions_gets_no_numbers():
    talk = Talk(Requests(), 100, 10_000, {})
    talk.begin(welcome(resume=None), 0.0)
    talk.ask(Leave(room="r"), Asker.USER)
    (frame,) = talk.frames(3, 0.0)
    assert frame == b'{"t":"leave","room":"r","id":1}' or b"seq" not in frame
    assert len(talk.outbox) == 0


def test_the_pace_of_a_session_that_goes_on_goes_on_too(talk):
    for _ in range(10):
        talk.put(Leave(room="r"), None)
    assert len(list(talk.frames(0, 0.0))) == 4
    assert talk.next_deadline == pytest.approx(1 / 8)
    talk.begin(welcome(resumed=True), 0.0)
    assert list(talk.frames(0, 0.0)) == []
    talk.begin(welcome(), 0.0)
    assert len(list(talk.frames(0, 0.0))) == 4


def test_a_room_that_would_not_have_us_yet_is_asked_again_when_it_says(talk):
    talk.places.enter(Join(room="r"), Joined(room="r", you="p", max=2, rev=1, peers=(), ice=()))
    talk.start_again()
    refused = Error(code=409, name="conflict", msg="m", fatal=False, retry_ms=2000)
    assert settle(talk, 1, refused, 10.0) == []
    list(talk.frames(0, 10.0))
    assert talk.next_deadline == 12.0
    talk.handle_timer(11.9)
    assert talk.outbox.unsent == 0
    talk.handle_timer(12.0)
    assert talk.outbox.unsent == 1
    answer = Joined(room="r", you="p", max=2, rev=7, peers=(), ice=())
    assert settle(talk, 2, answer) == [Tell(StartedAgain("r", answer))]


def test_a_room_that_was_left_meanwhile_is_not_told_to_have_started_again(talk):
    talk.places.enter(Join(room="r"), Joined(room="r", you="p", max=2, rev=1, peers=(), ice=()))
    talk.start_again()
    talk.places.leave("r")
    assert settle(talk, 1, Joined(room="r", you="p", max=2, rev=7, peers=(), ice=())) == []


def test_an_answer_of_another_kind_to_a_join_is_a_remark(talk):
    talk.ask(Join(room="r"), Asker.REJOINING)
    assert isinstance(settle(talk, 1, Ok(id=1))[0], Remark)


def test_a_token_that_is_refused_when_renewed_is_told(talk):
    talk.ask(Auth(token="t"), Asker.RENEWING)
    error = Error(code=401, name="unauthorized", msg="m", fatal=False)
    assert settle(talk, 1, error) == [Tell(ErrorReported(401, "unauthorized", "m"))]
    talk.ask(Auth(token="t"), Asker.RENEWING)
    assert settle(talk, 2, Ok(id=2)) == []


def test_before_the_first_welcome_no_size_is_known(talk):
    Talk(Requests(), 10, 10_000, {}).put(Leave(room="r" * 2000), None)
    with pytest.raises(RefusedError, match="413"):
        talk.put(Leave(room="r" * 2000), None)
