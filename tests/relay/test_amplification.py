"""What strangers can make the relay send to others: how many times the bytes that they have to send themselves.

Counted are whole packets, with the headers of IP and UDP, and beside them payloads alone, as some do.
"""

import pytest

from relay import DropReason, PasswordOffer, Settings
from relay.amplification import MOST, challenge_factor
from relay.outputs import SendToClient
from stunwire import Address, ErrorCode, Message, Method, RequestedTransport, Software, decode

HOMES = {
    4: (Address("198.51.99.1", 3478), Address("203.0.113.9", 40000), 28),
    6: (Address("2a00::1", 3478), Address("2a00::9", 40000), 48),
}
MOST_BINDING, MOST_REFUSAL = 1.6, 2.6
REQUESTS = (
    Method.ALLOCATE,
    Method.REFRESH,
    Method.CREATE_PERMISSION,
    Method.CHANNEL_BIND,
)


LONGEST_REALM = 20
"""So many letters a realm may have for a challenge to stay within its bound whatever is asked."""


@pytest.fixture(params=[4, 6])
def home(request, make_world):
    """A relay with a realm as long as can be; the smallest packets of a stranger."""
    server, client, header = HOMES[request.param]

    def ask(data: bytes) -> tuple[float, float, bytes]:
        world = make_world(listen=(server,), realm="r" * LONGEST_REALM)
        outputs = world.receive(data, client, server)
        (sent,) = (one for one in outputs if isinstance(one, SendToClient))
        assert sent.five_tuple.client == client
        packets = (len(sent.data) + header) / (len(data) + header)
        return packets, len(sent.data) / len(data), sent.data

    return ask


def test_a_binding_answer_is_little_more_than_its_request(home):
    packets, payloads, answer = home(Message.request(Method.BINDING, b"t" * 12).encode())
    assert packets <= 1.36
    assert payloads == {32: MOST_BINDING, 44: 2.2}[len(answer)]
    assert packets <= MOST_BINDING


@pytest.mark.parametrize("method", REQUESTS)
def test_a_challenge_to_the_smallest_request_is_within_its_bound(home, method):
    packets, _, answer = home(Message.request(method, b"t" * 12).encode())
    assert decode(answer).get(ErrorCode).code == 401
    assert packets <= MOST_REFUSAL


def test_a_challenge_to_an_allocate_as_clients_send_it_is_within_twice_and_a_quarter(home):
    request = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17))
    assert home(request.encode())[0] <= 2.25


def test_what_is_longer_is_answered_with_no_more(home):
    long = Message.request(Method.ALLOCATE, b"t" * 12, Software("x" * 500)).encode()
    assert home(long)[0] < 0.3


@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\1\0\0", bytes(20), b"\x40\0\xff\xff", b"\x01\x01" + bytes(18)]
)
def test_what_is_no_request_gets_nothing(world, data):
    outputs = world.receive(data, Address("203.0.113.9", 40000))
    assert not any(isinstance(one, SendToClient) for one in outputs)
    assert sum(world.relay.counters().drops.values()) == 1
    assert DropReason.RATE_LIMITED not in world.relay.counters().drops


@pytest.mark.parametrize("offer", PasswordOffer)
@pytest.mark.parametrize("letters", [1, 20, 21, 44, 45, 120])
def test_what_is_said_of_a_realm_is_what_its_challenge_is(make_world, letters, offer):
    server, client, header = HOMES[4]
    world = make_world(listen=(server,), realm="r" * letters, password_algorithms=offer)
    data = Message.request(Method.ALLOCATE, b"t" * 12).encode()
    (sent,) = world.receive(data, client, server)
    factor = challenge_factor(world.settings)
    assert factor == (len(sent.data) + header) / (len(data) + header)
    longest = {PasswordOffer.MD5_AND_SHA256: 20, PasswordOffer.MD5: 44}[offer]
    assert (factor <= MOST) == (letters <= longest)


def test_who_challenges_nobody_amplifies_nothing():
    assert challenge_factor(Settings(listen=(HOMES[4][0],))) == 1.0
