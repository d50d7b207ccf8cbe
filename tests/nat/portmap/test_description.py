"""Tests of `nat.portmap.description`: devices describe themselves, some of them badly."""

import pytest

from nat.portmap import description
from nat.portmap.errors import MalformedError
from nat.portmap.ssdp import Url
from nat.portmapping.igd import CONTROL_PATH, describe
from nat.portmapping.ssdp import SERVICE
from stunwire import Address

HERE = Url(Address("192.168.1.1", 5000), "/d.xml")


def service(control: str, kind: str = SERVICE) -> str:
    return f"<service><serviceType>{kind}</serviceType><controlURL>{control}</controlURL></service>"


def document(*services: str, head: str = "", device: str = "") -> bytes:
    return f"<root>{head}<device>{device}{''.join(services)}</device></root>".encode()


def test_the_lab_s_own_device_is_understood() -> None:
    device = description.decode(describe("1234"), HERE)
    assert device.name == "A NAT of the Hairpin lab"
    (found,) = device.services
    assert (found.kind, str(found.control)) == (SERVICE, f"http://192.168.1.1:5000{CONTROL_PATH}")


def test_all_services_that_map_ports_count_whatever_their_version() -> None:
    ppp = "urn:schemas-upnp-org:service:WANPPPConnection:1"
    device = description.decode(
        document(
            service("/a", "urn:x:Layer3Forwarding:1"),
            service("/b", f"{SERVICE[:-1]}2"),
            service("c", ppp),
            head="<URLBase>http://192.168.1.1:81/x/</URLBase>",
            device="<manufacturer>ACME</manufacturer><modelName>R\n1</modelName>",
        ),
        HERE,
    )
    assert device.name == "ACME R1"
    assert [str(one.control) for one in device.services] == [
        "http://192.168.1.1:81/b",
        "http://192.168.1.1:81/x/c",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"not found", "no description of a device: no XML"),
        (b"<!DOCTYPE root><root/>", "document type"),
        (document(), "no device that maps ports"),
        (document(service("http://203.0.113.9/c")), "sends calls elsewhere"),
        (document(service("http://127.0.0.1/c")), "sends calls elsewhere"),
        (document(service("gopher://192.168.1.1/c")), "begins with http"),
        (
            document(service("/c"), head="<URLBase>http://10.0.0.1/</URLBase>"),
            "sends calls elsewhere",
        ),
        (document(service("http://x y/")), "expected a URL"),
    ],
)
def test_what_is_none_or_sends_us_elsewhere_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(MalformedError, match=words):
        description.decode(data, HERE)
