"""Signaling and relay together: they share the secret, and a port in use is named."""

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import signaling
from hairpin.allinone.selfsigned import keep
from hairpin.pages.site import site
from hairpin.services import CannotListenError, Service, Services, serve
from signaling.tls import TlsFiles

LOOPBACK = ("127.0.0.1", 0)


def services(**changes: object) -> Services:
    options = {"signaling_address": LOOPBACK, "relay_address": LOOPBACK, "secret": "s3cret"}
    return Services(**(options | changes))  # type: ignore[arg-type]


async def test_the_welcome_names_the_relay_with_credentials_it_accepts() -> None:
    async with serve(services()) as running, signaling.connect(running.signaling_url) as client:
        urls = {url for server in client.welcome.ice for url in server.urls}
        assert urls == {*running.stun_urls, *running.turn_urls}
        port = running.relay.addresses[0][1]
        assert running.stun_url == f"stun:127.0.0.1:{port}"
        assert any(server.credential for server in client.welcome.ice)


async def test_a_public_host_is_announced_in_place_of_the_bound_one() -> None:
    async with serve(services(public_host="203.0.113.7")) as running:
        assert running.stun_url.startswith("stun:203.0.113.7:")
        assert running.relay.addresses[0][0] == "127.0.0.1"


@pytest.mark.parametrize("every", ["0.0.0.0", "::"])
async def test_signaling_on_every_address_is_told_by_one_that_clients_can_use(every: str) -> None:
    async with serve(services(signaling_address=(every, 0))) as running:
        assert running.signaling_url.startswith("ws://127.0.0.1:")
        if every == "0.0.0.0":
            async with signaling.connect(running.signaling_url) as client:
                assert client.welcome


async def test_pages_are_served_where_browsers_are_told() -> None:
    pages = signaling.Pages({"/": signaling.page("a.html", b"hello")})
    async with serve(services(pages=pages)) as running, httpx.AsyncClient() as web:
        assert running.page_url == running.signaling_url.replace("ws:", "http:")[: -len("v1/ws")]
        assert (await web.get(running.page_url)).text == "hello"


async def test_stun_is_answered_at_a_second_port_and_clients_are_told_both() -> None:
    async with serve(services(second=LOOPBACK)) as running:
        ports = [address.port for address in running.relay.addresses]
        assert running.stun_urls == tuple(f"stun:127.0.0.1:{port}" for port in ports)
        assert len(set(ports)) == 2
        for address in running.relay.addresses:
            assert (await binding(address)).startswith(b"\x01\x01")
        async with signaling.connect(running.signaling_url) as client:
            assert client.welcome.ice[0].urls == running.stun_urls


async def test_a_second_address_serves_behaviour_discovery() -> None:
    async with serve(services(second=("127.0.0.2", 0))) as running:
        first, second = running.relay.addresses[:2]
        assert running.stun_urls == (
            f"stun:127.0.0.1:{first.port}",
            f"stun:127.0.0.2:{second.port}",
        )
        assert first.port != second.port
        assert len(running.relay.addresses) == 4


async def test_a_second_port_that_is_in_use_is_replaced_by_another() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(LOOPBACK)
        async with serve(services(second=taken.getsockname())) as running:
            assert running.relay.addresses[1].port != taken.getsockname()[1]


async def binding(address: tuple[str, int]) -> bytes:
    """Ask a STUN server (RFC 8489 §5), and wait for a moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setblocking(False)
        asking.connect(address)
        asking.send(bytes.fromhex("000100002112a442") + bytes(12))
        async with asyncio.timeout(60):
            return await asyncio.get_running_loop().sock_recv(asking, 1500)


async def test_the_metrics_of_both_stand_beside_the_pages_for_this_machine() -> None:
    async with serve(services()) as running, httpx.AsyncClient() as web:
        text = (await web.get(f"{running.page_url}metrics")).text
        assert "relay_allocations 0" in text
        assert "signaling_" in text
        assert "s3cret" not in text


async def test_a_name_and_a_certificate_are_in_what_clients_are_told(tmp_path: Path) -> None:
    kept = keep(tmp_path, (), datetime.now(UTC))
    tls = TlsFiles(kept.shown.path, kept.key)
    async with serve(services(tls=tls, names=("localhost",), relay_tls=LOOPBACK)) as running:
        port = running.signaling.addresses[0][1]
        assert running.page_url == f"https://localhost:{port}/"
        assert running.signaling_url == f"wss://localhost:{port}/v1/ws"
        turns = running.relay.tls_addresses[0].port
        assert running.turn_urls[1] == f"turns:localhost:{turns}?transport=tcp"
        trusting = ssl.create_default_context(cafile=tls.certificate)
        async with signaling.connect(running.signaling_url, ssl=trusting) as client:
            assert client.welcome.ice[1].urls == running.turn_urls
        assert running.local_url == f"wss://127.0.0.1:{port}/v1/ws"


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match=r"clients are told 203\.0\.113\.7.*second port"):
        services(public_host="203.0.113.7", second=("127.0.0.2", 1))
    with pytest.raises(ValueError, match="needs a certificate and the name"):
        services(relay_tls=LOOPBACK)


async def test_eight_people_behind_one_address_get_the_whole_page_at_the_same_moment() -> None:
    async with serve(services(pages=site())) as running:
        host, port = running.signaling.addresses[0]
        for _ in range(8 * 30):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"HEAD /icon.svg HTTP/1.1\r\nHost: us\r\n\r\n")
            assert b" 200 " in await reader.readline()
            writer.close()


def test_an_address_that_no_client_can_use_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.0\.0\.0"):
        services(relay_address=("0.0.0.0", 0))


def test_the_secret_never_shows() -> None:
    assert "s3cret" not in repr(services())


@pytest.mark.parametrize(
    ("service", "kind", "field"),
    [
        (Service.RELAY, socket.SOCK_DGRAM, "relay_address"),
        (Service.SIGNALING, socket.SOCK_STREAM, "signaling_address"),
        (Service.SIGNALING, socket.SOCK_STREAM, "signaling_besides"),
    ],
)
async def test_a_port_in_use_is_named(service: Service, kind: int, field: str) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(LOOPBACK)
        if kind == socket.SOCK_STREAM:
            taken.listen()
        address = taken.getsockname()
        with pytest.raises(CannotListenError) as caught:
            async with serve(services(**{field: (address,) if "besides" in field else address})):
                pass
        assert caught.value.service is service
        assert caught.value.address == address


async def test_both_ports_are_free_again_afterwards() -> None:
    async with serve(services()) as running:
        relay, web = running.relay.addresses[0], running.signaling.addresses[0]
    async with serve(services(relay_address=relay, signaling_address=web)) as again:
        assert again.relay.addresses[0] == relay
