"""What waits for the server to acknowledge it: bounded, in order, written again."""

import pytest

from signaling.errors import OutboxFullError
from signaling.steady.outbox import Outbox


def frames(outbox, *, numbered=True):
    return [outbox.next_frame(numbered=numbered, ack=7) for _ in range(outbox.unsent)]


def test_a_message_gets_its_number_when_it_is_written_and_keeps_it():
    outbox = Outbox(10, 100)
    outbox.put(b'{"t":"a"}')
    outbox.put(b'{"t":"b"}')
    first = frames(outbox)
    assert first == [b'{"t":"a","seq":1,"ack":7}', b'{"t":"b","seq":2,"ack":7}']
    outbox.rewind()
    outbox.put(b'{"t":"c"}')
    assert frames(outbox) == [*first, b'{"t":"c","seq":3,"ack":7}']
    assert outbox.acknowledge(2)
    outbox.rewind()
    assert len(frames(outbox)) == 1


def test_what_arrived_although_it_waits_again_is_not_written_again():
    outbox = Outbox(10, 100)
    for text in (b"{a}", b"{b}"):
        outbox.put(text)
    frames(outbox)
    outbox.rewind()
    assert outbox.acknowledge(1)
    assert frames(outbox) == [b'{b,"seq":2,"ack":7}']


def test_a_number_that_was_never_given_cannot_be_acknowledged():
    outbox = Outbox(10, 100)
    outbox.put(b"{}")
    assert not outbox.acknowledge(1)
    frames(outbox)
    assert outbox.acknowledge(1)
    assert outbox.acknowledge(0)


@pytest.mark.parametrize(("limit", "limit_bytes"), [(2, 100), (10, 5)])
def test_it_is_bounded_in_messages_and_bytes_until_they_have_arrived(limit, limit_bytes):
    outbox = Outbox(limit, limit_bytes)
    outbox.put(b"{}")
    outbox.put(b"{}")
    frames(outbox)
    with pytest.raises(OutboxFullError, match="2 messages"):
        outbox.put(b"{}")
    outbox.acknowledge(1)
    outbox.put(b"{}")


def test_where_the_server_does_not_number_a_message_is_forgotten_once_written():
    outbox = Outbox(1, 100)
    for _ in range(3):
        outbox.put(b"{}")
        assert frames(outbox, numbered=False) == [b"{}"]
    assert len(outbox) == 0


def test_a_request_is_taken_back_while_it_was_not_written():
    outbox = Outbox(10, 100)
    outbox.put(b"{}", 5)
    assert not outbox.withdraw(6)
    assert outbox.withdraw(5)
    outbox.put(b"{}", 6)
    frames(outbox)
    outbox.rewind()
    assert not outbox.withdraw(6)


def test_another_session_counts_from_one_and_what_was_no_request_is_counted():
    outbox = Outbox(10, 100)
    for request in (None, 1, None):
        outbox.put(b"{a}", request)
    outbox.next_frame(numbered=True, ack=0)
    assert outbox.restart() == 2
    outbox.put(b"{a}")
    assert frames(outbox) == [b'{a,"seq":1,"ack":7}']
