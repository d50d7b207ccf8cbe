"""What is under way, lost and sent again, seen from the sender alone."""

from peer.sctp import chunks
from peer.sctp.chunks import Data, Sack
from peer.sctp.sending import RELIABLE, Reliability, Sender

ROOM = 1176


def make(window: int = 1 << 20) -> Sender:
    sender = Sender(1)
    sender.begin(window)
    return sender


def out(sender: Sender, now: float = 0.0) -> list[int]:
    """Send what may be sent; the TSNs."""
    tsns = []
    limit = sender.begin_round()
    while parts := sender.fill(ROOM, limit, now):
        read = chunks.decode(chunks.encode(1, 1, 1, parts)).chunks
        tsns += [chunk.tsn for chunk in read if isinstance(chunk, Data)]
    return tsns


def full_packets(sender: Sender, count: int, how: Reliability = RELIABLE) -> None:
    for _ in range(count):
        sender.put(1, 53, bytes(1160), how, 0.0)


def test_small_messages_share_a_packet() -> None:
    sender = make()
    for _ in range(10):
        sender.put(1, 53, b"tiny", RELIABLE, 0.0)
    assert len(sender.fill(ROOM, sender.begin_round(), 0.0)) == 10


def test_no_more_than_the_window_is_under_way_and_acknowledgements_let_more_out() -> None:
    sender = make()
    full_packets(sender, 100)
    assert out(sender) == [1, 2, 3, 4]
    assert out(sender) == []
    sender.receive_sack(Sack(2, 1 << 20, ()), 0.1)
    assert out(sender) == [5, 6, 7, 8]  # slow start


def test_the_remotes_window_is_kept_to_and_a_closed_one_is_asked_with_one_packet() -> None:
    sender = make(window=2000)
    full_packets(sender, 10)
    assert out(sender) == [1]
    sender.receive_sack(Sack(1, 0, ()), 0.1)
    assert out(sender) == [2]
    assert sender.deadline is not None
    sender.handle_timer(sender.deadline)
    assert out(sender, 2.0) == [2]
    sender.receive_sack(Sack(1, 1 << 20, ()), 2.1)
    assert out(sender, 2.1)[:2] == [2, 3], "what was dropped for lack of room comes again"


def test_what_is_reported_missing_three_times_is_sent_again_at_once_and_only_once() -> None:
    sender = make()
    full_packets(sender, 100)
    out(sender)
    for tsn in range(4):
        sender.receive_sack(Sack(tsn, 1 << 20, ()), 0.0)
        out(sender)
    last = sender.last_tsn
    for number in range(3, 6):
        sender.receive_sack(Sack(3, 1 << 20, ((2, number),)), 0.1)
        sent = out(sender, 0.1)
    assert sent[0] == 4
    for number in range(6, last - 3):
        sender.receive_sack(Sack(3, 1 << 20, ((2, number),)), 0.1)
        assert 4 not in out(sender, 0.1), "the reports are about what was sent before it"


def test_a_round_trip_is_measured_and_not_on_what_was_sent_twice() -> None:
    sender = make()
    full_packets(sender, 2)
    out(sender, 0.0)
    sender.receive_sack(Sack(1, 1 << 20, ()), 0.3)
    assert sender.rto.srtt == 0.3
    assert sender.deadline is not None
    sender.handle_timer(sender.deadline)
    out(sender, 5.0)
    sender.receive_sack(Sack(2, 1 << 20, ()), 9.0)
    assert sender.rto.srtt == 0.3
    assert sender.deadline is None
    assert sender.in_flight == 0


def test_acknowledgements_that_are_old_or_of_what_was_never_sent_are_ignored() -> None:
    sender = make()
    full_packets(sender, 4)
    out(sender)
    sender.receive_sack(Sack(3, 1 << 20, ()), 0.0)
    for tsn in (1, 2**32 - 1, 50, 2**31):
        sender.receive_sack(Sack(tsn, 0, ((1, 60_000),)), 0.0)
    assert sender.acknowledged == 3
    assert sender.in_flight == 1160


def test_gaps_beyond_what_was_sent_do_no_harm() -> None:
    sender = make()
    full_packets(sender, 4)
    out(sender)
    sender.receive_sack(Sack(0, 1 << 20, ((2, 65535), (9, 3), (0, 0))), 0.0)
    sender.receive_sack(Sack(4, 1 << 20, ()), 0.0)
    assert sender.in_flight == 0


def test_a_message_that_may_not_be_sent_again_is_skipped_with_a_forward_tsn() -> None:
    sender = make()
    sender.partially_reliable = True
    full_packets(sender, 2, Reliability(max_retransmits=0))
    out(sender)
    assert sender.deadline is not None
    sender.handle_timer(sender.deadline)
    assert sender.forward_due
    packet = chunks.encode(1, 1, 1, [sender.forward_tsn(1.0)])
    assert chunks.decode(packet).chunks == [chunks.ForwardTsn(2, ((1, 1),))]
    sender.receive_sack(Sack(2, 1 << 20, ()), 1.1)
    assert not sender.forward_due
    assert sender.deadline is None


def test_a_remote_that_does_not_know_of_giving_up_gets_everything() -> None:
    sender = make()
    full_packets(sender, 1, Reliability(max_retransmits=0, lifetime=0.1))
    out(sender)
    sender.handle_timer(10.0)
    assert out(sender, 10.0) == [1]


def test_what_has_expired_before_it_was_sent_costs_no_tsn() -> None:
    sender = make()
    sender.partially_reliable = True
    sender.put(1, 53, b"late", Reliability(lifetime=0.1), 0.0)
    sender.put(1, 53, b"good", RELIABLE, 0.0)
    assert out(sender, 1.0) == [1]
    assert sender.take_left() == {1: 8}
    assert sender.take_left() == {}
