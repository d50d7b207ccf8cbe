"""Tests of `nat.simulator.dtls`: retransmission of DTLS handshakes in virtual time."""

import asyncio
import contextlib
import time

import OpenSSL.SSL
import pytest

from nat.simulator import Simulation
from nat.simulator.dtls import MAX_TIMEOUT, Flight

HELLO, KEYS, DONE = (bytes([22]) + text for text in (b"hello", b"keys", b"done"))


def test_a_flight_is_repeated_when_its_time_has_come_and_later_each_time():
    flight = Flight()
    flight.note_sent(HELLO, now_ns=0)
    flight.note_sent(KEYS, now_ns=0)
    assert not flight.ring(999_999_999)
    assert flight.ring(1_000_000_000)
    assert list(flight.again) == [HELLO, KEYS]
    assert flight.due_ns == 3_000_000_000
    for _ in range(10):
        flight.ring(now := flight.due_ns)
    assert flight.due_ns - now == MAX_TIMEOUT * 1_000_000_000


def test_an_answer_makes_the_next_datagram_a_new_flight():
    flight = Flight()
    flight.note_sent(HELLO, now_ns=0)
    flight.note_received(KEYS)
    flight.note_sent(DONE, now_ns=5)
    assert flight.sent == [DONE]
    assert flight.due_ns == 1_000_000_005


def test_what_the_other_side_repeats_is_answered_again_unless_something_new_has_come_since():
    flight = Flight()
    flight.note_received(HELLO)
    flight.note_sent(DONE, now_ns=0)
    flight.note_received(HELLO)
    assert list(flight.again) == [DONE]
    flight.note_received(KEYS)
    assert not flight.again
    flight.note_received(HELLO)
    assert not flight.again


@pytest.fixture
def pair():
    """Two ends of a DTLS connection, made in the world."""
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    certificate = x509.CertificateBuilder(
        name, name, key.public_key(), 1,
        dt.datetime(2000, 1, 1, tzinfo=dt.UTC), dt.datetime(2100, 1, 1, tzinfo=dt.UTC),
    ).sign(key, hashes.SHA256())  # fmt: skip
    context = OpenSSL.SSL.Context(OpenSSL.SSL.DTLS_METHOD)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    client, server = (OpenSSL.SSL.Connection(context) for _ in range(2))
    client.set_connect_state()
    server.set_accept_state()
    return client, server


def step(end):
    """Go on with the handshake; gives what is to be sent."""
    with contextlib.suppress(OpenSSL.SSL.WantReadError):
        end.do_handshake()
    return read(end)


def read(end):
    out = []
    try:
        while True:
            out.append(end.bio_read(1500))
    except OpenSSL.SSL.WantReadError:
        return out


def carry(datagrams, end):
    for one in datagrams:
        end.bio_write(one)
    return step(end)


async def wait(end):
    await asyncio.sleep(end.DTLSv1_get_timeout())
    assert end.DTLSv1_handle_timeout()
    return read(end)


@pytest.mark.parametrize("lost", range(4))
def test_any_flight_may_be_lost_and_no_real_time_is_spent(pair, lost):
    client, server = pair

    async def main():
        hello = step(client)
        if lost == 0:
            hello = await wait(client)
        keys = carry(hello, server)
        if lost == 1:
            keys = await wait(server)
        finished = carry(keys, client)
        if lost == 2:
            finished = await wait(client)
        done = carry(finished, server)
        assert server.DTLSv1_get_timeout() is None
        if lost == 3:
            done = carry(await wait(client), server)
        carry(done, client)
        assert client.DTLSv1_get_timeout() is None
        client.send(b"secret")
        carry(read(client), server)
        return server.recv(100), time.monotonic()

    assert Simulation().run(main()) == (b"secret", 1 if lost < 4 else 0)
