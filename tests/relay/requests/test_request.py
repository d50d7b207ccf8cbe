"""Answers: protected for those who proved themselves, short for those who did not."""

from relay.outputs import RequestRefused, SendToClient
from stunwire import (
    Class,
    ErrorCode,
    Fingerprint,
    Message,
    Method,
    RequestedTransport,
    XorMappedAddress,
)


def test_an_unauthenticated_error_carries_no_reason_phrase_and_no_integrity(client):
    reply = client.challenge()
    assert reply.get(ErrorCode).reason == ""
    assert not reply.has_integrity


def test_an_authenticated_error_carries_a_phrase_and_integrity(client):
    reply = client.request(Method.ALLOCATE)
    assert reply.get(ErrorCode).reason
    assert reply.verify(client.key, client.integrity)


def test_fingerprint_is_answered_with_fingerprint_and_silence_with_silence(client):
    binding = Message.request(Method.BINDING, b"t" * 12)
    assert client.ask(binding).get(Fingerprint) is None
    assert client.ask(binding, fingerprint=True).get(Fingerprint) is not None
    asked = Message.request(Method.ALLOCATE, b"t" * 12, RequestedTransport(17))
    assert client.ask(asked, fingerprint=True).get(Fingerprint) is not None


def test_the_reply_has_the_method_and_transaction_of_the_request(client):
    reply = client.ask(Message.request(Method.BINDING, b"abcdefghijkl"))
    assert (reply.method, reply.cls, reply.transaction_id) == (
        Method.BINDING,
        Class.SUCCESS,
        b"abcdefghijkl",
    )
    assert reply.get(XorMappedAddress).address == client.address


def test_a_first_challenge_is_no_news_and_a_refusal_is(client):
    client.challenge()
    client.request(Method.ALLOCATE)
    news = [o for o in client.world.outputs if isinstance(o, RequestRefused)]
    assert [(o.method, o.code, o.user) for o in news] == [("ALLOCATE", 400, "alice")]
    assert "REQUESTED-TRANSPORT" in news[0].why


def test_refusals_are_counted_by_code(client):
    client.request(Method.ALLOCATE)
    client.refresh(0)
    refusals = client.world.relay.counters().refusals
    assert refusals == {401: 1, 400: 1, 437: 1}


def test_padding_is_zero_in_everything_the_relay_sends(make_world):
    client = make_world(realm="five5").client()  # a realm that needs padding
    client.allocate()
    client.permit("10.0.0.1")
    for output in client.world.outputs:
        if isinstance(output, SendToClient):
            data, at = output.data, 20
            while at < len(data):
                length = int.from_bytes(data[at + 2 : at + 4], "big")
                end = at + 4 + length
                at = end + (-length & 3)
                assert not any(data[end:at])
