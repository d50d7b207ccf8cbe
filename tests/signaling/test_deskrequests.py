"""Requests under way."""

from signaling.deskrequests import Asked, Asking, DeskRequests


def test_a_request_is_taken_once_and_then_nobody_waits():
    requests = DeskRequests()
    asked = Asked("alice", "duel", Asking.ENQUEUE, 7)
    number = requests.put(asked)
    other = requests.put(Asked("bob", "duel", Asking.OTHER, 7))
    assert requests.numbers() == [number, other]
    assert requests.is_asked_by("alice")
    assert requests.take(number) == asked
    assert requests.take(number) is None
    assert not requests.is_asked_by("alice")
    assert len(requests) == 1


def test_an_answer_without_a_number_answers_nothing():
    requests = DeskRequests()
    requests.put(Asked("alice", "duel", Asking.OTHER, None))
    assert requests.take(None) is None
