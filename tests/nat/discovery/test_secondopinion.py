"""Why pystun3 says something else."""

import dataclasses

import pytest
import stun

from nat import Dependence
from nat.discovery.findings import known
from nat.discovery.report import FamilyReport, ServerReport
from nat.discovery.secondopinion import ClassicName, difference, expected_name
from nat.discovery.surroundings import Classic
from stunwire import Address, Family

SERVER = Address("198.51.100.10", 3478)
EI, AD, APD = Dependence
NAMES = [
    (EI, EI, ClassicName.FULL_CONE),
    (EI, AD, ClassicName.RESTRICTED),
    (EI, APD, ClassicName.PORT_RESTRICTED),
    (AD, EI, ClassicName.SYMMETRIC),
    (AD, AD, ClassicName.SYMMETRIC),
    (AD, APD, ClassicName.SYMMETRIC),
    (APD, EI, ClassicName.SYMMETRIC),
    (APD, AD, ClassicName.SYMMETRIC),
    (APD, APD, ClassicName.SYMMETRIC),
]


def behind(
    mapping: Dependence, filtering: Dependence, *, translated: bool = True, clashes: bool = False
) -> FamilyReport:
    return FamilyReport(
        Family.IPV4,
        udp=known(True, ""),
        translated=known(translated, ""),
        mapping=known(mapping, ""),
        filtering=known(filtering, ""),
        clashes=known(clashes, ""),
    )


def says(name: ClassicName | str) -> Classic:
    return Classic(server=SERVER, name=name.value if isinstance(name, ClassicName) else name)


def a_server(*, tests_filtering: bool) -> ServerReport:
    true = known(True, "")
    return ServerReport("s", SERVER, true, known(tests_filtering, ""), true)


@pytest.mark.parametrize(("mapping", "filtering", "name"), NAMES)
def test_a_name_for_each_of_the_nine(mapping, filtering, name) -> None:
    assert expected_name(behind(mapping, filtering)) is name
    assert difference(behind(mapping, filtering), says(name)) == ""


def test_names_without_a_nat_and_without_udp() -> None:
    assert expected_name(behind(EI, EI, translated=False)) is ClassicName.OPEN_INTERNET
    assert expected_name(behind(EI, APD, translated=False)) is ClassicName.SYMMETRIC_FIREWALL
    blocked = FamilyReport(Family.IPV4, udp=known(False, ""))
    assert expected_name(blocked) is ClassicName.BLOCKED


def test_the_names_are_its_own() -> None:
    assert {one.value for one in ClassicName} == {
        stun.Blocked,
        stun.OpenInternet,
        stun.FullCone,
        stun.SymmetricUDPFirewall,
        stun.RestricNAT,
        stun.RestricPortNAT,
        stun.SymmetricNAT,
        stun.ChangedAddressError,
    }


def test_where_too_little_is_known_nothing_is_said() -> None:
    whole = behind(EI, APD)
    for name in ("translated", "mapping", "filtering"):
        partly = dataclasses.replace(whole, **{name: FamilyReport(Family.IPV4).udp})
        assert expected_name(partly) is None
        assert difference(partly, says(ClassicName.FULL_CONE)) == ""


def test_a_name_that_it_does_not_have_explains_nothing() -> None:
    assert difference(behind(EI, APD), says("Full Moon")) == ""


def test_a_failure_is_told_as_it_is() -> None:
    failed = Classic(server=SERVER, failure="it crashed")
    assert difference(behind(EI, EI), failed) == "pystun3 says nothing: it crashed"


@pytest.mark.parametrize(
    ("family", "said", "honest", "because"),
    [
        (behind(APD, EI), ClassicName.FULL_CONE, True, "never looks at its mapping"),
        (behind(EI, APD), ClassicName.FULL_CONE, False, "does not look from where"),
        (behind(APD, APD), ClassicName.FULL_CONE, False, "does not look from where"),
        (behind(EI, APD), ClassicName.FULL_CONE, True, "an earlier run from the same port"),
        (behind(EI, EI, translated=False), ClassicName.FULL_CONE, True, "takes no NAT for one"),
        (behind(EI, EI), ClassicName.BLOCKED, True, "no magic cookie"),
        (behind(EI, APD), ClassicName.FAILED, True, "no other way to tell the mapping"),
        (behind(EI, APD), ClassicName.SYMMETRIC, True, "asks nobody twice"),
        (behind(EI, APD, clashes=True), ClassicName.SYMMETRIC, True, "whom has come unasked"),
        (behind(EI, EI), ClassicName.RESTRICTED, True, "takes for a filter"),
        (behind(EI, AD), ClassicName.PORT_RESTRICTED, True, "takes for a filter"),
        (behind(EI, APD), ClassicName.RESTRICTED, True, "its third test"),
        (behind(APD, APD), ClassicName.PORT_RESTRICTED, True, "happen to give the same"),
        (behind(EI, EI), ClassicName.OPEN_INTERNET, True, "keeps the own address"),
    ],
)
def test_each_difference_names_the_fault(family, said, honest, because) -> None:
    server = a_server(tests_filtering=honest)
    text = difference(family, says(said), server)
    assert because in text.replace("\n", " ")
    assert text.startswith(f"pystun3 says {said.value!r} and not ")


def test_udp_that_passed_once_is_told() -> None:
    blocked = FamilyReport(Family.IPV4, udp=known(False, ""))
    assert "UDP passed while it asked" in difference(blocked, says(ClassicName.SYMMETRIC))
