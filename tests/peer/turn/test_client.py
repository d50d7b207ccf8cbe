"""One allocation from its Allocate to its end, against our relay's core."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peer.turn import (
    Allocated,
    Ended,
    Failed,
    PeerRefused,
    PeerUnreachable,
    Received,
    Redirected,
    TurnClient,
)
from relay import Limits, PasswordOffer, Redirect
from stunwire import (
    Address,
    Carrier,
    Class,
    ErrorCode,
    Family,
    Icmp,
    IntegrityKey,
    Lifetime,
    LongTermCredential,
    Message,
    Method,
    Nonce,
    Realm,
    XorMappedAddress,
    XorPeerAddress,
    decode,
    long_term_key,
)

PEER = Address("203.0.113.77", 7000)
PEER6 = Address("2001:db8::77", 7000)
CHECK, DATA = b"\x00\x01check", b"\x16data"
OTHER = Address("198.51.100.99", 3478)
DUAL = {"relay_address": ("198.51.100.10", "2001:db8::10")}
KEY = IntegrityKey(long_term_key("alice", "lab", "wonder"))


@pytest.mark.parametrize("carrier", Carrier)
@pytest.mark.parametrize("offer", PasswordOffer)
def test_an_allocation_takes_one_challenge(make_wire: Any, carrier: Carrier, offer: Any) -> None:
    wire = make_wire(carrier=carrier, settings={"password_algorithms": offer})
    allocated = wire.allocate()
    assert [address.host for address in allocated.relayed] == ["198.51.100.10"]
    assert allocated.mapped == Address("203.0.113.9", 40000)
    assert len(wire.requests(Method.ALLOCATE)) == 2


@pytest.mark.parametrize(
    ("families", "expected"),
    [
        ((Family.IPV4, Family.IPV6), {"198.51.100.10", "2001:db8::10"}),
        ((Family.IPV6,), {"2001:db8::10"}),
        ((Family.IPV4,), {"198.51.100.10"}),
    ],
)
def test_one_allocation_has_the_families_that_are_wanted(
    make_wire: Any, families: Any, expected: set[str]
) -> None:
    wire = make_wire(families=families, settings=DUAL)
    assert {address.host for address in wire.allocate().relayed} == expected


def test_a_server_without_ipv4_is_asked_for_ipv6_alone(make_wire: Any) -> None:
    wire = make_wire(settings={"relay_address": "2001:db8::10"})
    assert [address.host for address in wire.allocate().relayed] == ["2001:db8::10"]


def test_each_family_reaches_peers_of_its_own(make_wire: Any) -> None:
    wire = make_wire(settings=DUAL)
    wire.allocate()
    for peer in (PEER, PEER6):
        wire.send(CHECK, peer)
        assert wire.relayed[-1].peer == peer
        assert wire.hear(DATA, peer) == [Received(DATA, peer)]


def test_a_wrong_password_is_asked_with_once(make_wire: Any) -> None:
    wire = make_wire(password="wrong")
    (failed,) = wire.play(wire.client.allocate(wire.now))
    assert isinstance(failed, Failed)
    assert failed.code == 401
    assert failed.reason.startswith("401 ")
    assert len(wire.requests(Method.ALLOCATE)) == 2


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"settings": {"limits": Limits(allocations_per_user=1)}}, 486, "as many allocations"),
        ({"has_ports": False, "families": (Family.IPV4,)}, 508, "no capacity"),
    ],
)
def test_a_refusal_is_told_with_its_code_and_in_words(
    make_wire: Any, options: Any, code: int, words: str
) -> None:
    wire, elsewhere = make_wire(**options), make_wire(**options)
    elsewhere.client_address = Address("203.0.113.9", 40001)
    elsewhere.relay = wire.relay
    if wire.has_ports:
        wire.allocate()
    (failed,) = elsewhere.play(elsewhere.client.allocate(elsewhere.now))
    assert isinstance(failed, Failed)
    assert failed.code == code
    assert words in failed.reason


def test_a_redirection_names_the_other_server(make_wire: Any) -> None:
    settings = {"alternate_servers": (OTHER,), "redirect": Redirect.ALWAYS}
    wire = make_wire(settings=settings)
    assert wire.play(wire.client.allocate(wire.now)) == [Redirected(OTHER, None)]


def test_a_silent_server_is_given_up_after_four_requests(make_wire: Any) -> None:
    wire = make_wire(lose=lambda data: True)
    wire.play(wire.client.allocate(wire.now))
    assert wire.pass_time(10) == [Failed("the server does not answer")]
    assert len(wire.sent) == 4


def test_lost_requests_are_sent_again_over_udp_and_not_over_tcp(make_wire: Any) -> None:
    lost: list[bytes] = []

    def lose(data: bytes) -> bool:
        lost.append(data)
        return len(lost) % 2 == 1

    wire = make_wire(lose=lose)
    wire.play(wire.client.allocate(wire.now))
    assert isinstance(wire.pass_time(3)[-1], Allocated)

    stream = make_wire(carrier=Carrier.STREAM, lose=lambda data: True)
    stream.play(stream.client.allocate(stream.now))
    stream.pass_time(7)
    assert len(stream.sent) == 1


def test_the_first_check_leaves_without_waiting_for_its_permission(wire: Any) -> None:
    wire.send(CHECK)
    assert [sent.data for sent in wire.relayed] == [CHECK]
    assert len(wire.requests(Method.CREATE_PERMISSION)) == 1
    assert not wire.requests(Method.CHANNEL_BIND)


def test_many_sends_in_flight_bind_one_channel(make_wire: Any) -> None:
    """Answers to requests are lost at first, so that everything is in flight at once."""
    wire = make_wire()
    wire.allocate()
    wire.send(CHECK)
    wire.lose = lambda data: data[0] < 4 and decode(data).method == Method.CHANNEL_BIND
    for _ in range(50):
        wire.send(DATA)
    assert len(wire.requests(Method.CHANNEL_BIND)) == 1
    assert len([sent for sent in wire.relayed if sent.data == DATA]) == 50
    wire.lose = lambda data: False
    wire.pass_time(1)
    wire.send(DATA)
    assert wire.sent[-1][0] == 0x40


@pytest.mark.parametrize("carrier", Carrier)
def test_data_goes_both_ways_on_a_channel(make_wire: Any, carrier: Carrier) -> None:
    wire = make_wire(carrier=carrier)
    wire.allocate()
    wire.send(DATA)
    for size in (1, 2, 3, 4, 1200):
        wire.send(bytes(size))
        assert wire.relayed[-1].data == bytes(size)
        assert wire.hear(b"\xff" * size) == [Received(b"\xff" * size, PEER)]


def test_a_peer_may_be_permitted_before_anything_is_sent_to_it(wire: Any) -> None:
    assert wire.hear(CHECK) == []
    wire.play(wire.client.permit(PEER, wire.now))
    assert wire.hear(CHECK) == [Received(CHECK, PEER)]
    assert not wire.relayed


def test_a_peer_that_the_relay_may_not_reach_is_refused_in_words(wire: Any) -> None:
    for port in (9, 10):
        wire.send(CHECK, Address("10.0.0.1", port))
    refused = wire.told[1:]
    assert [(type(one), one.peer.port, one.code) for one in refused] == [
        (PeerRefused, 9, 403),
        (PeerRefused, 10, 403),
    ]
    assert len(wire.requests(Method.CREATE_PERMISSION)) == 1
    assert not wire.relayed
    assert not wire.ended


def test_permission_and_channel_outlive_two_hours_of_a_call(wire: Any) -> None:
    """Also where a channel does not prolong its permission: each has requests of its own."""
    wire.send(DATA)
    for _ in range(120):
        wire.pass_time(60)
        wire.send(DATA)
        assert wire.hear(DATA) == [Received(DATA, PEER)]
    assert len(wire.relayed) == 121
    assert wire.sent[-1][0] == 0x40
    assert 28 <= len(wire.requests(Method.CREATE_PERMISSION)) <= 40
    assert not wire.ended


def test_a_peer_that_is_not_used_is_not_kept_alive_and_comes_back(wire: Any) -> None:
    wire.send(DATA)
    wire.pass_time(3600)
    assert len(wire.requests(Method.CREATE_PERMISSION)) <= 3
    assert wire.hear(DATA) == []
    wire.send(DATA)
    wire.send(DATA)
    assert wire.relayed[-1].data == DATA
    assert wire.sent[-1][0] == 0x40
    assert wire.hear(DATA) == [Received(DATA, PEER)]


def test_a_stale_nonce_is_answered_with_the_new_one(make_wire: Any) -> None:
    wire = make_wire(settings={"nonce_lifetime": 30.0})
    wire.allocate()
    for _ in range(20):
        wire.pass_time(31)
        wire.send(DATA)
        assert wire.hear(DATA) == [Received(DATA, PEER)]
    assert not wire.ended


def test_a_server_that_died_is_noticed_soon_after_something_was_sent(wire: Any) -> None:
    wire.send(DATA)
    wire.lose = lambda data: True
    wire.send(DATA)
    at = wire.now
    told = wire.pass_time(60)
    assert told == [Ended("the relay did not prolong the allocation: the server does not answer")]
    assert wire.client.next_deadline() is None
    wire.now = at + 13
    assert wire.client.send(DATA, PEER, wire.now) == []


def test_a_server_that_died_is_noticed_when_nothing_is_sent(wire: Any) -> None:
    wire.lose = lambda data: True
    assert not wire.pass_time(24)
    assert wire.pass_time(9)


def test_a_server_that_was_restarted_has_lost_the_allocation(wire: Any) -> None:
    wire.send(DATA)
    wire.restart(nonce_lifetime=500.0)
    (ended,) = wire.pass_time(30)
    assert "437" in ended.reason


def test_one_icmp_error_is_a_reason_to_ask_and_two_are_the_end(wire: Any) -> None:
    assert wire.play(wire.client.receive_refusal("refused", wire.now)) == []
    assert len(wire.requests(Method.REFRESH)) == 1
    wire.lose = lambda data: True
    for _ in range(2):
        told = wire.play(wire.client.receive_refusal("refused", wire.now))
    assert told == [Ended("refused")]


def test_an_icmp_error_ends_an_allocation_that_is_not_there_yet(make_wire: Any) -> None:
    wire = make_wire(lose=lambda data: True)
    wire.play(wire.client.allocate(wire.now))
    assert wire.client.receive_refusal("refused", wire.now) == [Failed("refused")]


def test_a_lost_connection_is_the_end(wire: Any) -> None:
    assert wire.client.receive_disconnect("closed") == [Ended("closed")]
    assert wire.client.receive_disconnect("closed") == []


def test_closing_gives_the_allocation_back(wire: Any) -> None:
    assert wire.play(wire.client.close(wire.now)) == [Ended(None)]
    assert not wire.relay.holds(wire.five_tuple)
    assert wire.client.close(wire.now) == []


def test_closing_takes_a_second_at_most(wire: Any) -> None:
    wire.lose = lambda data: True
    assert wire.play(wire.client.close(wire.now)) == []
    assert wire.pass_time(1.0) == [Ended(None)]


def test_an_allocation_that_comes_after_the_closing_is_given_back(make_wire: Any) -> None:
    wire = make_wire()
    held: list[bytes] = []
    outputs = wire.client.allocate(wire.now)
    for _ in range(2):  # carry the challenge by hand, and hold the second answer back
        (output,) = outputs
        for answer in wire.relay.receive_frame(
            output.data, wire.five_tuple, unix_now=wire.now, now=wire.now
        ):
            if hasattr(answer, "address"):
                answers = wire.relay.receive_relay_opened(answer.allocation, wire.now)
                held += [one.data for one in answers if hasattr(one, "data")]
            elif hasattr(answer, "data"):
                outputs = wire.client.receive_frame(answer.data, wire.now)
    assert wire.client.close(wire.now) == []
    assert wire.relay.holds(wire.five_tuple)
    wire.play(wire.client.receive_frame(held[0], wire.now))
    assert wire.told == [Ended(None)]
    assert not wire.relay.holds(wire.five_tuple)


def test_closing_before_the_challenge_is_over_at_once(make_wire: Any) -> None:
    wire = make_wire(lose=lambda data: True)
    wire.play(wire.client.allocate(wire.now))
    assert wire.client.close(wire.now) == [Ended(None)]


def test_an_answer_that_lacks_something_is_a_failure_in_words(make_wire: Any) -> None:
    wire = make_wire()
    wire.lose = lambda data: True
    wire.play(wire.client.allocate(wire.now))
    request = decode(wire.sent[0])
    answer = request.success(Lifetime(600), XorMappedAddress(PEER)).encode()
    (failed,) = wire.client.receive_frame(answer, wire.now)
    assert failed == Failed("its answer lacks XOR-RELAYED-ADDRESS")


def test_a_forged_answer_is_no_answer(make_wire: Any) -> None:
    """RFC 8489 §9.2.5: what is not protected by the key is dropped, but for challenges."""
    wire = make_wire(settings={"password_algorithms": PasswordOffer.MD5})
    wire.allocate()
    wire.lose = lambda data: True
    wire.play(wire.client.close(wire.now))
    request = decode(wire.sent[-1])
    forged = request.success(Lifetime(0))
    assert wire.client.receive_frame(forged.encode(), wire.now) == []
    wrong = IntegrityKey(long_term_key("alice", "lab", "other"))
    assert wire.client.receive_frame(forged.encode(integrity=wrong), wire.now) == []
    assert wire.client.receive_frame(forged.encode(integrity=KEY), wire.now) == [Ended(None)]


def test_an_icmp_error_about_a_peer_is_told(wire: Any) -> None:
    wire.send(CHECK)
    told = Message.indication(Method.DATA, bytes(12), XorPeerAddress(PEER), Icmp(3, 3)).encode()
    assert wire.client.receive_frame(told, wire.now) == [PeerUnreachable(PEER, 3, 3)]


def test_endless_challenges_come_to_an_end(make_wire: Any) -> None:
    wire = make_wire(lose=lambda data: True)
    outputs = wire.client.allocate(wire.now)
    for number in range(9):
        sent = outputs[0]
        if isinstance(sent, Failed):
            break
        code = 401 if number == 0 else 438
        answer = decode(sent.data).error(code, Realm("lab"), Nonce(f"nonce{number}"))
        outputs = wire.client.receive_frame(answer.encode(), wire.now)
    assert isinstance(outputs[0], Failed)
    assert number <= 4


def test_the_short_way_of_a_channel_is_that_of_any_frame(wire: Any) -> None:
    wire.send(DATA)
    framed = wire.client.frame(DATA, PEER, wire.now)
    assert wire.client.unframe(framed, wire.now) == (DATA, PEER)
    assert wire.client.receive_frame(framed, wire.now) == [Received(DATA, PEER)]
    for broken in (framed[:-1], framed[:3], b"\x4f\xff\x00\x00"):
        assert wire.client.unframe(broken, wire.now) is None
    assert wire.client.frame(DATA, Address("203.0.113.78", 1), wire.now) is None


@given(st.binary(max_size=120))
def test_any_bytes_from_the_server_are_something_or_nothing(data: bytes) -> None:
    client = TurnClient(
        LongTermCredential("u", "p"),
        carrier=Carrier.DATAGRAM,
        families=(Family.IPV4,),
        random_bytes=bytes,
    )
    client.allocate(0.0)
    client.receive_frame(data, 0.0)
    for kind in Class:
        head = Message(Method.ALLOCATE, kind, bytes(12)).encode()
        client.receive_frame(head + data, 0.0)


def test_an_error_without_a_code_is_a_failure_too(make_wire: Any) -> None:
    wire = make_wire(lose=lambda data: True)
    wire.play(wire.client.allocate(wire.now))
    request = decode(wire.sent[0])
    odd = Message(request.method, Class.ERROR, request.transaction_id)
    (failed,) = wire.client.receive_frame(odd.encode(), wire.now)
    assert "did not say which" in failed.reason
    assert ErrorCode not in {type(one) for one in odd.attributes}
