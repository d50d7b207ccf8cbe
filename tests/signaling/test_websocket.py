"""A client's websocket: opening it, and why it was closed."""

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from signaling.errors import UnreachableError
from signaling.server import serve
from signaling.websocket import check_url, open_websocket, why_closed


@pytest.mark.parametrize("url", ["nonsense", "http://host/", "ws://", "ws://h/#fragment"])
def test_what_is_no_websocket_address_is_the_callers_mistake(url):
    with pytest.raises(ValueError, match="isn't a valid URI"):
        check_url(url)


async def test_a_websocket_opens_and_pings_are_left_to_the_core():
    async with serve() as server:
        connection = await open_websocket(server.url, seconds=5, close_timeout=1, ssl=None)
        assert connection.ping_interval is None
        await connection.close()
        with pytest.raises(UnreachableError, match="HTTP status 404"):
            await open_websocket(server.url + "x", seconds=5, close_timeout=1, ssl=None)


@pytest.mark.parametrize(
    ("received", "sent", "code"),
    [(Close(4403, "go"), None, 4403), (None, Close(1000, ""), 1000), (None, Close(1011, ""), 1006)],
)
def test_the_code_is_that_of_whoever_closed(received, sent, code):
    assert why_closed(ConnectionClosedError(received, sent, None)).code == code
