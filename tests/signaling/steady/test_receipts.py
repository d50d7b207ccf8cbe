"""How far the server's messages have come in."""

from signaling.steady.receipts import Receipt, Receipts


def test_a_number_is_taken_once_in_order_and_a_hole_is_seen():
    receipts = Receipts()
    numbers = [1, 2, 2, 1, None, 4, 3]
    seen = [receipts.take(number, 0.0) for number in numbers]
    assert [each.value for each in seen] == [
        "fresh", "fresh", "repeated", "repeated", "fresh", "after a hole", "fresh",
    ]  # fmt: skip
    assert receipts.last == 3


def test_an_acknowledgement_is_due_after_sixteen_messages_or_five_seconds():
    receipts = Receipts()
    assert receipts.next_deadline is None
    for number in range(1, 16):
        receipts.take(number, 100.0)
    assert not receipts.is_due(104.9)
    assert receipts.is_due(105.0)
    assert receipts.next_deadline == 105.0
    receipts.take(16, 101.0)
    assert receipts.is_due(101.0)
    receipts.said()
    assert not receipts.is_due(1000.0)


def test_another_session_counts_from_one():
    receipts = Receipts()
    receipts.take(1, 0.0)
    receipts.doubt()
    assert receipts.last > 2**52
    receipts.restart()
    assert receipts.take(1, 0.0) is Receipt.FRESH
