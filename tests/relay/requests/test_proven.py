"""Which requests are answered once their sender is proven."""

import pytest

from relay import Settings, TcpRelay
from relay.requests.proven import is_answered
from stunwire import Address, ErrorCode, Method, UnknownAttribute

LISTEN = (Address("127.0.0.1", 3478),)


@pytest.mark.parametrize(
    "method", [Method.ALLOCATE, Method.REFRESH, Method.CREATE_PERMISSION, Method.CHANNEL_BIND]
)
def test_the_methods_of_turn_are_answered(method):
    assert is_answered(method, Settings(listen=LISTEN))


@pytest.mark.parametrize("method", [Method.CONNECT, Method.CONNECTION_BIND])
@pytest.mark.parametrize("tcp_relay", TcpRelay)
def test_those_of_peers_over_tcp_are_where_there_are_such(method, tcp_relay):
    settings = Settings(listen=LISTEN, tcp_relay=tcp_relay)
    assert is_answered(method, settings) is (tcp_relay is not TcpRelay.OFF)


def test_others_are_not():
    settings = Settings(listen=LISTEN, tcp_relay=TcpRelay.ON)
    assert not any(is_answered(method, settings) for method in (Method.BINDING, Method.SEND, 0xFFF))


def test_an_attribute_that_must_be_understood_and_is_not_is_refused_with_420(client):
    reply = client.allocate(UnknownAttribute(0x7777, b""))
    assert reply.get(ErrorCode).code == 420
