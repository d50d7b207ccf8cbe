"""What a client says first."""

from signaling.messages import Resumption
from signaling.steady.plan import Plan, Steadiness


def test_a_steady_client_says_that_it_can_come_back_and_another_does_not():
    steady = Plan(("ws://x",)).hello(1, peer=None, token=None, resume=None, seq=0)
    assert steady.caps == ("resume",)
    assert steady.resume is None
    plan = Plan(("ws://x",), steadiness=Steadiness.END)
    assert plan.hello(1, peer=None, token=None, resume=None, seq=0).caps == ()


def test_it_shows_the_token_of_its_session_and_how_far_that_has_come():
    hello = Plan(("ws://x",), meta={"a": 1}, region="eu").hello(
        7, peer="p", token="t", resume="r", seq=9
    )
    assert hello.resume == Resumption(token="r", seq=9)
    assert (hello.id, hello.peer, hello.token, hello.region, hello.meta) == (
        7, "p", "t", "eu", {"a": 1},
    )  # fmt: skip
