"""When a lost connection is tried again, and where."""

import pytest

from signaling.messages import GoAway
from signaling.steady.reconnection import PAUSES, Reconnection


def make(*urls, patience=None, chance=1.0):
    tries = Reconnection(urls or ("ws://one",), patience, lambda: chance)
    tries.succeed(0.0)
    return tries


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_pauses_grow_with_full_jitter_and_the_last_is_repeated(chance):
    tries = make(chance=chance)
    pauses = [tries.lose(100.0) - 100.0, *(tries.fail(100.0) - 100.0 for _ in range(7))]
    expected = [*PAUSES, PAUSES[-1], PAUSES[-1]]
    assert pauses == pytest.approx([each * chance for each in expected])


def test_a_connection_that_did_not_stay_is_no_success():
    tries = make()
    tries.lose(100.0)
    tries.succeed(100.0)
    assert tries.lose(105.0) == pytest.approx(105.3)
    tries.succeed(106.0)
    assert tries.lose(116.0) == 116.0


def test_the_address_that_worked_is_tried_first_and_a_round_makes_one_pause():
    tries = make("ws://one", "ws://two")
    seen = [tries.url]
    assert tries.lose(100.0) == 100.0
    for _ in range(4):
        seen.append(tries.url)
        tries.fail(100.0)
    assert seen == ["ws://one", "ws://one", "ws://two", "ws://one", "ws://two"]
    assert tries.fail(100.0) == 100.0
    assert tries.fail(100.0) > 100.0
    assert tries.has_tried_all


def test_advice_is_obeyed_once_within_reason():
    tries = make()
    tries.advise(5.0)
    assert tries.lose(100.0) == 105.0
    tries.advise(10**9)
    assert tries.fail(100.0) == 400.0
    assert tries.fail(100.0) == 101.0
    tries.advise(50.0)
    tries.hurry()
    assert tries.lose(200.0) == 200.0


def test_patience_counts_from_the_loss():
    tries = make(patience=30.0)
    assert tries.gives_up_at is None
    tries.lose(100.0)
    tries.fail(110.0)
    assert tries.gives_up_at == 130.0
    tries.succeed(120.0)
    assert tries.gives_up_at is None


def test_a_named_address_is_a_detour_that_ends_when_it_fails():
    tries = make()
    assert tries.go_away(GoAway(deadline_ms=400, after_ms=500, url="ws://two"), 10.0) == 10.4
    assert tries.url == "ws://two"
    tries.fail(11.0)
    assert tries.url == "ws://one"


def test_of_several_addresses_the_next_is_gone_to_before_the_server_closes():
    tries = make("ws://one", "ws://two")
    assert tries.go_away(GoAway(deadline_ms=5000, after_ms=500), 10.0) == 10.5
    assert tries.url == "ws://two"


def test_with_one_address_the_close_is_waited_for():
    tries = make()
    assert tries.go_away(GoAway(deadline_ms=5000, after_ms=500), 10.0) is None
    assert tries.lose(15.0) == 15.5


def test_with_one_address_and_other_nodes_behind_it_the_same_is_gone_to_before_the_close():
    tries = make()
    assert tries.go_away(GoAway(deadline_ms=5000, after_ms=500, move=True), 10.0) == 10.5
    assert tries.lose(10.5) == 10.5
    assert tries.url == "ws://one"
