"""pystun3's name stands beside ours, and where it is another one, why."""

from nat.choices import Dependence
from nat.discovery.evidence import Evidence
from nat.discovery.findings import known
from nat.discovery.judging.classics import classic_difference, classic_name
from nat.discovery.report import FamilyReport
from nat.discovery.surroundings import Classic
from stunwire import Address, Family

EI, AD, APD = Dependence
SERVER = Address("198.51.100.1", 3478)
HERE = FamilyReport(
    Family.IPV4,
    udp=known(value=True, why=""),
    translated=known(value=True, why=""),
    mapping=known(EI, ""),
    filtering=known(APD, ""),
)


def said(*names: str, failure: str = "") -> Evidence:
    return Evidence(
        classic=tuple(Classic(server=SERVER, name=name, failure=failure) for name in names)
    )


def test_its_name_is_told() -> None:
    assert classic_name(said("Full Cone")).value == "Full Cone"
    assert not classic_name(said("Full Cone", "Symmetric NAT")).is_known
    assert classic_name(said("", failure="stopped after 10 s")).why == "stopped after 10 s"
    assert "not asked" in classic_name(Evidence()).why


def test_a_difference_is_explained() -> None:
    assert classic_difference(said("Restric Port NAT"), HERE, ()) == ""
    assert "Full Cone" in classic_difference(said("Full Cone"), HERE, ())
    assert classic_difference(said("Full Cone"), None, ()) == ""
