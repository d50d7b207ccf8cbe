"""ClientHello and HelloVerifyRequest: OpenSSL's own are read and answered, and any bytes at all are read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.dtlshello import (
    COOKIE_PERIOD,
    COOKIE_SIZE,
    ClientHello,
    Cookies,
    hello_verify_request,
    is_plain_handshake,
    read_client_hello,
)
from stunwire import Address

CLIENT = Address("203.0.113.9", 40000)
RANDOM = bytes(range(32))
COOKIES = Cookies(b"k" * 32)


def make_hello(
    *,
    message_sequence: int = 0,
    session_id: bytes = b"",
    cookie: bytes = b"",
    rest: bytes = b"\0\2\xc0\x2b\1\0",
    offset: int = 0,
    missing: int = 0,
) -> bytes:
    """Write a ClientHello by hand; `missing` bytes of it come in another fragment."""
    body = b"\xfe\xfd" + RANDOM + bytes((len(session_id),)) + session_id
    body += bytes((len(cookie),)) + cookie + rest
    whole, here = (size.to_bytes(3, "big") for size in (len(body) + missing, len(body)))
    header = b"\1" + whole + message_sequence.to_bytes(2, "big") + offset.to_bytes(3, "big") + here
    message = header + body
    return b"\x16\xfe\xff" + bytes(6) + b"\0\7" + len(message).to_bytes(2, "big") + message


def test_openssls_client_hello_is_read_and_comes_again_with_the_cookie(make_dtls_client):
    client = make_dtls_client()
    (first,) = client.hello()
    hello = read_client_hello(first)
    assert (hello.message_sequence, hello.cookie) == (0, b"")
    cookie = COOKIES.make(hello, CLIENT, 1000.0)
    (second,) = client.hear(hello_verify_request(hello, cookie))
    again = read_client_hello(second)
    assert (again.message_sequence, again.cookie, again.random) == (1, cookie, hello.random)
    assert COOKIES.prove(again, CLIENT, 1000.0)


def test_the_first_fragment_of_a_long_one_is_enough_and_no_other_is_one(make_dtls_client):
    client = make_dtls_client(mtu=300, alpn=(b"x" * 200,) * 5)
    first, *others = client.hello()
    assert len(others) > 2
    hello = read_client_hello(first)
    assert hello.message_sequence == 0
    assert [read_client_hello(other) for other in others] == [None] * len(others)
    assert all(is_plain_handshake(other) for other in others)
    second, *_ = client.hear(hello_verify_request(hello, COOKIES.make(hello, CLIENT, 5.0)))
    assert COOKIES.prove(read_client_hello(second), CLIENT, 5.0)


def test_the_answer_is_44_bytes_and_the_shortest_hello_61():
    shortest = make_hello(rest=b"", missing=10)
    hello = read_client_hello(shortest)
    assert hello == ClientHello(bytes(6) + b"\0\7", 0, RANDOM, b"")
    answer = hello_verify_request(hello, COOKIES.make(hello, CLIENT, 0.0))
    assert (len(answer), len(shortest)) == (44, 61)
    assert answer[3:11] == shortest[3:11]  # RFC 6347 §4.2.1: the number of the ClientHello's record


def test_a_cookie_is_good_for_its_period_and_the_next():
    hello = read_client_hello(make_hello())
    made = replace(hello, cookie=COOKIES.make(hello, CLIENT, 1000.0))
    end = (1000.0 // COOKIE_PERIOD + 2) * COOKIE_PERIOD
    assert COOKIES.prove(made, CLIENT, 1000.0)
    assert COOKIES.prove(made, CLIENT, end - 0.01)
    assert not COOKIES.prove(made, CLIENT, end)


@pytest.mark.parametrize(
    "changed",
    [
        {"client": Address("203.0.113.9", 40001)},
        {"client": Address("203.0.113.8", 40000)},
        {"random": bytes(32)},
        {"key": b"another key"},
        {"cookie": b""},
        {"cookie": bytes(COOKIE_SIZE)},
        {"cookie": bytes(255)},
    ],
)
def test_a_cookie_is_good_for_nobody_else(changed):
    hello = read_client_hello(make_hello())
    cookie = changed.get("cookie", COOKIES.make(hello, CLIENT, 1000.0))
    shown = replace(hello, cookie=cookie, random=changed.get("random", RANDOM))
    cookies = Cookies(changed["key"]) if "key" in changed else COOKIES
    assert not cookies.prove(shown, changed.get("client", CLIENT), 1000.0)


def test_a_cookie_that_was_lengthened_is_none():
    hello = read_client_hello(make_hello())
    cookie = COOKIES.make(hello, CLIENT, 1000.0)
    assert not COOKIES.prove(replace(hello, cookie=cookie + b"x"), CLIENT, 1000.0)
    assert not COOKIES.prove(replace(hello, cookie=cookie[:-1]), CLIENT, 1000.0)


@pytest.mark.parametrize(
    "damage",
    [
        lambda hello: b"\x17" + hello[1:],  # no handshake
        lambda hello: hello[:1] + b"\x03" + hello[2:],  # TLS
        lambda hello: hello[:4] + b"\1" + hello[5:],  # of a later epoch
        lambda hello: hello[:-1],  # shorter than its record says
        lambda hello: hello[:13] + b"\2" + hello[14:],  # another message
        lambda hello: hello[:22] + b"\xff\xff\xff" + hello[25:],  # a fragment longer than the whole
        lambda hello: hello[:25] + b"\3" + hello[26:],  # a version that is none
        lambda hello: hello[:59] + b"\x21" + hello[60:],  # a session id of 33 bytes
        lambda hello: hello[:60] + b"\xff" + hello[61:],  # a cookie longer than the message
        lambda hello: hello[:13],
        lambda hello: b"",
    ],
)
def test_what_is_no_client_hello_is_none(damage):
    whole = make_hello(cookie=b"", rest=b"")
    assert read_client_hello(whole) is not None
    assert read_client_hello(damage(whole)) is None


def test_a_fragment_from_the_middle_is_none():
    assert read_client_hello(make_hello(offset=5, missing=5)) is None


@given(data=st.binary(max_size=200))
def test_whatever_bytes_come_they_are_read_or_are_none(data):
    assert read_client_hello(data) is None or len(data) >= 61


@given(
    session_id=st.binary(max_size=32),
    cookie=st.binary(max_size=255),
    number=st.integers(0, 65535),
    cut=st.integers(1, 400),
)
def test_what_was_written_is_read_and_never_half_of_it(session_id, cookie, number, cut):
    data = make_hello(session_id=session_id, cookie=cookie, message_sequence=number)
    assert read_client_hello(data) == ClientHello(bytes(6) + b"\0\7", number, RANDOM, cookie)
    assert read_client_hello(data + bytes(cut)) == read_client_hello(data)
    assert read_client_hello(data[:-cut]) is None
