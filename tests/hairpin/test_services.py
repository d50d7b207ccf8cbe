"""Signaling and relay together: they share the secret, and a port in use is named."""

import socket

import httpx
import pytest

import signaling
from hairpin.services import CannotListenError, Service, Services, serve

LOOPBACK = ("127.0.0.1", 0)


def services(**changes: object) -> Services:
    options = {"signaling_address": LOOPBACK, "relay_address": LOOPBACK, "secret": "s3cret"}
    return Services(**(options | changes))  # type: ignore[arg-type]


async def test_the_welcome_names_the_relay_with_credentials_it_accepts() -> None:
    async with serve(services()) as running, signaling.connect(running.signaling_url) as client:
        urls = {url for server in client.welcome.ice for url in server.urls}
        assert urls == {running.stun_url, running.turn_url}
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
    ],
)
async def test_a_port_in_use_is_named(service: Service, kind: int, field: str) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(LOOPBACK)
        if kind == socket.SOCK_STREAM:
            taken.listen()
        address = taken.getsockname()
        with pytest.raises(CannotListenError) as caught:
            async with serve(services(**{field: address})):
                pass
        assert caught.value.service is service
        assert caught.value.address == address


async def test_both_ports_are_free_again_afterwards() -> None:
    async with serve(services()) as running:
        relay, web = running.relay.addresses[0], running.signaling.addresses[0]
    async with serve(services(relay_address=relay, signaling_address=web)) as again:
        assert again.relay.addresses[0] == relay
