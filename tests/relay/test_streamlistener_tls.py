"""Listeners for TLS on real loopback sockets, with aioice's own TURN client, which is not ours."""

import asyncio
import logging
import ssl

import pytest
from aioice import turn

from relay import (
    CertificateError,
    CertificateFiles,
    HangUp,
    PeerPolicy,
    Reach,
    Settings,
    SettingsError,
    serve,
)
from stunwire import Address, Message, Method, XorMappedAddress, decode

LOCAL = Address("127.0.0.1", 0)
DEADLINE = 20.0
BINDING = Message.request(Method.BINDING, b"t" * 12).encode()


class Ear(asyncio.DatagramProtocol):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost = asyncio.Event()

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.heard.put_nowait(data)

    def connection_lost(self, exc) -> None:
        self.lost.set()


def _settings(files: CertificateFiles, **changed) -> Settings:
    usual = {
        "listen_tls": (LOCAL,),
        "certificate": files,
        "users": {"alice": "wonder"},
        "peers": PeerPolicy(reach=Reach.LOCAL),
    }
    return Settings(**{**usual, **changed})


def _trusting(files: CertificateFiles) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.chain)


async def _connect(server, trust: ssl.SSLContext):
    return await asyncio.open_connection(*server.tls_addresses[0], ssl=trust)


async def _until(condition) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.001)


async def test_aioice_relays_over_tls(certificate):
    loop = asyncio.get_running_loop()
    async with serve(_settings(certificate)) as server:
        transport, client = await turn.create_turn_endpoint(
            Ear,
            server_addr=tuple(server.tls_addresses[0]),
            username="alice",
            password="wonder",
            ssl=_trusting(certificate),
            transport="tcp",
        )
        _, peer = await loop.create_datagram_endpoint(Ear, local_addr=("127.0.0.1", 0))
        async with asyncio.timeout(DEADLINE):
            for size in range(4, 1404, 100):
                transport.sendto(b"x" * size, peer.transport.get_extra_info("sockname"))
                assert await peer.heard.get() == b"x" * size
                peer.transport.sendto(b"y" * size, transport.get_extra_info("sockname"))
                assert await client.heard.get() == b"y" * size
            transport.close()
            await client.lost.wait()
        await _until(lambda: server.counters.allocations == server.counters.connections == 0)
        assert server.counters.hang_ups == {}
        peer.transport.close()
        await peer.lost.wait()


async def test_a_binding_over_tls_and_a_clean_goodbye(certificate):
    async with serve(_settings(certificate)) as server:
        reader, writer = await _connect(server, _trusting(certificate))
        writer.write(BINDING)
        answer = decode(await asyncio.wait_for(reader.readexactly(32), DEADLINE))
        assert answer.get(XorMappedAddress).address == writer.get_extra_info("sockname")
        writer.close()
        await asyncio.wait_for(writer.wait_closed(), DEADLINE)
        await _until(lambda: server.counters.connections == 0)
        assert server.counters.hang_ups == {}


async def test_plain_turn_on_the_tls_port_is_cut_and_counted(certificate):
    async with serve(_settings(certificate)) as server:
        reader, writer = await asyncio.open_connection(*server.tls_addresses[0])
        writer.write(BINDING)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
            await asyncio.wait_for(reader.readexactly(32), DEADLINE)
        assert server.counters.hang_ups == {HangUp.NOT_TLS: 1}
        writer.close()


async def test_new_connections_see_a_new_certificate_and_old_ones_go_on(
    own_files, make_certificate
):
    old = _trusting(own_files)
    async with serve(_settings(own_files)) as server:
        reader, writer = await _connect(server, old)
        make_certificate(own_files, "renewed")
        server.reload_certificates()
        with pytest.raises(ssl.SSLCertVerificationError):
            await _connect(server, old)
        _, another = await _connect(server, _trusting(own_files))
        writer.write(BINDING)
        assert len(await asyncio.wait_for(reader.readexactly(32), DEADLINE)) == 32
        own_files.key.write_text("broken")
        with pytest.raises(CertificateError):
            server.reload_certificates()
        for one in (writer, another):
            one.close()


async def test_changed_files_are_read_again_without_being_asked(
    own_files, make_certificate, caplog
):
    caplog.set_level(logging.INFO, "hairpin.relay")
    async with serve(_settings(own_files, certificate_check=0.01)) as server:
        make_certificate(own_files, "renewed, with another name")
        await _until(lambda: "relay.certificate.read" in caplog.text)
        _, writer = await _connect(server, _trusting(own_files))
        writer.close()
        own_files.key.write_text("broken")
        await _until(lambda: "key.pem" in caplog.text)


def test_tls_needs_a_certificate_and_a_check_needs_time(certificate):
    with pytest.raises(SettingsError, match="certificate to listen with"):
        Settings(listen_tls=(LOCAL,))
    with pytest.raises(SettingsError, match="certificate_check"):
        _settings(certificate, certificate_check=0)


async def test_files_that_cannot_be_used_are_told_before_anything_is_opened(tmp_path):
    missing = CertificateFiles(tmp_path / "no-chain.pem", tmp_path / "no-key.pem")
    with pytest.raises(CertificateError, match=r"no-chain\.pem"):
        async with serve(_settings(missing)):
            pass
