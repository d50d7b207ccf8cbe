"""What stands around: a carrier's NAT, a second one of one's own, the gateway's services, packet sizes."""

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final

from nat.choices import PortMapping
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.reading import bare, is_address
from nat.discovery.judging.vantage import is_public
from nat.discovery.report import Outlook, RelayReport
from nat.discovery.surroundings import (
    Attempt,
    GatewayProbe,
    MapTest,
    Means,
    SizeProbe,
    is_named_for_a_tunnel,
)
from stunwire import Family

_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")
_RELAYS: Final = frozenset({Means.TURN_UDP, Means.TURN_TCP, Means.TURN_TLS})
_SURE_OF_SIZE: Final = 6
"""Transmissions of a size that must go unanswered until it counts as too big, and all above it: with
a tenth lost each way, once in 20,000 times that is loss."""


def _is_shared(host: str | None) -> bool:
    """RFC 6598: what carriers number their customers with, who share addresses."""
    if host is None or not is_address(host):
        return False
    address = ipaddress.ip_address(bare(host))
    return address.version == 4 and address in _SHARED


def judge_carrier_grade(
    evidence: Evidence, local: str | None, external: Sequence[str]
) -> Finding[bool]:
    """Find out whether the carrier has a NAT of its own (RFC 6888)."""
    if local is not None and _is_shared(local):
        if doubt := _why_no_carrier(evidence, local):
            return unknown(f"our own address, {local}, is of 100.64.0.0/10, but {doubt}")
        return known(value=True, why=f"our own address, {local}, is of the carriers' (RFC 6598)")
    gateways = gateway_addresses(evidence)
    for each in gateways:
        if _is_shared(each):
            return known(
                value=True,
                why=f"the router's outer address, {each}, is of the carriers' (RFC 6598)",
            )
    if local in external:
        return known(value=False, why="there is no NAT")
    if gateways and external and set(gateways) <= set(external):
        return known(value=False, why="the router's outer address is the one that servers see")
    return unknown(
        _untold(evidence, external)
        if not gateways
        else "the router's outer address is not the one that servers see"
    )


def _why_no_carrier(evidence: Evidence, local: str) -> str:
    """Why an address of the carriers' is most likely none: networks over the internet, VPNs, have such as well."""
    interface = next((each for each in evidence.interfaces if local in each.addresses), None)
    if interface is None:
        return ""
    if interface.is_tunnel or is_named_for_a_tunnel(interface.name):
        return f"{interface.name} is a tunnel, and VPNs use that range as well"
    if not (interface.is_default or interface.routers):
        return f"no router is behind {interface.name}, and VPNs use that range as well"
    return ""


def judge_double(evidence: Evidence, local: str | None, external: Sequence[str]) -> Finding[bool]:
    """Find out whether there is more than one NAT."""
    gateways = gateway_addresses(evidence)
    if local in external:
        return known(value=False, why="there is no NAT")
    inner = [each for each in gateways if is_address(each) and not is_public(each)]
    if external and inner and not set(inner) & set(external):
        why = f"the router's outer address, {inner[0]}, is not the one that servers see"
        return known(value=True, why=why)
    if gateways and external and set(gateways) <= set(external):
        return known(value=False, why="the router's outer address is the one that servers see")
    if gateways and external:
        return unknown("the router has another public address than servers see: several ways out?")
    return unknown(_untold(evidence, external))


def _untold(evidence: Evidence, external: Sequence[str]) -> str:
    """Why a router's outer address is not known; some do not tell one that is not public."""
    if external and tells_no_address(evidence):
        return (
            "the router says that it has no public address itself, and servers see one: most likely"
            " there is another NAT before it"
        )
    return "no router tells its outer address"


def tells_no_address(evidence: Evidence) -> bool:
    """Whether a gateway said that it has no external address, and none told one."""
    return any(each.has_none for each in evidence.gateways) and not gateway_addresses(evidence)


def gateway_addresses(evidence: Evidence) -> list[str]:
    """The outer addresses that routers have told of themselves."""
    told = (each.external for each in evidence.gateways if each.answered_at is not None)
    return list(dict.fromkeys(each for each in told if each and each != "0.0.0.0"))


def judge_outlook(evidence: Evidence) -> Outlook:
    """Say through which interfaces it was looked, and which others lead out."""
    chosen = {each.interface for each in evidence.sockets if each.interface}
    own = {bare(each.local.host) for each in evidence.sockets}
    through = tuple(
        each.name
        for each in evidence.interfaces
        if (each.name in chosen if chosen else not own.isdisjoint(map(bare, each.addresses)))
    )
    others = [
        each.name
        for each in evidence.interfaces
        if each.name not in through and (each.is_default or each.routers)
    ]
    return Outlook(through, bool(chosen), tuple(others) if through else ())


def judge_path_mtu(evidence: Evidence, family: Family) -> Finding[int]:
    """Find the largest IP packet that gets through whole."""
    probes = [each for each in evidence.sizes if each.target.family is family]
    if not probes:
        return not_tested()
    passed = [each.size for each in probes if each.answered_at is not None]
    if not passed:
        return unknown("nothing of any size was answered", tests=len(probes))
    best = max(passed)
    bigger = [each for each in probes if each.size > best]
    if bigger and not _is_too_big(bigger):
        return unknown(
            f"{best} bytes got through; what is larger may have been lost", tests=len(probes)
        )
    why = f"{best} bytes got through"
    if bigger:
        why += f", {min(each.size for each in bigger)} did not"
    return known(best, why, tests=len(probes))


def _is_too_big(bigger: Sequence[SizeProbe]) -> bool:
    """Whether the smallest of these sizes did not pass, rather than being lost."""
    size = min(each.size for each in bigger)
    tried = [each for each in bigger if each.size == size]
    told = any(each.told is not None and each.told < size for each in tried)
    return told or sum(len(each.sent) for each in tried) >= _SURE_OF_SIZE


def judge_ways_out(evidence: Evidence) -> tuple[RelayReport, ...]:
    """Say of each TURN server, and each TCP or TLS port, whether it was reached."""
    return tuple(_way_out(each) for each in evidence.attempts if each.means is not Means.HTTP)


def _way_out(attempt: Attempt) -> RelayReport:
    needs_all = attempt.means in _RELAYS
    arrived = attempt.finished_at if needs_all or attempt.means is Means.TLS else attempt.reached_at
    if attempt.failure or attempt.error is not None or arrived is None:
        refused = f"it refused with {attempt.error}" if attempt.error is not None else ""
        why = attempt.failure or refused or "it was not finished"
        finished = attempt.failure or refused
        works = known(value=False, why=why) if finished else unknown(why)
    else:
        works = known(value=True, why="an address was allocated" if needs_all else "it answered")
    return RelayReport(
        attempt.name, attempt.means.value, works, attempt.round_trip, attempt.relayed
    )


def reaches_relay(evidence: Evidence) -> bool | None:
    """Whether a relay was reached: None where none was tried, or none has said."""
    tried = [_way_out(each).works for each in evidence.attempts if each.means in _RELAYS]
    if any(each.value for each in tried):
        return True
    return False if tried and all(each.is_known for each in tried) else None


def judge_captive_portal(evidence: Evidence) -> Finding[bool]:
    """Find out whether pages are answered by somebody else."""
    pages = [each for each in evidence.attempts if each.means is Means.HTTP]
    reached = [each for each in pages if each.reached_at is not None]
    if not pages:
        return not_tested()
    if not reached:
        return unknown("the page could not be fetched")
    foreign = [each for each in reached if each.error is not None]
    if foreign:
        return known(value=True, why=foreign[0].failure, tests=len(foreign))
    whole = [each for each in reached if each.finished_at is not None and not each.failure]
    if not whole:
        return unknown(reached[0].failure or "the page did not come")
    return known(value=False, why="the page came as it should", tests=len(whole))


def judge_port_mapping(evidence: Evidence) -> dict[PortMapping, Finding[bool]]:
    """Say of each protocol whether the gateway opens ports by it."""
    return _offered(evidence.gateways)


def judge_pinholes(evidence: Evidence) -> dict[PortMapping, Finding[bool]]:
    """Say of each protocol whether the gateway opens pinholes in its firewall of IPv6 by it."""
    return _offered(evidence.firewalls)


def _offered(probes: Sequence[GatewayProbe]) -> dict[PortMapping, Finding[bool]]:
    return {
        protocol: _offers([each for each in probes if each.protocol is protocol])
        for protocol in PortMapping
        if any(each.protocol is protocol for each in probes)
    }


def _offers(probes: Sequence[GatewayProbe]) -> Finding[bool]:
    willing = [each for each in probes if each.answered_at is not None and not _refusal(each)]
    if willing:
        device = f", {willing[0].device}," if willing[0].device else ""
        return known(value=True, why=f"the gateway{device} answered", tests=len(willing))
    refused = [each for each in probes if each.answered_at is not None]
    if refused:
        return known(value=False, why=_refusal(refused[0]), tests=len(refused))
    why = next((each.failure for each in probes if each.failure), "nobody answered")
    return unknown(why, tests=len(probes))


def _refusal(probe: GatewayProbe) -> str:
    if probe.result:
        return probe.failure or f"the gateway refused with {probe.result}"
    return probe.failure


def judge_opened(evidence: Evidence) -> dict[PortMapping, Finding[bool]]:
    """Say of each port that was really opened whether strangers got in."""
    return _opened(evidence.map_tests)


def judge_opened_pinholes(evidence: Evidence) -> dict[PortMapping, Finding[bool]]:
    """Say of each pinhole that was really opened whether strangers got in."""
    return _opened(evidence.pinhole_tests)


def _opened(tests: Sequence[MapTest]) -> dict[PortMapping, Finding[bool]]:
    found: dict[PortMapping, Finding[bool]] = {}
    for each in tests:
        if each.external is None and each.result is None:
            found[each.protocol] = unknown(each.failure or "no answer came to the request")
        elif each.external is None:
            found[each.protocol] = known(value=False, why=each.failure or "no port was given")
        elif each.reached is None:
            found[each.protocol] = unknown(each.failure or "no server could send a packet to it")
        elif each.reached:
            found[each.protocol] = known(value=True, why="a packet from a stranger came in")
        else:
            found[each.protocol] = known(
                value=False, why=each.failure or "no packet from a stranger came in"
            )
    return found


def openable(evidence: Evidence, double: Iterable[Finding[bool]]) -> tuple[PortMapping, ...]:
    """The protocols by which ports can be opened that are any good."""
    opened = judge_opened(evidence)
    sure = tuple(each for each, finding in opened.items() if finding.value)
    offered = judge_port_mapping(evidence)
    hopeful = tuple(
        each for each, finding in offered.items() if finding.value and each not in opened
    )
    behind_another = any(each.value for each in double) or tells_no_address(evidence)
    return sure or (() if behind_another else hopeful)


def pinhole_openers(evidence: Evidence) -> tuple[PortMapping, ...]:
    """The protocols by which the gateway opens pinholes that are any good, as far as is known."""
    tried = judge_opened_pinholes(evidence)
    return tuple(
        each
        for each, offered in judge_pinholes(evidence).items()
        if offered.value and (each not in tried or tried[each].value is not False)
    )
