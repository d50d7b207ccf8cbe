"""All DTLS clients of one listener, without its socket: strangers, forgers, restarts, bounds and time."""

import gc
import sys
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from relay import DropReason, HangUp
from relay.certificates import make_dtls_context
from relay.dtls import SendDatagram, SessionEnded, TakeFrames
from relay.dtlshello import COOKIE_PERIOD
from relay.fivetuple import Transport
from relay.outputs import ConnectionCut
from stunwire import Address

ALICE, BOB = Address("203.0.113.9", 40000), Address("203.0.113.10", 40000)
MANY = 20_000
QUIET = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def sent(outputs: list) -> list[bytes]:
    return [output.data for output in outputs if isinstance(output, SendDatagram)]


# clients


def test_two_clients_speak_each_for_itself(lab):
    alice, bob = lab.connect(ALICE), lab.connect(BOB)
    assert lab.tell(alice.say(b"a")) == [TakeFrames([b"a"], ALICE)]
    assert lab.tell(bob.say(b"b"), client=BOB) == [TakeFrames([b"b"], BOB)]
    bob.hear(lab.dtls.encrypt(b"to bob", BOB))
    assert (alice.heard, bob.heard) == ([], [b"to bob"])
    assert lab.counters.connections == 2
    assert lab.counters.drops == {}


def test_nothing_can_be_sent_to_who_is_not_there(lab):
    assert lab.dtls.encrypt(b"hello", ALICE) is None
    lab.half()
    assert lab.dtls.encrypt(b"hello", ALICE) is None


def test_a_goodbye_ends_the_session_and_is_answered(lab):
    alice = lab.connect()
    goodbye, *rest = lab.tell(alice.goodbye())
    assert rest == [SessionEnded(ALICE)]
    with pytest.raises(SSL.ZeroReturnError):
        alice.hear(goodbye.data)
    assert lab.is_empty
    assert lab.counters.hang_ups == {}


def test_when_the_relay_closes_it_says_goodbye_to_those_that_are_ready(lab):
    alice = lab.connect()
    lab.half(BOB)
    outputs = lab.dtls.end_all()
    assert [type(output) for output in outputs] == [SendDatagram, SessionEnded, SessionEnded]
    with pytest.raises(SSL.ZeroReturnError):
        alice.hear(outputs[0].data)
    assert lab.is_empty


def test_a_new_session_begins_with_the_certificate_of_that_moment(lab, own_files, make_certificate):
    lab.connect(ALICE)
    make_certificate(own_files, "renewed")
    lab.contexts.append(make_dtls_context(own_files))
    assert lab.connect(BOB).server_name() == "renewed"


# strangers


def test_a_client_hello_draws_less_than_it_has_sent_and_leaves_nothing(lab):
    (hello,) = lab.make_client().hello()
    (answer,) = lab.tell(hello)
    assert len(answer.data) < len(hello) / 4
    assert answer.client == ALICE
    assert lab.is_empty
    assert lab.asked == [ALICE]


@pytest.mark.parametrize("why", [DropReason.RATE_LIMITED, DropReason.ALL_RATE_LIMITED])
def test_a_client_hello_too_many_is_not_answered(lab, why):
    lab.excess = why
    assert lab.tell(*lab.make_client().hello()) == []
    assert lab.counters.drops == {why: 1}


def test_who_has_its_cookie_is_served_whatever_strangers_draw(lab):
    side, hello = lab.hello()
    lab.excess = DropReason.ALL_RATE_LIMITED
    assert sent(lab.tell(*hello))
    assert side


def test_a_cookie_from_another_address_or_of_long_ago_is_only_asked_for_again(lab):
    _, hello = lab.hello(ALICE)
    (asked,) = lab.tell(*hello, client=BOB)
    assert asked.data[13] == 3  # RFC 6347 §4.3.2: hello_verify_request
    lab.now += 2 * COOKIE_PERIOD
    assert len(sent(lab.tell(*hello))) == 1
    assert lab.is_empty


def test_a_cookie_in_a_first_message_is_no_way_to_begin(lab):
    _, (hello,) = lab.hello()
    assert lab.tell(hello[:17] + b"\0\0" + hello[19:]) == []
    assert lab.counters.drops == {DropReason.MALFORMED: 1}
    assert lab.is_empty


def test_a_client_hello_that_openssl_does_not_take_leaves_nothing(lab):
    """Its fragment is shorter than its record, and what stands behind it is nothing."""
    _, (hello,) = lab.hello()
    assert lab.tell(hello[:22] + b"\0\0\x6e" + hello[25:]) == [SessionEnded(ALICE)]
    assert lab.counters.drops == {DropReason.MALFORMED: 1}
    assert lab.is_empty


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"", DropReason.GARBAGE),
        (b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12), DropReason.GARBAGE),  # plain STUN
        (b"\x40\0\0\0", DropReason.GARBAGE),
        (b"\x17\xfe\xfd\0\1" + bytes(6) + b"\0\4abcd", DropReason.NO_SESSION),
        (b"\x16\xfe\xfd" + bytes(8) + b"\0\4abcd", DropReason.NO_SESSION),
        (b"\x15\xfe\xfd" + bytes(8) + b"\0\2\2\x28", DropReason.NO_SESSION),  # an alert
    ],
)
def test_what_strangers_send_besides_is_dropped_and_counted(lab, datagram, why):
    assert lab.tell(datagram) == []
    assert lab.counters.drops == {why: 1}
    assert lab.is_empty


@QUIET
@given(
    datagram=st.binary(max_size=300)
    | st.builds(lambda rest: b"\x16\xfe\xfd" + bytes(8) + rest, st.binary(max_size=300))
)
def test_whatever_bytes_come_it_is_one_small_answer_or_silence_and_no_state(make_lab, datagram):
    lab = make_lab()
    answers = sent(lab.tell(datagram))
    assert sum(map(len, answers)) <= len(datagram)
    assert len(answers) + sum(lab.counters.drops.values()) == 1
    assert lab.is_empty


@QUIET
@given(at=st.integers(0), value=st.integers(0, 255), cut=st.integers(0, 300))
def test_a_client_hello_that_was_changed_on_its_way_makes_no_state_and_no_exception(
    make_lab, at, value, cut
):
    lab = make_lab()
    (hello,) = lab.make_client().hello()
    changed = bytearray(hello[: len(hello) - cut] or hello)
    changed[at % len(changed)] = value
    assert len(sent(lab.tell(bytes(changed)))) <= 1
    assert lab.is_empty


@QUIET
@given(at=st.integers(0), value=st.integers(0, 255), more=st.binary(max_size=60))
def test_one_with_a_cookie_that_was_changed_leads_to_a_session_an_alert_or_silence(
    make_lab, at, value, more
):
    lab = make_lab()
    _, (hello,) = lab.hello()
    changed = bytearray(hello + more)
    changed[at % len(changed)] = value
    lab.tell(bytes(changed))
    assert len(lab.dtls) == lab.counters.connections <= 1
    lab.pass_time(60)
    assert lab.is_empty


def test_a_flood_of_spoofed_client_hellos_leaves_memory_flat(lab):
    (hello,) = lab.make_client().hello()
    numbers = count(1)

    def flood(packets: int) -> None:
        for n, _ in zip(numbers, range(packets), strict=False):
            host = f"{n % 200 + 1}.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
            lab.now += 0.0001
            (answer,) = lab.dtls.receive_datagram(hello, Address(host, 1024 + n % 64000), lab.now)
            assert len(answer.data) < len(hello)
        lab.asked.clear()
        gc.collect()

    flood(500)
    before = sys.getallocatedblocks()
    flood(MANY)
    assert sys.getallocatedblocks() - before < MANY // 100
    assert lab.is_empty


# forgers and restarts


def test_records_that_do_not_decrypt_are_dropped_counted_and_harmless(lab):
    alice = lab.connect()
    record = alice.say(b"hello")
    forged = record[:-1] + bytes((record[-1] ^ 1,))
    alert = b"\x15\xfe\xfd" + bytes(8) + b"\0\2\2\x28"
    assert lab.tell(forged, alert, b"\x17") == []
    assert lab.tell(record) == [TakeFrames([b"hello"], ALICE)]
    assert lab.tell(record) == []  # it came before
    assert lab.counters.drops == {DropReason.NOT_DECRYPTED: 4}
    assert lab.tell(b"\0\1") == []
    assert lab.counters.drops[DropReason.GARBAGE] == 1


def test_a_forged_client_hello_does_not_end_a_session(lab):
    """RFC 6347 §4.2.8: not before the client has demonstrated reachability."""
    alice = lab.connect()
    outputs = lab.tell(*lab.make_client().hello())
    assert [type(output) for output in outputs] == [SendDatagram]
    lie = lab.make_client()
    (asked,) = lab.tell(*lie.hello())
    (second,) = lie.hear(asked.data)
    at = second.index(asked.data[-16:])
    outputs = lab.tell(second[:at] + bytes(16) + second[at + 16 :])
    assert [type(output) for output in outputs] == [SendDatagram]
    assert lab.tell(alice.say(b"still here")) == [TakeFrames([b"still here"], ALICE)]
    assert len(lab.dtls) == 1


def test_a_client_that_begins_anew_ends_its_old_session_with_its_cookie(lab):
    old = lab.connect()
    new, hello = lab.hello()
    goodbye, ended, *flight = lab.tell(*hello)
    assert ended == SessionEnded(ALICE)
    with pytest.raises(SSL.ZeroReturnError):
        old.hear(goodbye.data)
    new.hear(*sent(lab.tell(*new.hear(*sent(flight)))))
    assert lab.tell(new.say(b"again")) == [TakeFrames([b"again"], ALICE)]
    assert len(lab.dtls) == lab.counters.connections == 1


def test_a_client_hello_that_comes_twice_goes_on_with_its_handshake(lab):
    _, hello = lab.hello()
    assert sent(lab.tell(*hello))
    assert lab.tell(*hello) == []
    assert (len(lab.dtls), lab.counters.drops) == (1, {})


# bounds


def test_handshakes_that_are_not_finished_are_bounded_in_total_and_there_is_room_again(make_lab):
    lab = make_lab(handshakes=2)
    hosts = [Address(f"192.0.2.{n}", 1) for n in range(1, 5)]
    lab.connect(hosts[0])
    for host in hosts[1:3]:
        assert sent(lab.half(host))
    refused = ConnectionCut(hosts[3], Transport.DTLS, HangUp.TOO_MANY, "handshakes")
    assert lab.half(hosts[3]) == [refused]
    assert lab.counters.hang_ups == {HangUp.TOO_MANY: 1}
    assert len(lab.dtls) == 3
    lab.pass_time(10)
    assert sent(lab.half(hosts[3]))


def test_handshakes_of_one_source_do_not_take_from_another(make_lab):
    lab = make_lab(handshakes_per_source=1)
    assert sent(lab.half(ALICE))
    (cut,) = lab.half(Address(ALICE.host, 40001))
    assert (cut.why, cut.detail) == (HangUp.TOO_MANY_OF_SOURCE, "handshakes")
    assert sent(lab.half(BOB))


def test_one_source_begins_no_handshake_after_the_other_without_end(lab):
    """An alert ends a handshake, and a cookie is good for more than one: each costs a signature."""
    _, hello = lab.hello()
    alert = b"\x15\xfe\xfd" + bytes(7) + b"\5\0\2\2\x30"

    def begun(times: int) -> int:
        return sum(bool(sent(lab.tell(*hello, alert))) for _ in range(times))

    assert begun(100) == 64
    lab.now += 1.0
    assert begun(100) == 6
    assert lab.counters.hang_ups[HangUp.TOO_MANY_OF_SOURCE] == 130
    assert lab.is_empty
    assert sent(lab.half(BOB))


def test_sessions_are_bounded_in_total_and_of_one_source(make_lab):
    lab = make_lab(sessions=2, sessions_per_source=1)
    lab.connect(ALICE)
    (cut,) = lab.half(Address(ALICE.host, 40001))
    assert (cut.why, cut.detail) == (HangUp.TOO_MANY_OF_SOURCE, "sessions")
    bob = lab.connect(BOB)
    (cut,) = lab.half(Address("192.0.2.7", 1))
    assert (cut.why, cut.detail) == (HangUp.TOO_MANY, "sessions")
    lab.tell(bob.goodbye(), client=BOB)
    lab.connect(Address("192.0.2.7", 1))


def test_who_begins_anew_needs_no_more_room_than_it_has(make_lab):
    lab = make_lab(sessions=1, handshakes=1)
    lab.half()
    lab.connect()
    lab.connect()
    assert len(lab.dtls) == 1


# time


def test_a_handshake_is_repeated_and_ends_in_silence_after_ten_seconds(lab):
    flight = sent(lab.half())
    outputs = lab.pass_time(9.9)
    assert len(sent(outputs)) == 3 * len(flight)
    outputs = lab.pass_time(0.1)
    cut = ConnectionCut(ALICE, Transport.DTLS, HangUp.NO_HANDSHAKE)
    assert outputs == [SessionEnded(ALICE), cut]
    assert lab.is_empty


def test_an_idle_client_is_told_goodbye_after_a_minute(lab):
    alice = lab.connect()
    lab.pass_time(30)
    lab.tell(alice.say(b"hello"))
    assert lab.pass_time(59.9) == []
    goodbye, *rest = lab.pass_time(0.1)
    assert rest == [SessionEnded(ALICE), ConnectionCut(ALICE, Transport.DTLS, HangUp.IDLE)]
    with pytest.raises(SSL.ZeroReturnError):
        alice.hear(goodbye.data)
    assert lab.is_empty


def test_a_client_with_an_allocation_may_be_silent_as_long_as_it_has_it(lab):
    lab.connect()
    lab.holders.add(ALICE)
    assert lab.pass_time(3600) == []
    lab.holders.clear()
    assert SessionEnded(ALICE) in lab.pass_time(120)


def test_a_client_that_does_not_like_the_certificate_ends_its_handshake(lab):
    alice, pending = lab.hello()
    lab.tell(*pending)
    outputs = lab.tell(b"\x15\xfe\xfd" + bytes(7) + b"\5\0\2\2\x30")  # RFC 5246 §7.2: unknown_ca
    assert outputs[0] == SessionEnded(ALICE)
    assert (outputs[1].why, lab.is_empty) == (HangUp.NOT_TLS, True)
    assert alice
