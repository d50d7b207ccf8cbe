"""TCP, TLS and pages, reached or not, and what a portal does to them."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import nat
import relay
from nat.choices import Dependence
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.evidence import Wish
from nat.discovery.judging import judge
from nat.discovery.plan import Page, StunServer
from nat.discovery.reaching import DEFAULT_PAGE, MOST_BODY, OTHER_PORTS, Reach
from nat.discovery.surroundings import Attempt, Means
from nat.discovery.transactions import Purpose
from stunwire import Address
from tests.nat.discovery.homes import OTHER, SERVER, Home, diagnosed

WEB, TLS = SERVER._replace(port=80), SERVER._replace(port=443)
PAGE = Page("page.example", "/known", 200, b"success")
Try = Callable[[Reach], Awaitable[Attempt]]


async def saying(text: bytes, *, tls: ssl.SSLContext | None = None, leave: bool = True) -> None:
    """A web server that says always the same."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if text:
            saying.asked = await reader.readuntil(b"\r\n\r\n")  # type: ignore[attr-defined]
            writer.write(text)
        if leave:
            writer.close()

    at = TLS if tls else WEB
    async with await asyncio.start_server(serve, at.host, at.port, ssl=tls):
        await asyncio.Event().wait()


def tried(
    act: Try, *servers: Any, behavior: nat.Behavior = nat.FULL_CONE, tls: Any = None
) -> Attempt:
    async def work() -> Attempt:
        network = AsyncioNetwork(tls)
        began = network.now()
        return await act(Reach(network, lambda: network.now() - began))

    return Home(behavior).run(work(), None, *servers)


def fetched(text: bytes, **options: Any) -> Attempt:
    return tried(lambda reach: reach.fetch(PAGE, WEB), saying(text, **options))


def answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def test_tcp_that_gets_through_has_a_round_trip_time() -> None:
    got = tried(lambda reach: reach.connect("s", WEB), saying(b""))
    assert (got.means, got.failure) == (Means.TCP, "")
    assert got.round_trip == pytest.approx(0.051, abs=0.002)


def test_tls_needs_the_right_certificate(certificate) -> None:
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(certificate.chain, certificate.key)
    trusted = ssl.create_default_context(cafile=certificate.chain)

    def connect(name: str) -> Attempt:
        return tried(
            lambda reach: reach.connect("s", TLS, tls=name), saying(b"", tls=own), tls=trusted
        )

    right, wrong = connect("lab"), connect("other")
    assert (right.means, right.failure) == (Means.TLS, "")
    assert right.finished_at is not None
    assert "certificate" in wrong.failure
    assert wrong.finished_at is None


def test_a_closed_port_and_a_silent_one_are_told_apart() -> None:
    closed = tried(lambda reach: reach.connect("s", TLS), saying(b""))
    assert "refused" in closed.failure
    assert closed.refused
    nobody = Address("192.0.2.1", 443)
    silent = tried(lambda reach: reach.connect("s", nobody), saying(b""))
    assert silent.failure == "no connection within 4 s"


def test_a_nat_that_lets_nothing_but_the_web_out_lets_this_out() -> None:
    strict = nat.Behavior(
        nat.Dependence.ENDPOINT_INDEPENDENT,
        nat.Dependence.ADDRESS_DEPENDENT,
        blocking=nat.Blocking.ALL_BUT_WEB,
    )
    assert tried(lambda reach: reach.connect("s", WEB), saying(b""), behavior=strict).failure == ""
    other = SERVER._replace(port=3478)
    got = tried(lambda reach: reach.connect("s", other), saying(b""), behavior=strict)
    assert got.failure


def test_the_known_page_is_known() -> None:
    got = fetched(answer("200 OK", b"success\n"))
    assert (got.means, got.failure, got.error) == (Means.HTTP, "", None)
    assert got.name == "http://page.example/known"
    assert got.finished_at is not None
    asked = saying.asked.decode()  # type: ignore[attr-defined]
    assert asked.startswith("GET /known HTTP/1.1\r\nHost: page.example\r\n")
    assert "user-agent" not in asked.lower()


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (answer("302 Found", b"", "Location: http://login.hotel/"), 302, "http://login.hotel/"),
        (answer("302 Found", b""), 302, "redirected to nowhere"),
        (answer("511 Network Authentication Required", b"log in"), 511, "511"),
        (answer("200 OK", b"<html>Welcome!</html>"), 200, "another page"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BODY + 9), 200, "another page"),
        (b"220 mail.example ESMTP\r\n", 0, "no HTTP"),
    ],
    ids=["redirect", "nowhere", "511", "another", "endless", "mail"],
)
def test_somebody_elses_answer_is_told_with_its_status(text, error, words) -> None:
    got = fetched(text)
    assert got.error == error
    assert words in got.failure


def test_a_page_that_never_comes_is_no_answer_of_somebody_else() -> None:
    got = fetched(b"HTTP/1.1 ", leave=False)
    assert (got.failure, got.error) == ("no answer within 4 s", None)
    closed = tried(lambda reach: reach.fetch(PAGE, TLS), saying(b""))
    assert "refused" in closed.failure
    assert closed.refused
    assert closed.error is None


def test_a_page_may_be_known_by_its_status_alone() -> None:
    page = Page("page.example", "/204", 204)
    got = tried(lambda reach: reach.fetch(page, WEB), saying(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert got.failure == ""


# in a whole diagnosis


def test_tcp_and_tls_go_to_the_servers_that_are_asked_anyhow() -> None:
    evidence = diagnosed(Wish.REACH)
    streams = [one for one in evidence.attempts if one.means is not Means.HTTP]
    assert {one.means for one in streams} == {Means.TCP, Means.TLS}
    assert {one.target for one in streams} == {SERVER._replace(port=443)}
    assert {one.failure for one in streams} == {"connection refused"}


def test_tcp_and_tls_go_where_the_plan_says_if_it_does() -> None:
    evidence = diagnosed(Wish.REACH, web=("web.example", 8443), names=["web.example"])
    streams = [one for one in evidence.attempts if one.means is not Means.HTTP]
    assert {(one.name, one.target) for one in streams} == {
        ("web.example:8443", SERVER._replace(port=8443))
    }
    missing = diagnosed(Wish.REACH, web=("nowhere.example", 443))
    assert [one.target for one in missing.attempts] == [None]


def test_other_udp_ports_of_the_servers_are_asked() -> None:
    settings = relay.Settings(listen=(SERVER, SERVER._replace(port=443)))
    evidence = diagnosed(Wish.REACH, settings=settings)
    asked = {
        one.target.port: bool(one.answers)
        for one in evidence.transactions
        if one.purpose is Purpose.OTHER_PORT
    }
    assert asked == {443: True, 53: False, 80: False}
    assert set(asked) | {SERVER.port} == set(OTHER_PORTS)


@pytest.mark.parametrize("behavior", nat.ALL_NINE[::3], ids=lambda each: each.short)
def test_a_second_port_of_a_server_with_one_address_tells_the_mapping(
    behavior: nat.Behavior,
) -> None:
    """Two ordinary servers tell that ports change with the address; a second port tells whether with it as well."""
    second = OTHER._replace(port=SERVER.port)
    servers = [StunServer(SERVER.host), StunServer(second.host)]
    for ports, sure in (((443,), True), ((), behavior.mapping is Dependence.ENDPOINT_INDEPENDENT)):
        settings = relay.Settings(
            listen=(SERVER, second, *(SERVER._replace(port=port) for port in ports))
        )
        evidence = diagnosed(Wish.REACH, home=Home(behavior), settings=settings, servers=servers)
        found = judge(evidence).families[0].mapping
        assert behavior.mapping in found.candidates(Dependence)
        assert found.is_known is sure
        assert (Dependence.ENDPOINT_INDEPENDENT in found.candidates(Dependence)) is (
            behavior.mapping is Dependence.ENDPOINT_INDEPENDENT
        )


def test_as_long_as_a_server_answers_no_third_party_hears_of_us() -> None:
    evidence = diagnosed(Wish.REACH, names=[DEFAULT_PAGE.host])
    assert Means.HTTP not in {one.means for one in evidence.attempts}


def test_where_no_server_answers_a_known_page_tells_a_portal() -> None:
    portal = saying(b"HTTP/1.1 302 Found\r\nLocation: http://hotel/\r\n\r\n")
    evidence = diagnosed(Wish.REACH, Wish.PATH_MTU, others=[portal], names=[DEFAULT_PAGE.host])
    (page,) = [one for one in evidence.attempts if one.means is Means.HTTP]
    assert (page.error, page.failure) == (302, "it was redirected to http://hotel/")
    assert page.began == pytest.approx(2.5, abs=0.1)
    assert evidence.sizes == ()


def test_a_page_that_the_plan_names_is_always_fetched() -> None:
    evidence = diagnosed(Wish.REACH, page=PAGE, names=[PAGE.host])
    pages = [one.failure for one in evidence.attempts if one.means is Means.HTTP]
    assert pages == ["connection refused"]
    (told,) = [one for one in diagnosed(Wish.REACH, page=PAGE).attempts if one.means is Means.HTTP]
    assert PAGE.host in told.failure
