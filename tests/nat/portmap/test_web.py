"""Tests of `nat.portmap.web`: a page comes, or something with an end."""

import asyncio

import pytest

from nat.portmap.errors import MalformedError, SilentError
from nat.portmap.ssdp import Url
from nat.portmap.web import fetch
from nat.portmapping.boundedxml import LARGEST
from stunwire import Address

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def get(make_home):
    """Fetch a page from somebody in the LAN who answers with what a generator yields."""

    def get(answer, body=b""):
        home = make_home(())
        bob = home.nat.host("bob")
        heard = []

        async def serve(reader, writer):
            heard.append(await reader.read(4096))
            try:
                for piece in answer:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
                if answer:
                    writer.close()
            except OSError:
                writer.close()

        async def main():
            if answer is not None:
                with bob:
                    await asyncio.start_server(serve, "0.0.0.0", 5000)
            url = Url(Address(bob.address, 5000), "/x?y=1")
            page = await fetch(
                home.network, url, body=body, headers=[("SOAPAction", '"a#b"')], patience=2
            )
            return page, heard[0]

        try:
            return home.run(main())
        finally:
            get.now = home.simulation.now

    return get


@pytest.mark.parametrize(
    "answer",
    [
        [OK + b"Content-Length: 5\r\n\r\nhello"],
        [b"HTTP/1.0 200 OK\r\n\r\n", b"hel", b"lo"],
        [OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"],
        [b"HTTP/1.1 500 Error\r\nContent-Length: 5\r\n\r\n", b"hello"],
    ],
    ids=["length", "until the end", "chunked", "a fault's status"],
)
def test_a_page_comes_in_whatever_form(get, answer) -> None:
    page, request = get(answer)
    assert page.body == b"hello"
    assert page.local == "192.168.1.2"
    assert request.startswith(b"GET /x?y=1 HTTP/1.1\r\nHost: 192.168.1.3:5000\r\n")


def test_what_is_given_is_posted(get) -> None:
    _, request = get([OK + b"Content-Length: 0\r\n\r\n"], b"<call/>")
    assert request.startswith(b"POST /x?y=1 HTTP/1.1\r\n")
    assert b"Content-Length: 7\r\n" in request
    assert b'SOAPAction: "a#b"\r\n' in request
    assert request.endswith(b"\r\n\r\n<call/>")


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (None, SilentError, "cannot be asked"),
        ([], SilentError, "did not answer within 2 s"),
        ([b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n"], MalformedError, "302"),
        ([b"HTTP/1.1 401 No\r\n\r\n"], MalformedError, "status 401"),
        ([b"SSH-2.0-dropbear\r\n\r\n"], MalformedError, "as HTTP does"),
        ([b""], MalformedError, "as HTTP does"),
        ([b"HTTP/1.1 101 Now\r\n\r\n"], MalformedError, "as HTTP does"),
        ([b"HTTP/1.1 100 Wait\r\n\r\n" * 500], MalformedError, "as HTTP does"),
        ([OK + b"Content-Length: 9\r\n\r\nhello"], MalformedError, "as HTTP does"),
        ([OK + b"Content-Length: 9999999\r\n\r\n", b"x" * (LARGEST + 1)], MalformedError, "more than"),
        ([OK, *[b"X-A: " + b"y" * 1000 + b"\r\n"] * 40], MalformedError, "as HTTP does"),
    ],
    ids=["closed", "silent", "redirection", "login", "no HTTP", "nothing", "switched", "wait", "cut off", "huge", "headers"],
)  # fmt: skip
def test_everything_else_has_an_end_and_a_reason(get, answer, error, words) -> None:
    with pytest.raises(error, match=words):
        get(answer)
    assert get.now < 4


def test_a_page_that_never_ends_ends(get) -> None:
    def drip():
        yield OK + b"\r\n"
        while True:
            yield b"x" * 5000

    with pytest.raises(MalformedError, match="sends more than"):
        get(drip())
