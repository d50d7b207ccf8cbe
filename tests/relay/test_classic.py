"""Old clients, without a cookie, are answered by a discovery server and by no other."""

import pytest

from relay import classic
from relay.counters import DropReason
from relay.discovery import Quartet
from relay.fivetuple import FiveTuple, Transport
from relay.outputs import SendToClient
from stunwire import Address, ErrorCode, MappedAddress, UnknownAttribute, decode

QUARTET = Quartet(Address("198.51.99.1", 3478), Address("198.51.99.2", 3479))
CLIENT = Address("203.0.113.9", 40000)
ID = b"sixteen bytes !!"
REQUEST = b"\0\1\0\0" + ID
CHANGE_BOTH = b"\0\3\0\4\0\0\0\6"
RESPONSE_ADDRESS = b"\0\2\0\x08\0\1\x1f\x90\xc0\0\2\1"


@pytest.fixture
def discovery(make_world):
    return make_world(listen=QUARTET.members, quartet=QUARTET)


def _modern(answer: bytes):
    return decode(answer[:4] + b"\x21\x12\xa4\x42" + answer[8:])


def _address(message, kind: int) -> Address:
    return next(
        MappedAddress.decode(a.value).address
        for a in message.attributes
        if isinstance(a, UnknownAttribute) and a.type == kind
    )


def test_the_answer_has_the_sixteen_bytes_of_the_request_and_the_old_attributes(discovery):
    (output,) = discovery.receive(REQUEST, CLIENT, QUARTET.primary)
    assert output.data[4:20] == ID
    answer = _modern(output.data)
    assert answer.get(MappedAddress).address == CLIENT
    assert _address(answer, classic.SOURCE_ADDRESS) == QUARTET.primary
    assert _address(answer, classic.CHANGED_ADDRESS) == QUARTET.alternate
    assert len(answer.attributes) == 3


def test_change_request_is_obeyed(discovery):
    request = b"\0\1\0\x08" + ID + CHANGE_BOTH
    (output,) = discovery.receive(request, CLIENT, QUARTET.primary)
    assert output.five_tuple.server == QUARTET.alternate
    assert _address(_modern(output.data), classic.SOURCE_ADDRESS) == QUARTET.alternate


def test_nobody_is_answered_in_anothers_place(discovery):
    request = b"\0\1\0\x0c" + ID + RESPONSE_ADDRESS
    (output, *_) = discovery.receive(request, CLIENT, QUARTET.primary)
    assert output.five_tuple.client == CLIENT
    assert output.data[4:20] == ID
    assert _modern(output.data).get(ErrorCode).code == 420


@pytest.mark.parametrize("data", [REQUEST[:19], REQUEST + b"x", b"\0\1\0\4" + ID + b"\0\3\0\4"])
def test_what_is_malformed_is_dropped_and_counted(discovery, data):
    assert discovery.receive(data, CLIENT, QUARTET.primary) == []
    assert discovery.relay.counters().drops == {DropReason.MALFORMED: 1}


def test_any_other_relay_drops_messages_without_a_cookie(world):
    (news,) = world.receive(REQUEST, CLIENT)
    assert news.reason is DropReason.MALFORMED


@pytest.mark.parametrize("transport", Transport)
def test_classic_stun_is_for_udp_alone(discovery, transport):
    """RFC 7350 §3: over DTLS it must not be used; RFC 3489 knew nothing but UDP."""
    five_tuple = FiveTuple(CLIENT, QUARTET.primary, transport)
    outputs = discovery.receive_frame(REQUEST, five_tuple)
    answers = [output for output in outputs if isinstance(output, SendToClient)]
    assert len(answers) == (transport is Transport.UDP)
