"""Tests of `nat.portmapping.soap`: SOAP as UPnP writes it."""

import contextlib
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.portmapping.soap import Call, FaultError, fault, parse, response

URN = "urn:schemas-upnp-org:service:WANIPConnection:1"


def envelope(inner):
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<s:Body>{inner}</s:Body></s:Envelope>"
    ).encode()


def test_a_call_is_read_with_its_arguments():
    body = envelope(f'<u:Do xmlns:u="{URN}"><A> 1 </A><B/></u:Do>')
    assert parse(body, URN) == Call("Do", {"A": "1", "B": ""})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<", 402),
        (b"<!DOCTYPE x>" + envelope(f'<u:Do xmlns:u="{URN}"/>'), 402),
        (envelope(f'<u:Do xmlns:u="{URN}">{"x" * 17000}</u:Do>'), 402),
        (envelope(""), 401),
        (b"<x/>", 401),
        (envelope('<u:Do xmlns:u="urn:other"/>'), 401),
    ],
)
def test_what_is_no_call_of_the_service_is_a_fault(body, code):
    with pytest.raises(FaultError) as caught:
        parse(body, URN)
    assert caught.value.code == code


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"])))
def test_values_come_through_whatever_stands_in_them(text):
    root = ET.fromstring(response(URN, "Do", {"A": text}))
    assert root[0][0].find("A").text == (text or None)
    assert ET.fromstring(fault(FaultError(714, text))) is not None


@given(st.binary(max_size=200))
def test_any_bytes_are_a_call_or_a_fault(data):
    with contextlib.suppress(FaultError):
        parse(data, URN)
