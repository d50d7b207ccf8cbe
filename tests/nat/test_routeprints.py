"""Tests of `nat.routeprints`: what `route` prints on other systems, in the form of their documentation."""

import pytest

from nat.routeprints import macos_router, windows_routers, windows_routers6

MACOS = """\
   route to: default
destination: default
       mask: default
    gateway: 192.168.1.1
  interface: en0
      flags: <UP,GATEWAY,DONE,STATIC,PRCLONING,GLOBAL>
 recvpipe  sendpipe  ssthresh  rtt,msec    rttvar  hopcount      mtu     expire
       0         0         0         0         0         0      1500         0
"""
WINDOWS4 = """\
===========================================================================
Schnittstellenliste
 12...00 15 5d 01 02 03 ......Microsoft Hyper-V Network Adapter
  1...........................Software Loopback Interface 1
===========================================================================

IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      192.168.1.1     192.168.1.10     25
          0.0.0.0          0.0.0.0   Auf Verbindung         10.8.0.2      5
          0.0.0.0          0.0.0.0         10.0.0.1        10.0.0.77     55
        127.0.0.0        255.0.0.0   Auf Verbindung        127.0.0.1    331
      192.168.1.0    255.255.255.0   Auf Verbindung     192.168.1.10    281
===========================================================================
Ständige Routen:
  Netzwerkadresse          Netzmaske  Gatewayadresse  Metrik
          0.0.0.0          0.0.0.0         10.9.9.1  Standard
===========================================================================
"""
WINDOWS6 = """\
IPv6 Route Table
===========================================================================
Active Routes:
 If Metric Network Destination      Gateway
 12    281 ::/0                     fe80::1
  7     25 ::/0                     2001:db8::1
  1    331 ::1/128                  On-link
  9     30 ::/0                     On-link
 12    281 2001:db8:1234:5678:9abc:def0:1234:5678/128
                                    On-link
===========================================================================
Persistent Routes:
 If Metric Network Destination      Gateway
  0 4294967295 ::/0                     fe80::9
===========================================================================
"""


@pytest.mark.parametrize(
    ("gateway", "router"),
    [
        ("192.168.1.1", "192.168.1.1"),
        ("fe80::1%en0", "fe80::1%en0"),
        ("link#12", None),
        ("", None),
    ],
)
def test_macos_names_the_router_and_not_an_interface(gateway: str, router: str | None) -> None:
    assert macos_router(MACOS.replace("192.168.1.1", gateway)) == router


def test_macos_without_a_route_prints_none() -> None:
    assert macos_router("") is None
    assert macos_router("   route to: default\ndestination: default\n  interface: utun3\n") is None


def test_windows_tells_each_route_in_any_language_and_none_twice() -> None:
    assert list(windows_routers(WINDOWS4)) == [
        (25, "192.168.1.10", "192.168.1.1"),
        (55, "10.0.0.77", "10.0.0.1"),
    ]


def test_windows_tells_a_link_local_router_with_the_number_of_its_interface() -> None:
    assert list(windows_routers6(WINDOWS6)) == [(281, "12", "fe80::1%12"), (25, "7", "2001:db8::1")]


@pytest.mark.parametrize("junk", ["", "0.0.0.0 0.0.0.0 a b c", "a b ::/0 c", "gateway: "])
def test_junk_is_no_router(junk: str) -> None:
    assert macos_router(junk) is None
    assert not [*windows_routers(junk), *windows_routers6(junk)]
