"""From evidence to the report: a pure function, so a recorded diagnosis can be judged again."""

from collections.abc import Iterable

from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.judging.arriving import judge_udp_ports
from nat.discovery.judging.classics import classic_difference, classic_name
from nat.discovery.judging.families import families_of, judge_family
from nat.discovery.judging.partners import Situation, partners_of
from nat.discovery.judging.reading import Reading
from nat.discovery.judging.silence import measure
from nat.discovery.judging.surroundings import (
    judge_captive_portal,
    judge_opened,
    judge_opened_pinholes,
    judge_outlook,
    judge_pinholes,
    judge_port_mapping,
    judge_ways_out,
    openable,
    reaches_relay,
)
from nat.discovery.judging.trust import Trust, Trusts
from nat.discovery.judging.vantage import weigh_apart
from nat.discovery.judging.verdicts import Circumstances, pronounce
from nat.discovery.report import Report, ServerReport
from nat.discovery.transactions import Server, Transaction, Transport
from stunwire import Family


def judge(evidence: Evidence) -> Report:
    """Conclude what the evidence allows to conclude, and say of the rest why not."""
    reading = Reading(evidence)
    judged = {family: judge_family(reading, family) for family in families_of(reading)}
    families = tuple(report for report, _ in judged.values())
    situation = Situation(
        families,
        reaches_relay(evidence),
        openable(evidence, [each.double for each in families]),
    )
    partners = partners_of(situation)
    udp_ports = judge_udp_ports(reading)
    portal = judge_captive_portal(evidence)
    circumstances = Circumstances(evidence, situation, partners, udp_ports, portal)
    servers = tuple(_servers(reading, {each: trusts for each, (_, trusts) in judged.items()}))
    return Report(
        verdict=pronounce(circumstances),
        partners=partners,
        families=families,
        servers=servers,
        udp_ports=udp_ports,
        ways_out=judge_ways_out(evidence),
        captive_portal=portal,
        port_mapping=judge_port_mapping(evidence),
        opened=judge_opened(evidence),
        pinholes=judge_pinholes(evidence),
        opened_pinholes=judge_opened_pinholes(evidence),
        classic=classic_name(evidence),
        classic_difference=classic_difference(evidence, situation.family(Family.IPV4), servers),
        outlook=judge_outlook(evidence),
        evidence=evidence,
    )


def _servers(reading: Reading, over_udp: dict[Family, Trusts]) -> Iterable[ServerReport]:
    """One report for each server, transport and family that was asked."""
    for server in reading.evidence.servers:
        asked = False
        for family in Family:
            transactions = [
                each for each in reading.of(family, server.transport) if each.server == server.name
            ]
            if not transactions:
                continue
            asked = True
            trusts = over_udp.get(family, {})
            if server.transport is not Transport.UDP:
                trusts = weigh_apart(reading, family, server.transport)
            yield _report(reading, server, transactions, trusts.get(server.name))
        if not asked:
            yield _never_asked(server)


def _never_asked(server: Server) -> ServerReport:
    why = server.failure or "it was not asked"
    address = server.addresses[0] if server.addresses else None
    answers = unknown(why) if server.failure else not_tested(why)
    return ServerReport(server.name, address, answers, not_tested(why), not_tested(why))


def _report(
    reading: Reading, server: Server, transactions: list[Transaction], trust: Trust | None
) -> ServerReport:
    trust = trust or Trust(server.name)
    trips = [
        answer.at - sent
        for each in transactions
        for answer in reading.genuine(each)[:1]
        if (sent := max((s for s in each.sent if s <= answer.at), default=None)) is not None
    ]
    return ServerReport(
        server.name,
        transactions[0].target,
        _answers(transactions, trust),
        _tests_filtering(trust),
        _honest(trust),
        min(trips, default=None),
        measure(reading, transactions).share,
    )


def _answers(transactions: list[Transaction], trust: Trust) -> Finding[bool]:
    if trust.answers:
        return known(value=True, why="it answered", tests=trust.answers)
    failure = next((each.failure for each in transactions if each.failure), "")
    return unknown(failure or "it did not answer, or nothing gets to it", tests=len(transactions))


def _tests_filtering(trust: Trust) -> Finding[bool]:
    if trust.faults:
        return known(value=False, why=trust.faults[0])
    if trust.cannot:
        return known(value=False, why=trust.cannot)
    if trust.changes_ip:
        return known(value=True, why="it answered from its second address")
    return unknown("nothing shows whether it answers from its second address")


def _honest(trust: Trust) -> Finding[bool]:
    found = [*trust.lies, *trust.faults]
    if found:
        return known(value=False, why="; ".join(found), tests=len(found))
    if trust.doubts:
        return unknown(trust.doubts[0])
    if not trust.answers:
        return unknown("it did not answer")
    return known(value=True, why="what it says agrees with what was seen", tests=trust.answers)
