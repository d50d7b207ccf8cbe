"""One DTLS session without a socket: lost flights, goodbyes, and any bytes at all."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from relay import DtlsLimits
from relay.certificates import make_dtls_context
from relay.dtlshello import Cookies, hello_verify_request, read_client_hello
from relay.dtlssession import (
    BYTES_OF_HANDSHAKE,
    LARGEST_DATAGRAM,
    NOTHING,
    RECORDS_OF_HANDSHAKE,
    DtlsSession,
    Stage,
    cut_records,
)
from stunwire import Address

CLIENT = Address("203.0.113.9", 40000)
LIMITS = DtlsLimits()
QUIET = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def context(certificate) -> SSL.Context:
    return make_dtls_context(certificate)


class Pair:
    """A client that has proven its cookie, and the session that its second ClientHello begins."""

    def __init__(self, client, context, limits: DtlsLimits = LIMITS) -> None:
        self.client, self.now = client, 100.0
        self.session = DtlsSession(context, limits, self.now)
        first, *_ = client.hello()
        hello = read_client_hello(first)
        cookie = Cookies(b"key").make(hello, CLIENT, self.now)
        self.hello = client.hear(hello_verify_request(hello, cookie))

    def begin(self) -> list[bytes]:
        """Give the ClientHello to the session; return its flight."""
        heard = self.session.begin(self.hello[0], self.now)
        assert heard is not None
        return heard.replies

    def tell(self, *datagrams: bytes) -> list[bytes]:
        """Give datagrams to the session; return what it says."""
        replies = []
        for datagram in datagrams:
            replies += self.session.receive_datagram(datagram, self.now).replies
        return replies

    def shake_hands(self) -> "Pair":
        self.client.hear(*self.tell(*self.client.hear(*self.begin())))
        assert self.client.is_ready
        assert self.session.stage is Stage.OPEN
        return self


def messages(datagrams: list[bytes]) -> list[bytes]:
    """What records hold, whatever their numbers."""
    return [record[13:] for one in datagrams for record in cut_records(one)]


@pytest.fixture
def pair(make_dtls_client, context) -> Pair:
    return Pair(make_dtls_client(), context)


def test_what_one_side_says_the_other_hears_one_frame_a_record(pair):
    pair.shake_hands()
    records = [pair.client.say(frame) for frame in (b"one", b"two", b"three")]
    heard = pair.session.receive_datagram(b"".join(records), pair.now)
    assert heard.frames == [b"one", b"two", b"three"]
    pair.client.hear(pair.session.encrypt(b"four"), pair.session.encrypt(memoryview(b"five")))
    assert pair.client.heard == [b"four", b"five"]


def test_the_flight_comes_in_datagrams_that_fit_everywhere(pair):
    flight = pair.begin()
    assert all(len(one) <= LARGEST_DATAGRAM for one in flight)
    assert all(len(b"".join(cut_records(one))) == len(one) for one in flight)
    assert sum(len(list(cut_records(one))) for one in flight) > len(
        flight
    )  # records travel together


def test_a_client_hello_in_fragments_begins_a_session(make_dtls_client, context):
    pair = Pair(make_dtls_client(mtu=300, alpn=(b"x" * 200,) * 5 + (b"stun.turn",)), context)
    first, *others = pair.hello
    assert pair.begin() == []
    assert first
    flight = pair.tell(*others)
    pair.client.hear(*pair.tell(*pair.client.hear(*flight)))
    assert pair.session.stage is Stage.OPEN
    assert pair.client.tls.get_alpn_proto_negotiated() == b"stun.turn"


def test_a_flight_goes_out_again_after_one_two_and_four_seconds(pair):
    flight = pair.begin()
    times, numbers = [], []
    while not pair.session.is_late(pair.session.next_deadline()):
        pair.now = pair.session.next_deadline()
        again = pair.session.handle_timer(pair.now, in_use=False)
        assert messages(again) == messages(flight)
        numbers += (record[3:11] for one in again for record in cut_records(one))
        times.append(pair.now)
    assert times == [101.0, 103.0, 107.0]
    assert len(set(numbers)) == len(numbers)  # RFC 6347 §4.2.4: no number twice
    assert pair.session.next_deadline() == 110.0
    assert pair.session.is_late(110.0)


def test_a_flight_that_is_sent_again_is_understood_by_a_client_that_has_heard_half_of_it(
    make_dtls_client, context
):
    pair = Pair(make_dtls_client(), context)
    records = [record for one in pair.begin() for record in cut_records(one)]
    assert pair.client.hear(*records[::2]) == []
    again = pair.session.handle_timer(pair.session.next_deadline(), in_use=False)
    pair.client.hear(*pair.tell(*pair.client.hear(*again)))
    assert pair.client.is_ready


def one_later(record: bytes) -> bytes:
    """Give a record the number that it has when its client has sent one more before."""
    plain = record[3:5] == b"\0\0"
    return record[:10] + bytes((record[10] + 1,)) + record[11:] if plain else record


def test_a_client_that_had_to_ask_twice_for_its_cookie_understands_the_flight(
    make_dtls_client, context
):
    """RFC 6347 §4.2.1: each answer to a ClientHello has its number, so that none comes twice."""
    pair = Pair(make_dtls_client(), context)
    first, *_ = make_dtls_client().hello()
    asked_again = hello_verify_request(read_client_hello(one_later(first)), bytes(16))
    assert pair.client.hear(asked_again) == []
    pair.hello = [one_later(one) for one in pair.hello]
    flight = pair.begin()
    assert flight[0][5:11] == bytes(5) + b"\2"
    answer = [one_later(one) for one in pair.client.hear(*flight)]
    pair.client.hear(*pair.tell(*answer))
    assert pair.client.is_ready


def test_after_the_handshake_nothing_is_sent_again_by_itself(pair):
    pair.shake_hands()
    assert pair.session.next_deadline() == pair.now + LIMITS.idle
    assert pair.session.handle_timer(pair.now + 1, in_use=False) == []


def test_the_time_of_an_open_session_begins_anew_with_each_frame_and_with_nothing_else(pair):
    pair.shake_hands()
    pair.now += 10
    pair.tell(pair.client.say(b"hello"))
    assert pair.session.next_deadline() == 110 + LIMITS.idle
    pair.now += 10
    pair.tell(b"\x17\xfe\xfd\0\1\0\0\0\0\1\1\0\x20" + bytes(32))
    assert pair.session.next_deadline() == 110 + LIMITS.idle


def test_a_client_with_an_allocation_may_be_silent(pair):
    pair.shake_hands()
    end = pair.session.next_deadline()
    pair.session.handle_timer(end, in_use=True)
    assert not pair.session.is_late(end)
    assert pair.session.next_deadline() == end + LIMITS.idle


def test_an_allocation_gives_a_handshake_no_time(pair):
    pair.begin()
    pair.session.handle_timer(200.0, in_use=True)
    assert pair.session.is_late(200.0)


def test_a_goodbye_is_heard_and_answered(pair):
    pair.shake_hands()
    heard = pair.session.receive_datagram(
        pair.client.say(b"last words") + pair.client.goodbye(), pair.now
    )
    assert (heard.frames, heard.ended, heard.problem) == ([b"last words"], True, None)
    assert len(heard.replies) == 1
    with pytest.raises(SSL.ZeroReturnError):
        pair.client.hear(*heard.replies)
    assert pair.session.encrypt(b"more") is None
    assert pair.session.receive_datagram(b"\x16", pair.now) == NOTHING


def test_a_session_that_is_ended_says_so(pair):
    pair.shake_hands()
    (last,) = pair.session.end()
    with pytest.raises(SSL.ZeroReturnError):
        pair.client.hear(last)
    assert pair.session.end() == []


def test_a_handshake_that_is_ended_says_nothing(pair):
    pair.begin()
    assert pair.session.end() == []


def test_nothing_can_be_sent_before_the_handshake_is_done(pair):
    pair.begin()
    assert pair.session.encrypt(b"early") is None


def test_a_frame_that_no_record_holds_is_not_sent_and_harms_nothing(pair):
    pair.shake_hands()
    assert pair.session.encrypt(bytes(16385)) is None
    pair.client.hear(pair.session.encrypt(bytes(16384)))
    assert pair.client.heard == [bytes(16384)]


def test_dtls_1_0_is_refused_with_an_alert(make_dtls_client, context):
    client = make_dtls_client()
    old = SSL.Context(SSL.DTLS_CLIENT_METHOD)
    old.set_cipher_list(b"ALL:@SECLEVEL=0")
    old.set_min_proto_version(0xFEFF)
    old.set_max_proto_version(0xFEFF)
    client.tls = SSL.Connection(old, None)
    client.tls.set_connect_state()
    pair = Pair(client, context)
    heard = pair.session.begin(pair.hello[0], pair.now)
    assert heard.ended
    assert "protocol" in heard.problem
    assert heard.replies[0][0] == 0x15  # RFC 5246 §7.2: an alert


@pytest.mark.parametrize(
    ("records", "size", "goes_on"),
    [
        (RECORDS_OF_HANDSHAKE // 2, 32, True),
        (RECORDS_OF_HANDSHAKE + 1, 32, False),
        (4, BYTES_OF_HANDSHAKE // 4, False),
    ],
)
def test_a_client_can_say_only_so_much_before_its_handshake_is_done(pair, records, size, goes_on):
    """What seems to be encrypted already is kept by OpenSSL until it can be read."""
    flight = pair.begin()
    for number in range(records):
        early = b"\x17\xfe\xfd\0\1" + number.to_bytes(6, "big") + size.to_bytes(2, "big")
        pair.tell(early + bytes(size))
    answer = pair.tell(*pair.client.hear(*flight))
    assert bool(answer) == goes_on
    assert (pair.session.stage is Stage.OPEN) == goes_on


@QUIET
@given(chunks=st.lists(st.binary(max_size=200), max_size=8))
def test_whatever_bytes_come_an_open_session_goes_on(make_dtls_client, context, chunks):
    pair = Pair(make_dtls_client(), context).shake_hands()
    for chunk in chunks:
        assert pair.session.receive_datagram(chunk, pair.now) == NOTHING
    assert pair.session.receive_datagram(pair.client.say(b"hello"), pair.now).frames == [b"hello"]


@QUIET
@given(at=st.integers(0), bit=st.integers(0, 7), more=st.binary(max_size=20))
def test_a_record_that_was_changed_on_its_way_is_dropped_and_the_next_is_heard(
    make_dtls_client, context, at, bit, more
):
    pair = Pair(make_dtls_client(), context).shake_hands()
    wire = bytearray(pair.client.say(b"hello"))
    place = 3 + at % (
        len(wire) - 3
    )  # what stands before is the type and version, which a peer may say
    wire[place] ^= 1 << bit
    assert pair.session.receive_datagram(bytes(wire) + more, pair.now).frames == []
    heard = pair.session.receive_datagram(pair.client.say(b"again"), pair.now)
    assert heard.frames == [b"again"]


@QUIET
@given(chunks=st.lists(st.binary(max_size=200), max_size=8))
def test_whatever_bytes_come_in_a_handshake_it_goes_on_or_ends_without_an_exception(
    make_dtls_client, context, chunks
):
    pair = Pair(make_dtls_client(), context)
    pair.begin()
    for chunk in chunks:
        heard = pair.session.receive_datagram(b"\x16\xfe\xfd" + bytes(8) + chunk, pair.now)
        assert heard.frames == []
        assert heard.ended == (pair.session.stage is Stage.ENDED)


def test_with_every_third_record_of_it_lost_a_flight_arrives_in_the_end(make_dtls_client, context):
    for seed in range(20):
        chance = random.Random(seed)
        pair = Pair(make_dtls_client(), context, DtlsLimits(handshake=60.0))
        flight, answer = pair.begin(), []
        while not answer:
            records = [record for one in flight for record in cut_records(one)]
            answer = pair.client.hear(*(one for one in records if chance.random() > 0.33))
            if not answer:
                pair.now = pair.session.next_deadline()
                assert not pair.session.is_late(pair.now), f"seed {seed}"
                flight = pair.session.handle_timer(pair.now, in_use=False)
        pair.client.hear(*pair.tell(*answer))
        assert pair.client.is_ready
