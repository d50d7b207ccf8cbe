"""Sockets accepted and refused: floods from one address, TLS and what is not TLS, no descriptors left."""

import asyncio
import errno
import socket
import ssl
import tracemalloc
from pathlib import Path

import pytest

from signaling.addresses import Addresses
from signaling.codes import CloseCode
from signaling.handshake import Condition, Door
from signaling.settings import Limits, Settings
from signaling.tls import Certificate, TlsFiles
from signaling.transports.accepting import Acceptor

REQUEST = (
    b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: hairpin.v1\r\n\r\n"
)


async def test_one_too_many_is_told_so_and_hung_up_on(make_stand):
    limits = Limits(connections_held=2)
    async with make_stand(Settings(limits=limits)) as stand:
        async with stand.dial() as first, stand.dial() as second, stand.dial() as third:
            assert b"101" in await first.open()
            assert b"101" in await second.open()
            assert (await third.rest()).startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
        await stand.until(lambda: len(stand.listener) == 0)


async def test_a_flood_from_one_address_is_refused_cheaply_and_the_others_go_on(make_stand):
    settings = Settings(limits=Limits(connections_burst=20, connections=0.001))
    async with make_stand(settings) as stand, stand.dial() as guest:
        await guest.open()
        place = stand.listener.places[0]
        tracemalloc.start()
        for _ in range(10):
            flood = [await asyncio.open_connection(*place) for _ in range(50)]
            guest.frame(1, b"still here")
            assert await guest.hear() == (1, b"still here")
            assert len(stand.listener) <= 20
            for _, writer in flood:
                writer.transport.abort()
            del flood
        grown, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert grown < 2**20


async def test_when_descriptors_run_out_accepting_pauses_and_goes_on(monkeypatch):
    class Exhausted:
        def __init__(self, listening: socket.socket) -> None:
            self.listening = listening
            self.failures = 1

        def __getattr__(self, name: str):
            return getattr(self.listening, name)

        def accept(self):
            if self.failures:
                self.failures -= 1
                raise OSError(errno.EMFILE, "Too many open files")
            return self.listening.accept()

    monkeypatch.setattr("signaling.transports.accepting._PAUSE_WHEN_OUT", 0.01)
    settings = Settings(limits=Limits(connections_held=0))
    door = Door(settings, Addresses(settings.limits), Condition)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    acceptor = Acceptor(Exhausted(listening), door, None, None, 1.0)
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    async with asyncio.timeout(20):
        assert (await reader.read()).startswith(b"HTTP/1.1 429")
    writer.close()
    acceptor.close()


async def test_one_who_comes_in_the_moment_of_the_end_is_hung_up_on_too(make_stand, monkeypatch):
    async with make_stand() as stand:
        knock, closed = Door.knock, []

        def close_first(door: Door, *args: object) -> object:
            ending = stand.listener.close(CloseCode.SERVICE_RESTART, "over")
            closed.append(asyncio.ensure_future(ending))
            return knock(door, *args)

        monkeypatch.setattr(Door, "knock", close_first)
        async with stand.dial() as late, asyncio.timeout(10):
            assert await late.rest() == b""
            await closed[0]
        assert stand.shell.failures == ["the server is closing"]


async def test_one_whose_time_is_up_before_its_transport_is_there_is_cut_off(make_stand):
    """As on a machine that stands still between the two."""
    async with make_stand(Settings(open_timeout=1e-9)) as stand, stand.dial() as client:
        assert await client.rest() == b""
        await stand.until(lambda: stand.shell.failures)
        assert stand.shell.failures == ["no request in time"]


@pytest.fixture
def tls_files(tmp_path: Path, write_certificate) -> TlsFiles:
    files = TlsFiles(tmp_path / "cert.pem", tmp_path / "key.pem")
    write_certificate(files, "localhost")
    return files


@pytest.fixture
def trusting(tls_files: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls_files.certificate)
    context.check_hostname = False
    return context


async def test_a_websocket_is_spoken_over_tls(make_stand, tls_files, trusting):
    certificate = Certificate(tls_files)
    async with make_stand(tls=certificate.context) as stand:
        place = stand.listener.places[0]
        reader, writer = await asyncio.open_connection(*place, ssl=trusting)
        writer.write(REQUEST)
        assert b"101" in await reader.readuntil(b"\r\n\r\n")
        writer.write(b"\x81\x85\0\0\0\0hello")
        assert await reader.readexactly(7) == b"\x81\x05hello"
        writer.close()
    certificate.stop()


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x00"])
async def test_who_does_not_speak_tls_on_a_tls_port_is_told_to(make_stand, tls_files, said):
    certificate = Certificate(tls_files)
    async with make_stand(tls=certificate.context) as stand:
        async with stand.dial() as client:
            client.writer.write(said)
            assert b"use wss://" in await client.rest()
        await stand.until(lambda: stand.shell.failures == ["no TLS"])
    certificate.stop()


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"])
async def test_a_tls_handshake_that_does_not_go_on_is_cut_off(make_stand, tls_files, said):
    certificate = Certificate(tls_files)
    settings = Settings(open_timeout=0.1, close_timeout=0.1)
    async with make_stand(settings, tls=certificate.context) as stand, stand.dial() as client:
        client.writer.write(said)
        await client.rest()
        await stand.until(lambda: stand.shell.failures)
    certificate.stop()


async def test_tls_garbage_is_no_traceback(make_stand, tls_files, caplog):
    certificate = Certificate(tls_files)
    async with make_stand(tls=certificate.context) as stand:
        async with stand.dial() as client:
            client.writer.write(b"\x16" + b"\xff" * 2000)
            await client.rest()
        await stand.until(lambda: stand.shell.failures)
        assert "no TLS handshake" in stand.shell.failures[0]
    assert not any(record.exc_info for record in caplog.records)
    certificate.stop()
