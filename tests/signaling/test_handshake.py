"""What stands before the websocket, one piece at a time; test_server.py plays it on sockets."""

from types import SimpleNamespace

import pytest

from signaling.handshake import peer_address, request_filter, select_subprotocol


class FakeConnection:
    remote_address = ("192.0.2.7", 4711)

    def respond(self, status, text):
        return (int(status), text)


@pytest.mark.parametrize(
    ("path", "is_open", "status"),
    [
        ("/v1/ws", True, None),
        ("/v1/ws?ticket=1", True, None),
        ("/v1/ws", False, 503),
        ("/healthz", True, 200),
        ("/healthz", False, 200),
        ("/", True, 404),
        ("/v1/ws/", True, 404),
        ("/v1/../v1/ws", True, 404),
    ],
)
def test_only_the_websocket_path_goes_on_to_be_a_websocket(path, is_open, status):
    answer = request_filter(lambda: is_open)(FakeConnection(), SimpleNamespace(path=path))
    assert (None if answer is None else answer[0]) == status


def test_our_subprotocol_is_picked_wherever_it_stands():
    assert select_subprotocol(FakeConnection(), ["a", "hairpin.v1"]) == "hairpin.v1"
    assert select_subprotocol(FakeConnection(), ["hairpin.v2"]) is None
    assert select_subprotocol(FakeConnection(), []) is None


def test_addresses_are_written_for_the_log():
    assert peer_address(FakeConnection()) == "192.0.2.7:4711"
    assert peer_address(SimpleNamespace(remote_address=None)) == "?"
