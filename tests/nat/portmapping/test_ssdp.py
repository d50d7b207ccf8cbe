"""Tests of `nat.portmapping.ssdp`: how a host finds its NAT by UPnP."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.portmapping.ssdp import DEVICE, TARGETS, Ssdp

SERVER = Ssdp("0-1", "http://192.168.1.1:5000/description.xml")


def search(target, man='"ssdp:discover"'):
    lines = (
        "M-SEARCH * HTTP/1.1",
        "HOST: 239.255.255.250:1900",
        f"MAN: {man}",
        "MX: 2",
        f"ST: {target}",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


@pytest.mark.parametrize("target", TARGETS)
def test_a_search_for_a_target_it_is_gets_one_answer(target):
    (answer,) = SERVER.receive(search(target))
    lines = answer.decode().split("\r\n")
    assert lines[0] == "HTTP/1.1 200 OK"
    assert f"ST: {target}" in lines
    assert f"USN: uuid:0-1::{target}" in lines
    assert "LOCATION: http://192.168.1.1:5000/description.xml" in lines


def test_a_search_for_everything_gets_an_answer_for_each():
    assert len(SERVER.receive(search("ssdp:all"))) == len(TARGETS) + 1
    (own,) = SERVER.receive(search("uuid:0-1"))
    assert b"USN: uuid:0-1\r\n" in own


@pytest.mark.parametrize(
    "silent",
    [
        search("urn:other"),
        search(DEVICE, man="x"),
        b"NOTIFY * HTTP/1.1\r\n\r\n",
        search("ssdp:all") + bytes(3000),
    ],
)
def test_anything_else_gets_silence(silent):
    assert SERVER.receive(silent) == []


@given(st.binary(max_size=300))
def test_no_bytes_raise_an_exception(data):
    SERVER.receive(data)
    SERVER.receive(b"M-SEARCH * HTTP/1.1\r\n" + data)
