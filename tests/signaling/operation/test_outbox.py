"""What waits for one webhook."""

import json
import random

import pytest

from signaling.journal import Happening, Noted
from signaling.operation.endpoints import Endpoint
from signaling.operation.outbox import LONGEST_PAUSE, Outbox

JOINED = Noted(Happening.PEER_JOINED, "sid", {"room": "r", "peer": "alice"})


def outbox(**settings: object) -> Outbox:
    numbers = iter(range(10_000))
    endpoint = Endpoint("http://a/", **settings)
    return Outbox(endpoint, make_id=lambda: f"msg_{next(numbers)}", jitter=random.Random(1))


def add(box: Outbox, number: int = 0, now: float = 0.0) -> None:
    noted = Noted(JOINED.happening, f"sid{number}", JOINED.fields)
    box.add(noted, "n1", 1_700_000_000.5, now)


def sids(box: Outbox) -> list[str]:
    """Deliver all there is."""
    found = []
    while box.next_deadline() is not None:
        message, body = box.first()
        found.append(json.loads(body)["data"]["sid"])
        box.receive_answer(message, 200, 0.0)
    return found


def test_what_happened_is_told_in_the_words_of_standard_webhooks():
    box = outbox()
    assert box.next_deadline() is None
    box.add(JOINED, "n1", 1_700_000_000.5, 0.0)
    message, body = box.first()
    assert message.id == "msg_0"
    assert json.loads(body) == {
        "type": "peer.joined",
        "timestamp": "2023-11-14T22:13:20.500000+00:00",
        "data": {"node": "n1", "sid": "sid", "room": "r", "peer": "alice"},
    }


def test_what_it_does_not_want_it_is_not_told():
    box = outbox(events=("room.*",))
    add(box)
    assert len(box) == 0


def test_a_message_that_fails_comes_again_as_it_was_before_any_other_after_growing_pauses():
    box = outbox()
    add(box, 1)
    add(box, 2)
    now, pauses, seen = 0.0, [], set()
    for status in (500, None, 302, 404, 429, 503, 500, 500, 500, 500):
        message, body = box.first()
        seen.add((message.id, body))
        box.receive_answer(message, status, now)
        deadline = box.next_deadline()
        assert deadline is not None
        pauses.append(deadline - now)
        now = deadline
    assert len(seen) == 1
    assert all(0.5 * 2**n <= pause <= 2**n for n, pause in enumerate(pauses[:8]))
    assert pauses[-1] <= LONGEST_PAUSE
    message, _ = box.first()
    box.receive_answer(message, 204, now)
    assert box.next_deadline() == now
    assert sids(box) == ["sid2"]
    assert (box.delivered, box.lost) == (2, 0)


def test_when_too_many_wait_the_oldest_is_lost_and_the_next_says_so():
    box = outbox(waiting=2)
    for number in range(5):
        add(box, number)
    message, body = box.first()
    assert json.loads(body)["missed"] == 3
    box.receive_answer(message, 200, 0.0)
    _, body = box.first()
    assert "missed" not in json.loads(body)
    assert (len(box), box.lost) == (1, 3)


def test_an_answer_to_a_message_that_made_room_meanwhile_counts_for_no_other():
    box = outbox(waiting=1)
    add(box, 1)
    message, _ = box.first()
    add(box, 2)
    box.receive_answer(message, 200, 0.0)
    assert sids(box) == ["sid2"]


def test_one_that_nobody_takes_for_too_long_is_given_up():
    box = outbox(patience=100.0)
    add(box, 1, now=0.0)
    add(box, 2, now=90.0)
    message, _ = box.first()
    box.receive_answer(message, 500, 100.0)
    assert sids(box) == ["sid2"]
    assert box.lost == 1


def test_410_means_that_nothing_is_wanted_any_more():
    box = outbox()
    add(box)
    add(box)
    box.receive_answer(box.first()[0], 410, 0.0)
    add(box)
    assert (box.is_gone, len(box), box.lost) == (True, 0, 2)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_will_do(status):
    box = outbox()
    add(box)
    box.receive_answer(box.first()[0], status, 0.0)
    assert box.delivered == 1
