"""Listening in several places, and whatever is not installed."""

import asyncio
import sys
from pathlib import Path

import pytest

from signaling.addresses import Addresses
from signaling.codes import CloseCode
from signaling.handshake import Condition, Door
from signaling.settings import Settings
from signaling.transports.listener import (
    Listener,
    Transport,
    TransportMissingError,
    connection_class,
    place_name,
)


def make_listener(shell) -> Listener:
    settings = Settings()
    door = Door(settings, Addresses(settings.limits), Condition)
    return Listener(settings, shell, door)


async def test_a_listener_listens_in_several_places(tmp_path: Path):
    listener = make_listener(None)
    path = tmp_path / "signaling.sock"
    await listener.open([("127.0.0.1", 0), ("::1", 0), path])
    first, second, third = listener.places
    assert first[0] == "127.0.0.1"
    assert second[0] == "::1"
    assert third == path
    await listener.close(CloseCode.SERVICE_RESTART, "over")
    assert not path.exists()


async def test_if_one_place_cannot_be_had_none_is_listened_at():
    holder = make_listener(None)
    await holder.open([("127.0.0.1", 0)])
    listener = make_listener(None)
    with pytest.raises(OSError, match="in use"):
        await listener.open([("127.0.0.1", 0), holder.places[0]])
    assert listener.places == ()
    await holder.close(CloseCode.SERVICE_RESTART, "over")


async def test_a_unix_socket_of_a_server_that_was_killed_is_taken_over(tmp_path: Path):
    path = tmp_path / "signaling.sock"
    server = await asyncio.start_unix_server(lambda _reader, _writer: None, path)
    server.close()
    await server.wait_closed()
    assert path.exists()
    listener = make_listener(None)
    await listener.open([path])
    await listener.close(CloseCode.SERVICE_RESTART, "over")


async def test_a_file_that_is_no_socket_stays_and_is_an_error(tmp_path: Path):
    path = tmp_path / "precious.txt"
    path.write_text("important")
    with pytest.raises(OSError, match="in use"):
        await make_listener(None).open([path])
    assert path.read_text() == "important"


def test_a_transport_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "signaling.transports.picows", raising=False)
    monkeypatch.setitem(sys.modules, "picows", None)
    with pytest.raises(TransportMissingError, match=r"pip install 'hairpin\[picows\]'"):
        connection_class(Transport.PICOWS)


def test_a_place_is_written_for_people():
    assert place_name(("127.0.0.1", 80)) == "127.0.0.1:80"
    assert place_name(("::1", 80)) == "[::1]:80"
    assert place_name(Path("/run/s")) == "unix:/run/s"


async def test_a_listener_closes_in_time_whatever_its_connections_do(make_stand):
    async with (
        make_stand(Settings(open_timeout=60, close_timeout=0.1)) as stand,
        stand.dial() as silent,
        stand.dial() as half,
        stand.dial() as polite,
    ):
        half.writer.write(b"GET /v1/ws")
        await polite.open()
        assert silent
        async with asyncio.timeout(20):
            await stand.listener.close(CloseCode.SERVICE_RESTART, "over")
        assert await polite.hear_close() == CloseCode.SERVICE_RESTART
