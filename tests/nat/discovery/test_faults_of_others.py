"""What other diagnosis tools get wrong, or die of: each fault once, and what is said here instead.

Which tool has which fault stands beside each test; pystun3's own behaviour is in `test_classicworker`
and, on the kernel's NATs, in `tests/interop/test_kernel_strangers`.
"""

from typing import Any

import pytest

import nat
import relay
from nat import Dependence
from nat.discovery.asyncionetwork import AsyncioNetwork
from nat.discovery.discovering import discover
from nat.discovery.evidence import Wish
from nat.discovery.judging import judge
from nat.discovery.plan import Plan, StunServer
from nat.discovery.report import FamilyReport, Report
from stunwire import (
    Address,
    Attribute,
    ChangeRequest,
    DecodeError,
    Family,
    MappedAddress,
    OtherAddress,
    Padding,
    ResponsePort,
    Software,
    UnknownAttributes,
    XorMappedAddress,
    decode,
)
from tests.nat.discovery.homes import OTHER, SERVER, Answer, Home, answering, diagnosed

EI, AD, APD = Dependence
WISHES = (Wish.MAPPING, Wish.FILTERING, Wish.HAIRPIN, Wish.PORTS)
FOUR = (SERVER, Address(SERVER.host, OTHER.port), Address(OTHER.host, SERVER.port), OTHER)


def saying(*more: Attribute, other: bool = True, xor: bool = True, refuse: bool = False) -> Answer:
    """A server that always answers from where it was asked."""

    def answer(data: bytes, source: tuple[str, int]) -> bytes | None:
        try:
            request = decode(data)
        except DecodeError:
            return None
        wishes = [one for one in (ChangeRequest, ResponsePort, Padding) if request.get(one)]
        if refuse and wishes:
            return request.error(420, UnknownAttributes(tuple(one.type for one in wishes))).encode()
        seen: list[Attribute] = [MappedAddress(Address(*source))]
        if xor:
            seen.append(XorMappedAddress(Address(*source)))
        if other:
            seen.append(OtherAddress(OTHER))
        return request.success(*more, *seen).encode()

    return answer


def reported(behavior: str | nat.Behavior | None, *answers: Any, **options: Any) -> Report:
    chosen = nat.parse(behavior) if isinstance(behavior, str) else behavior
    home = Home(chosen, **options.pop("home", {}))
    return judge(diagnosed(*WISHES, home=home, others=answers, **options))


def found(*arguments: Any, **options: Any) -> FamilyReport:
    family = reported(*arguments, **options).family(Family.IPV4)
    assert family is not None
    return family


def test_a_second_run_through_the_same_nat_says_the_same() -> None:
    """pystun3, NatTypeTester issue 1: from the same port the first run has opened the filter."""
    home = Home(nat.PORT_RESTRICTED_CONE)

    async def twice() -> list[Any]:
        plan = Plan(servers=(StunServer(SERVER.host),), wishes=frozenset(WISHES))
        network = AsyncioNetwork()
        return [await discover(plan, network=network) for _ in range(2)]

    for report in home.run(twice()):
        family = report.family(Family.IPV4)
        assert (family.mapping.value, family.filtering.value) == (EI, APD)


def test_of_a_port_restricted_nat_the_external_address_is_told() -> None:
    """pystun3 prints `External IP: None` for the commonest of all NATs."""
    assert found("EI/APD").external == ("203.0.113.1",)


@pytest.mark.parametrize("kind", nat.ALL_NINE, ids=lambda one: one.short)
def test_mapping_and_filtering_are_two_questions(kind: nat.Behavior) -> None:
    """pystun3 calls every NAT that lets strangers in a full cone, and has one word for AD and APD."""
    family = found(kind)
    assert (family.mapping.value, family.filtering.value) == (kind.mapping, kind.filtering)


@pytest.mark.parametrize("kind", ["EI/APD", "APD/APD", "EI/EI"])
def test_a_server_that_ignores_change_request_proves_no_filter_open(kind: str) -> None:
    """pystun3, pion, stunclient and natdiscovery do not look from where an answer comes."""
    family = found(kind, answering(saying(), *FOUR))
    assert not family.filtering.is_known
    assert family.mapping.value is nat.parse(kind).mapping


def test_a_server_that_refuses_is_asked_no_more() -> None:
    """pystun3 asks again without end: 53,000 packets in a second."""
    report = reported("EI/APD", answering(saying(refuse=True), *FOUR))
    family = report.family(Family.IPV4)
    assert family is not None
    assert family.mapping.value is EI
    assert not family.filtering.is_known
    assert report.servers[0].tests_filtering.value is not True
    assert sum(len(one.sent) for one in report.evidence.transactions) < 120


def test_a_server_without_another_address_is_no_crash_and_no_verdict() -> None:
    """pystun3 dies of a TypeError, natdiscovery says nothing, both without a word."""
    family = found("EI/APD", answering(saying(other=False)))
    assert family.udp.value is True
    assert family.external == ("203.0.113.1",)
    assert not family.filtering.is_known
    assert family.filtering.why
    assert not family.mapping.is_known


@pytest.mark.parametrize("text", ["", "1", "12345", "é" * 60])
def test_attributes_are_padded_to_four_bytes(text: str) -> None:
    """pystun3 loses its way behind SOFTWARE of five bytes."""
    assert found("EI/APD", answering(saying(Software(text)), *FOUR)).mapping.value is EI


@pytest.mark.parametrize("noise", [b"", b"\0", b"HTTP/1.1 200 OK\r\n\r\n", b"\x01\x01" * 30])
def test_packets_that_are_no_stun_are_passed_over(noise: bytes) -> None:
    """pystun3 dies of a KeyError (jtriley/pystun 23, 33)."""
    count = 0

    def every_third(data: bytes, source: tuple[str, int]) -> bytes | None:
        nonlocal count
        count += 1
        return saying()(data, source) if count % 3 else noise

    assert found("EI/APD", answering(every_third, *FOUR)).mapping.value is EI


def test_a_server_that_masks_no_address_is_understood() -> None:
    """pion dereferences nothing where an answer lacks XOR-MAPPED-ADDRESS."""
    family = found("APD/APD", answering(saying(xor=False), *FOUR))
    assert family.udp.value is True
    assert family.mapping.value in {APD, None}


def test_without_a_nat_that_is_said() -> None:
    """pystun3 and pion compare with 0.0.0.0 and never find it."""
    family = found(None)
    assert family.translated.value is False
    assert family.local == "203.0.113.1"


@pytest.mark.parametrize("seed", range(3))
def test_lost_packets_are_no_filter(seed: int) -> None:
    """pion sends once, natdiscovery too: at 2 % loss they call every 25th open NAT a filtering one."""
    family = found("EI/EI", home={"seed": seed, "loss": 0.1})
    assert family.filtering.value in {EI, None}
    assert family.mapping.value in {EI, None}


def test_two_servers_at_one_address_do_not_separate_the_mappings() -> None:
    """tomchen/symmetric-nat-test issue 4: with them an address-dependent NAT looks like any other."""
    second = SERVER._replace(port=5000)
    settings = relay.Settings(listen=(SERVER, second))
    servers = [StunServer(SERVER.host), StunServer(second.host, second.port)]
    family = found("AD/AD", settings=settings, servers=servers)
    assert family.mapping.value is not EI


def test_hairpinning_gets_a_verdict() -> None:
    """natdiscovery prints what it received and leaves the rest to its reader."""
    behavior = nat.Behavior(EI, APD, hairpinning=nat.Hairpinning.EXTERNAL_SOURCE)
    assert found(behavior).hairpinning.value is nat.Hairpinning.EXTERNAL_SOURCE
