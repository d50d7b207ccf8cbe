"""Tests of `nat.portmap.ssdp`: searches, and answers that point where they must not."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.portmap import ssdp
from nat.portmap.errors import MalformedError
from nat.portmap.ssdp import Url
from nat.portmapping.ssdp import Ssdp
from stunwire import Address

GATEWAY = "192.168.1.1"


def answer(location: str, first: str = "HTTP/1.1 200 OK") -> bytes:
    return f"{first}\r\nLOCATION: {location}\r\nSERVER: x/1\r\n\r\n".encode()


@pytest.mark.parametrize("target", [ssdp.TARGETS[0], ssdp.TARGETS[2]])
def test_a_device_understands_the_search_and_we_its_answer(target: str) -> None:
    device = Ssdp("1234", "http://192.168.1.1:5000/description.xml")
    (reply,) = device.receive(ssdp.encode_search(target, Address(ssdp.GROUP, ssdp.PORT)))
    found = ssdp.decode(reply, GATEWAY)
    assert found.location == Url(Address(GATEWAY, 5000), "/description.xml")
    assert found.server


def test_a_search_is_written_as_the_architecture_has_it() -> None:
    search = ssdp.encode_search("urn:x", Address("fe80::1", 1900))
    assert search == (
        b"M-SEARCH * HTTP/1.1\r\nHOST: [fe80::1]:1900\r\n"
        b'MAN: "ssdp:discover"\r\nMX: 1\r\nST: urn:x\r\n\r\n'
    )


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (answer("http://192.168.1.2/"), "elsewhere"),
        (answer("http://203.0.113.9/"), "elsewhere"),
        (answer("http://127.0.0.1:8080/"), "elsewhere"),
        (answer("http://router.lan/"), "numeric address"),
        (answer("http://192.168.1.1@evil.example/"), "numeric address"),
        (answer("https://192.168.1.1/"), "http://"),
        (answer("file:///etc/passwd"), "numeric address"),
        (answer("http://192.168.1.1:99999/"), "numeric address"),
        (answer("http://192.168.1.1:0/"), "http://"),
        (answer("http://192.168.1.1/" + "x" * 2000), "expected a URL"),
        (answer("http://192.168.1.1/a b"), "expected a URL"),
        (answer("http://192.168.1.1/\nHost: x"), "expected a URL"),
        (answer(""), "expected a URL|numeric address"),
        (answer("http://192.168.1.1/", "HTTP/1.1 404 Not Found"), "answer to a search"),
        (answer("http://192.168.1.1/", "NOTIFY * HTTP/1.1"), "answer to a search"),
        (answer("http://192.168.1.1/") + b"x" * 5000, "answer to a search"),
        (b"", "answer to a search"),
        (b"\xff" * 100, "answer to a search"),
    ],
)
def test_an_answer_that_is_none_or_points_elsewhere_is_refused(reply: bytes, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        ssdp.decode(reply, GATEWAY)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for reply in (data, b"HTTP/1.1 200 OK\r\nLOCATION:" + data):
        with contextlib.suppress(MalformedError):
            ssdp.decode(reply, GATEWAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/control", "http://192.168.1.1:5000/control"),
        ("control?x=1", "http://192.168.1.1:5000/a/control?x=1"),
        ("http://192.168.1.1:81/c", "http://192.168.1.1:81/c"),
    ],
)
def test_a_url_may_be_relative(text: str, expected: str) -> None:
    assert str(Url.parse(text, Url(Address(GATEWAY, 5000), "/a/b.xml"))) == expected


def test_a_device_is_asked_at_the_address_that_we_know_and_never_told_its_zone() -> None:
    url = Url.parse("http://[2001:db8::1]:81/x?y=1").at("fe80::1%eth0")
    assert url.address == Address("fe80::1%eth0", 81)
    assert str(url) == "http://[fe80::1]:81/x?y=1"


def test_over_ipv6_a_description_may_be_named_by_another_address_of_its_sender() -> None:
    there = "http://[2001:db8::1]:5000/d.xml"
    assert str(ssdp.decode(answer(there), None).location) == there
