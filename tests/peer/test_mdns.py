"""Names under `.local`, asked for and answered, without a network."""

import itertools

import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.mdns import GIVEN_UP_AFTER, MdnsResponder, Multicast, Resolved

NAME = "1f4712db-ea17-4bcf-a596-105139dfd8bf.local"


def question(name: str = NAME) -> bytes:
    (asked,) = MdnsResponder().ask(name, 0.0)
    assert isinstance(asked, Multicast)
    return asked.data


def answer(host: str, name: str = NAME) -> bytes:
    responder = MdnsResponder()
    responder.publish(name, host)
    (told,) = responder.receive_datagram(question(name), 0.0)
    assert isinstance(told, Multicast)
    return told.data


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_name_is_resolved_whatever_the_family(host: str) -> None:
    asker = MdnsResponder()
    assert len(asker.ask(NAME.upper(), 0.0)) == 1
    assert asker.ask(NAME, 0.1) == []
    assert asker.receive_datagram(answer(host), 0.2) == [Resolved(NAME, host)]
    assert asker.next_deadline() is None


def test_one_question_asks_for_both_families_as_the_rfc_has_it() -> None:
    """RFC 6762 §18: id and flags are 0."""
    asked = dns.message.from_wire(question())
    assert (asked.id, asked.flags) == (0, 0)
    assert [one.rdtype.name for one in asked.question] == ["A", "AAAA"]


def test_silence_is_asked_into_thrice_and_then_told() -> None:
    asker = MdnsResponder()
    told = asker.ask(NAME, 0.0)
    while (deadline := asker.next_deadline()) is not None:
        told += asker.handle_timer(deadline)
        assert deadline <= GIVEN_UP_AFTER
    assert [type(one) for one in told] == [Multicast, Multicast, Multicast, Resolved]
    assert told[-1] == Resolved(NAME, None)


def test_a_name_is_answered_for_once_a_second_and_not_after_it_was_withdrawn() -> None:
    responder = MdnsResponder()
    responder.publish(NAME, "192.0.2.1")
    told = [len(responder.receive_datagram(question(), at)) for at in (0.0, 0.5, 1.0)]
    assert told == [1, 0, 1]
    responder.withdraw(NAME)
    assert responder.receive_datagram(question(), 5.0) == []


def test_a_name_of_our_own_is_known_without_asking() -> None:
    responder = MdnsResponder()
    responder.publish(NAME, "fe80::1%2")
    assert responder.ask(NAME, 0.0) == [Resolved(NAME, "fe80::1")]


def test_answers_to_what_nobody_asked_are_passed_over() -> None:
    asker = MdnsResponder()
    assert asker.receive_datagram(answer("192.0.2.1"), 0.0) == []
    asker.ask(NAME, 0.0)
    other = answer("192.0.2.1", NAME.replace("1f", "2f"))
    assert asker.receive_datagram(other, 0.0) == []


def test_questions_are_bounded() -> None:
    asker = MdnsResponder()
    told = [asker.ask(f"{number}.local", 0.0)[0] for number in range(300)]
    assert sum(isinstance(one, Resolved) for one in told) == 300 - 256


@given(st.binary(max_size=100))
def test_any_bytes_are_a_message_or_nothing(data: bytes) -> None:
    responder = MdnsResponder()
    responder.publish(NAME, "192.0.2.1")
    responder.ask("other.local", 0.0)
    responder.receive_datagram(data, 0.0)


@given(st.integers(0, 65), st.integers(0, 255), st.booleans())
def test_a_flipped_byte_harms_nothing(at: int, value: int, is_answer: bool) -> None:
    data = bytearray(answer("2001:db8::1") if is_answer else question())
    data[at % len(data)] = value
    responder = MdnsResponder()
    responder.publish(NAME, "192.0.2.1")
    responder.ask("other.local", 0.0)
    for message in itertools.repeat(bytes(data), 2):
        responder.receive_datagram(message, 0.0)
