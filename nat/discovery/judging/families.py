"""All findings of one family of addresses, each from what it rests on."""

import ipaddress
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nat.choices import Dependence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.arriving import judge_udp
from nat.discovery.judging.filtering import judge_filtering
from nat.discovery.judging.forgetting import judge_forgetting
from nat.discovery.judging.hairpins import judge_hairpinning
from nat.discovery.judging.lifetimes import judge_lifetime, judge_refresh
from nat.discovery.judging.mapping import judge_mapping
from nat.discovery.judging.meddling import judge_alg, judge_fragments
from nat.discovery.judging.models import judge_clashes, judge_scope, judge_sessions
from nat.discovery.judging.pooling import external_hosts, judge_pooling, judge_ports
from nat.discovery.judging.reading import Reading, Sighting, bare, is_address
from nat.discovery.judging.silence import Loss, measure
from nat.discovery.judging.surroundings import (
    judge_carrier_grade,
    judge_double,
    judge_path_mtu,
)
from nat.discovery.judging.trust import Trust, Trusts
from nat.discovery.judging.vantage import apart, narrowed, weigh_apart, why_within
from nat.discovery.report import FamilyReport, PortRule
from nat.discovery.transactions import Timer, Transaction, Transport
from stunwire import Family

_EI = Dependence.ENDPOINT_INDEPENDENT
_NO_NAT = not_tested("there is no NAT")


@dataclass(frozen=True, slots=True)
class Material:
    """What the findings of a family are made from.

    Attributes:
        reading: without servers that see us within a private network, if others see us from the internet.
        transactions: over UDP.
        trusts: what is to be thought of the servers.
        loss: on the way to them.
        sightings: by servers that can be believed.
        again: what these saw later, where they had seen the same port before.
        within: why nothing is known of the internet, where all who saw us did so within a private network.
    """

    reading: Reading
    transactions: list[Transaction]
    trusts: Trusts
    loss: Loss
    sightings: list[Sighting]
    again: list[Sighting]
    within: str


def families_of(reading: Reading) -> tuple[Family, ...]:
    """The families that there are: those that were asked, or in which we have an address."""
    asked = {each.target.family for each in reading.evidence.transactions}
    return tuple(each for each in Family if each in asked or _own_address(reading, each))


def judge_family(reading: Reading, family: Family) -> tuple[FamilyReport, Trusts]:
    """Judge one family; tell as well what is to be thought of its servers over UDP."""
    material = _gather(reading, family, Transport.UDP)
    report = _through_udp(material.reading, family, material)
    report = replace(
        report,
        tcp_mapping=_over(reading, family, Transport.TCP),
        tls_mapping=_over(reading, family, Transport.TLS),
        path_mtu=judge_path_mtu(reading.evidence, family),
    )
    return (narrowed(report, material.within) if material.within else report), material.trusts


def _gather(reading: Reading, family: Family, transport: Transport) -> Material:
    trusts = weigh_apart(reading, family, transport)
    reading, _ = apart(reading, family, transport)
    transactions = reading.of(family, transport)
    loss = measure(reading, transactions)
    believed = [each for each in transactions if _counts(trusts.get(each.server))]
    sightings, again = reading.sightings(believed), reading.seen_again(believed)
    within = why_within(sightings)
    return Material(reading, transactions, trusts, loss, sightings, again, within)


def _counts(trust: Trust | None) -> bool:
    return trust is not None and trust.is_believed and not trust.doubts


def _through_udp(reading: Reading, family: Family, material: Material) -> FamilyReport:
    sightings, trusts, loss = material.sightings, material.trusts, material.loss
    transactions = material.transactions
    external = external_hosts(sightings)
    local = _local(reading, family, transactions)
    translated = _translated(sightings, trusts, material.within)
    judged = judge_mapping([*sightings, *material.again], len(external))
    mapping = _mapping_without_nat(translated) or judged.found
    filtering = judge_filtering(reading, transactions, trusts, loss)
    one_shot = judge_lifetime(reading, family, Timer.ONE_SHOT, loss, len(external))
    stream = judge_lifetime(reading, family, Timer.STREAM, loss, len(external))
    report = FamilyReport(
        family,
        local=local,
        external=external,
        udp=judge_udp(reading, family),
        translated=translated,
        mapping=mapping,
        filtering=filtering,
        filter_scope=judge_scope(reading, transactions, trusts, loss, mapping, filtering),
        sessions=judge_sessions(reading, transactions, trusts, mapping),
        clashes=judge_clashes(reading, transactions, trusts, mapping, filtering),
        forgets=judge_forgetting(reading, reading.of(family), mapping),
        alg=judge_alg(reading, transactions, trusts),
        fragments=judge_fragments(reading, transactions, trusts, loss),
        one_shot_lifetime=one_shot,
        stream_lifetime=stream,
        refresh=judge_refresh(reading, family, loss, one_shot),
        is_deterministic=judged.is_deterministic,
    )
    if translated.value is False:
        return replace(
            report,
            hairpinning=_NO_NAT,
            pooling=_NO_NAT,
            double=_no_double(),
            carrier_grade=_no_double(),
            clashes=_NO_NAT,
            forgets=_NO_NAT,
        )
    report = replace(
        report,
        hairpinning=judge_hairpinning(reading, transactions, loss, mapping, filtering, sightings),
        pooling=judge_pooling(sightings),
        ports=_steady_ports(sightings, agrees=judged.agrees),
    )
    if family is Family.IPV6:
        return report
    outer = () if material.within else external
    return replace(
        report,
        carrier_grade=judge_carrier_grade(reading.evidence, local, outer),
        double=judge_double(reading.evidence, local, outer),
    )


def _steady_ports(sightings: Sequence[Sighting], *, agrees: bool) -> PortRule:
    """How ports are chosen, unless the NAT or a server is fickle, and nobody knows which."""
    if agrees:
        return judge_ports(sightings)
    fickle: Finding[bool] = unknown("what servers see of one port changes from test to test")
    return PortRule(fickle, fickle, fickle, unknown(fickle.why))


def _no_double() -> Finding[bool]:
    return known(value=False, why="there is no NAT")


def _local(reading: Reading, family: Family, transactions: Sequence[Transaction]) -> str | None:
    """The own address that most sockets had, or that of an interface."""
    used = Counter(local.host for each in transactions if (local := reading.local(each)))
    if used:
        return used.most_common(1)[0][0]
    return _own_address(reading, family)


def _own_address(reading: Reading, family: Family) -> str | None:
    for interface in sorted(reading.evidence.interfaces, key=lambda each: not each.is_default):
        for address in interface.addresses:
            if is_address(address) and _is_usable(address, family):
                return address
    return None


def _is_usable(text: str, family: Family) -> bool:
    address = ipaddress.ip_address(bare(text))
    version = 4 if family is Family.IPV4 else 6
    return address.version == version and not (
        address.is_loopback or address.is_link_local or address.is_unspecified
    )


def _translated(sightings: Sequence[Sighting], trusts: Trusts, within: str) -> Finding[bool]:
    """Whether servers see us at our own address; for that, the real one has to be known.

    That of a private network is no public one, whoever sees us at it.
    """
    seen = [each for each in sightings if each.local is not None]
    if not seen:
        if sightings:
            return unknown("our own address is not known")
        heard = [each for each in trusts.values() if each.answers]
        return unknown("no server that answered can be believed" if heard else "no server answered")
    servers = len({each.server for each in seen})
    other = [each for each in seen if each.mapped != each.local]
    if not other and within:
        return unknown(within, tests=len(seen))
    if not other:
        return known(
            value=False, why="servers see our own address", tests=len(seen), servers=servers
        )
    if len(other) < len(seen):
        return unknown("servers see our own address, and at other times another one")
    return known(
        value=True,
        why="servers see another address than our own",
        tests=len(other),
        servers=servers,
    )


def _mapping_without_nat(translated: Finding[bool]) -> Finding[Dependence] | None:
    if translated.value is not False:
        return None
    why = "there is no NAT: everybody sees our own address"
    return known(_EI, why, tests=translated.tests, servers=translated.servers)


def _over(reading: Reading, family: Family, transport: Transport) -> Finding[Dependence]:
    """The mapping as servers see it over a stream."""
    material = _gather(reading, family, transport)
    if not material.transactions:
        return not_tested()
    if not material.sightings:
        return unknown("no server answered")
    translated = _translated(material.sightings, material.trusts, material.within)
    if material.within and not translated.value:
        return unknown(material.within)
    hosts = len(external_hosts(material.sightings))
    found = judge_mapping(material.sightings, hosts, by_socket=False).found
    return _mapping_without_nat(translated) or found
