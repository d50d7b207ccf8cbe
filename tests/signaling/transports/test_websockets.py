"""What is particular to the websockets library; test_connection.py has what both transports do."""

from types import SimpleNamespace

from signaling.transports.connection import Bounds
from signaling.transports.websockets import WebsocketsConnection


def make() -> WebsocketsConnection:
    rounds = SimpleNamespace(mark=lambda _connection: None)
    peer = ("192.0.2.7", 4711)
    return WebsocketsConnection(None, rounds, Bounds(100, 100), peer, counted=True)


async def test_an_address_is_written_for_the_log():
    assert make().peer == "192.0.2.7:4711"


async def test_before_there_is_a_socket_nothing_waits_and_nothing_breaks():
    connection = make()
    assert connection.buffered == 0
    connection.abort()
    assert connection.send(b"{}")
