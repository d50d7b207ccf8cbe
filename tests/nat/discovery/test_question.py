"""Questions are written as RFC 5780 has them, and answers are read whatever they contain."""

import pytest

from nat.discovery.question import CHANGED_ADDRESS, INSISTENT, STEADY, Question, read_answer
from nat.discovery.transactions import Answer, Purpose
from stunwire import (
    Address,
    ChangeRequest,
    MappedAddress,
    Message,
    OtherAddress,
    Padding,
    ResponseOrigin,
    ResponsePort,
    Software,
    UnknownAttribute,
    UnknownAttributes,
    XorMappedAddress,
    decode,
)

from .scripted import OTHER, SERVER

ID = b"i" * 12
MINE = Address("203.0.113.1", 4000)
REQUEST = Message.request(1, ID)


def _sent(**wishes: int | bool) -> Message:
    return decode(Question(Purpose.FILTERING_II, "a", SERVER, **wishes).encode(ID))


@pytest.mark.parametrize(("ip", "port"), [(True, True), (False, True), (True, False)])
def test_flags_are_sent(ip: bool, port: bool) -> None:
    sent = _sent(change_ip=ip, change_port=port).get(ChangeRequest)
    assert sent == ChangeRequest(change_ip=ip, change_port=port)


def test_without_flags_nothing_is_sent_that_must_be_understood() -> None:
    assert _sent().attributes == ()


def test_padding_and_response_port_are_sent() -> None:
    assert _sent(padding=1600).get(Padding) == Padding(bytes(1600))
    assert _sent(response_port=4000).get(ResponsePort) == ResponsePort(4000)


def _read(message: Message) -> Answer:
    return read_answer(decode(message.encode()), at=1.5, socket=3, source=OTHER, size=88)


def test_all_that_an_answer_says_is_read() -> None:
    answer = _read(
        REQUEST.success(
            MappedAddress(OTHER),
            XorMappedAddress(MINE),
            ResponseOrigin(SERVER),
            OtherAddress(OTHER),
            Padding(bytes(8)),
            Software("x" * 400),
        )
    )
    assert answer == Answer(
        at=1.5,
        socket=3,
        source=OTHER,
        mapped=OTHER,
        xor_mapped=MINE,
        origin=SERVER,
        other=OTHER,
        padding=8,
        size=88,
        software="x" * 128,
    )


def test_the_other_address_of_rfc_3489_is_one() -> None:
    old = UnknownAttribute(CHANGED_ADDRESS, MappedAddress(OTHER).encode())
    assert _read(REQUEST.success(old)).other == OTHER
    assert _read(REQUEST.success(UnknownAttribute(CHANGED_ADDRESS, b"??"))).other is None


def test_a_refusal_keeps_its_code() -> None:
    answer = _read(REQUEST.error(420, UnknownAttributes((0x0003,))))
    assert (answer.error, answer.unknown) == (420, (0x0003,))
    bare = Message(REQUEST.method, REQUEST.error(400).cls, ID)
    assert _read(bare).error == 0


def test_retransmission_begins_no_faster_than_rfc_8489_wishes_and_ends_within_five_seconds() -> (
    None
):
    for schedule in (STEADY, INSISTENT):
        steps = [b - a for a, b in zip(schedule.offsets, schedule.offsets[1:], strict=False)]
        assert min(steps) >= 0.49
        assert schedule.offsets[-1] + schedule.patience < 5
