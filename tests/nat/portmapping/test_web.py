"""Tests of `nat.portmapping.web`: the HTTP of a UPnP device."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nat.firewall import STRICT, Firewall
from nat.portmapping.igd import Igd
from nat.portmapping.pinholes import Pinholes
from nat.portmapping.ssdp import FIREWALL
from nat.portmapping.web import WebConnection, site_of_firewall, site_of_nat
from tests.nat.portmapping.conftest import ListedNat

URN = "urn:schemas-upnp-org:service:WANIPConnection:1"
LINK = "urn:schemas-upnp-org:service:WANCommonInterfaceConfig:1"


def connection():
    return WebConnection(site_of_nat(Igd(ListedNat(), 0.0), "0-1"), "192.168.1.2")


def post(body, service="WANIPConnection"):
    head = f"POST /control/{service} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def call(action, service=URN):
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<u:{action} xmlns:u="{service}"/></s:Body></s:Envelope>'
    ).encode()


def status(answer):
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    "path", ["/description.xml", "/WANIPConnection.xml", "/WANCommonInterfaceConfig.xml"]
)
def test_the_descriptions_are_served(path):
    answer = connection().receive(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 0.0)
    assert status(answer) == 200
    assert answer.endswith(b">\n")


def test_an_action_is_performed_also_when_it_comes_byte_by_byte():
    one = connection()
    answers = [one.receive(bytes([byte]), 0.0) for byte in post(call("GetExternalIPAddress"))]
    assert answers[:-1] == [b""] * (len(answers) - 1)
    assert status(answers[-1]) == 200
    assert b"<NewExternalIPAddress>203.0.113.1</NewExternalIPAddress>" in answers[-1]
    assert one.done


def test_the_link_is_up_which_a_client_asks_before_it_takes_the_device_for_one():
    body = call("GetCommonLinkProperties", LINK)
    answer = connection().receive(post(body, "WANCommonInterfaceConfig"), 0.0)
    assert status(answer) == 200
    assert b"<NewPhysicalLinkStatus>Up</NewPhysicalLinkStatus>" in answer


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (b"GET /other HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"DELETE /description.xml HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (post(call("Reboot")), 500),
        (post(call("Reboot", LINK), "WANCommonInterfaceConfig"), 500),
        (post(b"nonsense"), 500),
        (post(b"x" * 20000), 413),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000, 431),
    ],
)
def test_what_it_cannot_do_gets_a_status_and_the_end(request_, expected):
    one = connection()
    assert status(one.receive(request_, 0.0)) == expected
    assert one.done
    assert one.receive(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 0.0) == b""


@given(st.lists(st.binary(max_size=100), max_size=5))
def test_no_bytes_raise_an_exception(pieces):
    one = connection()
    for piece in pieces:
        one.receive(piece, 0.0)


def test_a_firewall_has_pages_and_a_service_of_its_own():
    site = site_of_firewall(Pinholes(Firewall(STRICT)), "0-1")

    def answered(request):
        return WebConnection(site, "2001:db8::2").receive(request, 0.0)

    for path in ("/description.xml", "/WANIPv6FirewallControl.xml"):
        assert status(answered(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())) == 200
    body = call("GetFirewallStatus", FIREWALL)
    answer = answered(post(body, "WANIPv6FirewallControl"))
    assert b"<FirewallEnabled>1</FirewallEnabled>" in answer
    assert status(answered(post(body))) == 404
