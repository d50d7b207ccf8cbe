"""A family's findings are there or say why not; no NAT needs the real local address."""

import msgspec

from nat.discovery.evidence import Evidence
from nat.discovery.judging import judge
from nat.discovery.judging.families import families_of
from nat.discovery.judging.reading import Reading
from nat.discovery.surroundings import Interface
from stunwire import Address, Family
from tests.nat.discovery.judging.playing import APD, EI, HOME, OUTSIDE, Played, PlayedServer


def test_a_nat_is_what_shows_another_address() -> None:
    family = judge(Played(EI, APD).diagnose()).families[0]
    assert (family.local, family.external) == (HOME, (OUTSIDE,))
    assert family.translated.value is True


def test_no_nat_shows_our_own() -> None:
    family = judge(Played(EI, APD, local="203.0.113.50", outside=()).diagnose()).families[0]
    assert family.translated.value is False
    assert family.carrier_grade.value is False


def test_an_unspecified_own_address_tells_nothing() -> None:
    evidence = Played(EI, APD, local="203.0.113.50", outside=()).diagnose()
    unbound = tuple(
        msgspec.structs.replace(each, local=Address("0.0.0.0", each.local.port))
        for each in evidence.sockets
    )
    family = judge(msgspec.structs.replace(evidence, sockets=unbound)).families[0]
    assert not family.translated.is_known
    assert family.local is None


def test_ipv6_is_a_firewall_s_test() -> None:
    server = PlayedServer(host="2001:db8:1::1", second="2001:db8:1::2")
    played = Played(EI, APD, local="2001:db8::2", outside=(), servers=[server])
    (family,) = judge(played.diagnose()).families
    assert family.family is Family.IPV6
    assert (family.translated.value, family.mapping.value) == (False, EI)
    assert family.filtering.value is APD


def test_families_are_those_that_were_asked_or_have_addresses() -> None:
    interface = Interface(name="eth0", addresses=("192.168.1.2", "fe80::1%eth0", "::1"))
    assert families_of(Reading(Evidence(interfaces=(interface,)))) == (Family.IPV4,)
    assert families_of(Reading(Evidence())) == ()
    (family,) = judge(Evidence(interfaces=(interface,))).families
    assert family.local == "192.168.1.2"
    assert not family.udp.is_known
