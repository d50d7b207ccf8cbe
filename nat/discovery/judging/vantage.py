"""From where servers look at us: one in a private network sees nothing of the way to the internet."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, Final

import msgspec

from nat.discovery.findings import Finding, Status, unknown
from nat.discovery.judging.reading import Reading, Sighting, parsed
from nat.discovery.judging.silence import measure
from nat.discovery.judging.trust import Trusts, weigh
from nat.discovery.report import FamilyReport, PortRule
from nat.discovery.transactions import Purpose, Transaction, Transport
from stunwire import Family

_PRIVATE: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
        *("192.0.0.0/24", "127.0.0.0/8", "fc00::/7", "fe80::/10", "::1/128"),
    )
)
"""What stands behind a NAT, if anything does: RFC 1918, RFC 6598, RFC 3927, RFC 7335 and the like."""
_OF_THE_ROUTER: Final = frozenset({"udp", "translated", "carrier_grade", "double"})
"""What does not rest on how servers see us, or is told otherwise."""


def is_public(host: str) -> bool:
    """Whether it may stand on the internet, as masks do, which are taken from documentation."""
    address = parsed(host)
    return address is not None and not any(address in each for each in _PRIVATE)


def apart(reading: Reading, family: Family, transport: Transport) -> tuple[Reading, Reading | None]:
    """Set servers aside that see us within a private network, where another one sees us from the internet.

    Returns:
        What is left, and what was set aside, of this family and transport; None if nothing was.
    """
    transactions = reading.of(family, transport)
    seen: dict[str, list[Sighting]] = {}
    for each in reading.sightings(transactions):
        seen.setdefault(each.server, []).append(each)
    within = {name for name, sightings in seen.items() if not any(map(_is_outside, sightings))}
    if not within or within == seen.keys():
        return reading, None
    asked = {each.server: each.target.host for each in reversed(transactions)}
    within = {name for name in within if not is_public(asked[name])}  # others may be lying
    aside = [each for each in transactions if each.server in within or _is_turned_within(each)]
    if not within:
        return reading, None
    inner = set(map(id, aside))
    rest = [each for each in reading.evidence.transactions if id(each) not in inner]
    return _only(reading, rest), _only(reading, aside)


def weigh_apart(reading: Reading, family: Family, transport: Transport) -> Trusts:
    """What is to be thought of all servers, each held against those that look from where it does."""
    trusts: Trusts = {}
    for each in apart(reading, family, transport):
        if each is not None:
            loss = measure(each, each.of(family, transport))
            trusts.update(weigh(each, family, transport, loss))
    return trusts


def why_within(sightings: Sequence[Sighting]) -> str:
    """Why nothing is known of the way to the internet; empty where a server sees us from there."""
    if not sightings or any(map(_is_outside, sightings)):
        return ""
    firsts = list({each.server: each for each in reversed(sightings)}.values())[::-1]
    hosts = list(dict.fromkeys(each.target.host for each in firsts))
    one = len(hosts) == 1
    address = parsed(hosts[0])
    if one and is_public(hosts[0]):
        where = f" sees you at {firsts[0].mapped.host}, in a private network"
    elif one and address is not None and address.is_loopback:
        where = " is on this machine itself"
    else:
        where = " is in a private network" if one else " are in private networks"
    who = "it" if one else "they"
    return (
        f"{' and '.join(hosts)}{where}, so {who} cannot tell how the internet sees you; ask a server"
        " on the internet"
    )


def narrowed(report: FamilyReport, why: str) -> FamilyReport:
    """What is left of a family that nobody has seen from the internet.

    A NAT that stands before a server in a private network is one, and what was found of it is true of it. Where there
    is none, that says nothing of what stands before the internet.
    """
    udp: Finding[bool] = unknown(why, tests=report.udp.tests)
    if report.translated.value is True:
        return replace(report, udp=udp)
    rest = {
        each.name: _unseen(getattr(report, each.name))
        for each in fields(report)
        if each.name not in _OF_THE_ROUTER
    }
    return replace(report, udp=udp, **rest)


def _unseen(value: Any) -> Any:
    if isinstance(value, PortRule):
        return PortRule(*(_unseen(getattr(value, each.name)) for each in fields(value)))
    if isinstance(value, Finding) and value.status is not Status.NOT_TESTED:
        return unknown(f"only a way within a private network was seen: {value.why}")
    return value


def _is_outside(sighting: Sighting) -> bool:
    return is_public(sighting.mapped.host)


def _is_turned_within(transaction: Transaction) -> bool:
    """Whether it tries hairpinning at an address of a private network."""
    asks = transaction.purpose is Purpose.HAIRPIN_ASK
    return asks and not is_public(transaction.target.host)


def _only(reading: Reading, transactions: Iterable[Transaction]) -> Reading:
    return Reading(msgspec.structs.replace(reading.evidence, transactions=tuple(transactions)))
