"""A report as rows: every question with its name, its answer in words, and what that rests on."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final

from hairpin.console import count, endpoint, milliseconds
from hairpin.diagnosis.words import PROTOCOLS, Words, as_sentence, words_of
from nat.discovery import FamilyReport, Finding, Report, Status
from nat.discovery.explaining import Explanation, explain
from nat.discovery.report import PortRule, RelayReport, ServerReport
from stunwire import Family

_OF_A_FAMILY: Final = {
    "udp": "UDP",
    "translated": "NAT",
    "mapping": "mapping",
    "filtering": "filtering",
    "filter_scope": "filters belong to",
    "sessions": "sessions",
    "clashes": "clashes",
    "forgets": "forgets at errors",
    "hairpinning": "hairpinning",
    "pooling": "pooling",
    "tcp_mapping": "TCP mapping",
    "tls_mapping": "TLS mapping",
    "is_deterministic": "deterministic",
    "one_shot_lifetime": "one-shot lifetime",
    "stream_lifetime": "stream lifetime",
    "refresh": "refreshed by",
    "alg": "ALG",
    "fragments": "fragments",
    "path_mtu": "path MTU",
    "carrier_grade": "carrier-grade NAT",
    "double": "double NAT",
}
_SEEN_BY_OURSELVES: Final = frozenset({"udp", "hairpinning", "path_mtu", "carrier_grade", "double"})
"""What does not rest on what a server says."""
_OF_PORTS: Final = {
    "preserving": "port",
    "parity": "port parity",
    "contiguity": "port contiguity",
    "delta": "port delta",
}
SERVERS: Final = "Servers"
FAMILIES: Final = {Family.IPV4: "IPv4", Family.IPV6: "IPv6"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One question and its answer.

    Attributes:
        key: of the question: the name of its field in the report.
        name: of the question, for people.
        finding: the answer.
        note: what belongs to it, such as a round-trip time.
        topic: by what it is explained, where that is not the key.
        witness: on whose word it rests, in a few words; empty where several agree, or none is needed.
    """

    key: str
    name: str
    finding: Finding[Any]
    note: str = ""
    topic: str = ""
    witness: str = ""

    @property
    def words(self) -> Words:
        """The answer in words."""
        return words_of(self.key, self.finding)

    @property
    def explanation(self) -> Explanation:
        """How it was measured, the RFC's clause, and what to do."""
        return explain(self.topic or self.key, self.finding)

    @property
    def grounds(self) -> tuple[str, ...]:
        """What the answer rests on, in sentences: what was seen and how often, how, what to do."""
        told = self.explanation
        rests = ", ".join(filter(None, (self.finding.confidence, self.witness)))
        seen = as_sentence(_beside(self.finding.why, rests)) if self.is_known else ""
        how = as_sentence(_beside(told.how, told.clause)) if self.is_tested else ""
        advice = as_sentence(f"what to do: {told.advice}") if told.advice else ""
        return tuple(each for each in (seen, how, advice) if each)

    @property
    def is_known(self) -> bool:
        """Whether there is an answer."""
        return self.finding.is_known

    @property
    def is_tested(self) -> bool:
        """Whether anybody asked."""
        return self.finding.status is not Status.NOT_TESTED


@dataclass(frozen=True, slots=True)
class Chapter:
    """Facts that belong together.

    Attributes:
        title: of them.
        facts: in the order in which they are told.
    """

    title: str
    facts: tuple[Fact, ...]

    @property
    def nothing(self) -> str:
        """One line in place of a table in which nothing at all is known; empty where something is."""
        tested = [fact for fact in self.facts if fact.is_tested]
        if self.title == SERVERS or any(fact.is_known for fact in tested):
            return ""
        why = next((fact.finding.why for fact in tested if fact.finding.why), "")
        joint = "; " if ": " in self.title else ": "
        return f"{self.title}{joint}nothing is known{f', as {why}' if why else ''}."


def chapters(report: Report) -> tuple[Chapter, ...]:
    """All that a report says, beside its verdict; chapters without anything tested are left out."""
    every = [
        *(Chapter(_title(family), tuple(_of_family(family, report))) for family in report.families),
        Chapter("Beyond the NAT", tuple(_beyond(report))),
        Chapter(SERVERS, tuple(_of_servers(report.servers))),
    ]
    return tuple(each for each in every if any(fact.is_tested for fact in each.facts))


def witnesses(report: Report) -> tuple[str, ...]:
    """Whose word alone the findings of a family rest on, in a sentence for each family where it is one's."""
    every = (_witness(report, family) for family in report.families)
    return tuple(each for each in every if each)


def _witness(report: Report, family: FamilyReport) -> str:
    name = _only_server(report, family)
    if not name or (family.udp.status is family.translated.status is Status.UNKNOWN):
        return ""
    start = f"What is said of {FAMILIES[family.family]} rests on the word of {name} alone"
    if family.double.value is False and family.translated.value is True:
        return f"{start}; the router tells the same external address."
    return f"{start}: a lie that it keeps to would not be found out. Name another --server, too."


def _only_server(report: Report, family: FamilyReport) -> str:
    """The only server that was heard over a family; empty if there are several, or none."""
    heard = {
        each.name
        for each in report.servers
        if each.answers.value and each.address is not None and each.address.family is family.family
    }
    return heard.pop() if len(heard) == 1 else ""


def _title(family: FamilyReport) -> str:
    """`IPv4: 192.168.1.10 here, 203.0.113.7 outside`."""
    parts = []
    if family.local is not None:
        parts.append(f"{family.local} here")
    where = "in a private network" if family.udp.status is Status.UNKNOWN else "outside"
    if family.external and (where == "outside" or family.external != (family.local,)):
        parts.append(f"{' and '.join(family.external)} {where}")
    name = FAMILIES[family.family]
    return f"{name}: {', '.join(parts)}" if parts else name


def _of_family(family: FamilyReport, report: Report) -> Iterator[Fact]:
    witness = "one server's word" if _only_server(report, family) else ""
    for field in fields(family):
        found = getattr(family, field.name)
        if isinstance(found, PortRule):
            for key, name in _OF_PORTS.items():
                yield Fact(key, name, getattr(found, key), witness=witness)
        elif isinstance(found, Finding):
            word = "" if field.name in _SEEN_BY_OURSELVES else witness
            yield Fact(field.name, _OF_A_FAMILY[field.name], found, witness=word)


def _beyond(report: Report) -> Iterator[Fact]:
    for number, finding in report.udp_ports.items():
        yield Fact("works", f"UDP port {number}", finding)
    for way in report.ways_out:
        yield Fact("works", f"{_means(way.means)} {way.name}", way.works, _of_way(way))
    yield Fact("captive_portal", "captive portal", report.captive_portal)
    for protocol, finding in report.port_mapping.items():
        yield Fact("opens", PROTOCOLS[protocol], finding, _why_not(finding), protocol.value)
    for protocol, finding in report.opened.items():
        yield Fact("opened", f"port opened by {PROTOCOLS[protocol]}", finding)
    for protocol, finding in report.pinholes.items():
        name = f"IPv6 pinholes by {PROTOCOLS[protocol]}"
        yield Fact("opens_pinholes", name, finding, _why_not(finding), "pinholes")
    for protocol, finding in report.opened_pinholes.items():
        name = f"pinhole opened by {PROTOCOLS[protocol]}"
        yield Fact("opened_pinholes", name, finding)
    yield Fact("classic", "classic name (RFC 3489)", report.classic, report.classic_difference)


def _means(means: str) -> str:
    """`TURN over UDP`, from `turn over udp`."""
    return " ".join(word if word == "over" else word.upper() for word in means.split())


def _of_way(way: RelayReport) -> str:
    parts = [] if way.round_trip is None else [milliseconds(way.round_trip)]
    if way.relayed is not None:
        parts.append(f"relays at {endpoint(way.relayed)}")
    if why := _why_not(way.works):
        parts.append(why)
    return ", ".join(parts)


def _why_not(finding: Finding[bool]) -> str:
    """What the gateway, or the relay, has said itself: without that a no is a riddle."""
    return finding.why if finding.value is False else ""


def _of_servers(servers: tuple[ServerReport, ...]) -> Iterator[Fact]:
    for server in servers:
        parts = [] if server.address is None else [endpoint(server.address)]
        if server.round_trip is not None:
            parts.append(milliseconds(server.round_trip))
        if server.loss:
            parts.append(f"{server.loss:.0%} lost")
        yield Fact("answers", server.name, server.answers, ", ".join(parts))
        if server.answers.value:
            yield Fact("tests_filtering", f"{server.name} tests filtering", server.tests_filtering)
            yield Fact("honest", f"{server.name} is honest", server.honest)


def _beside(sentence: str, more: str) -> str:
    """A sentence with something in brackets at its end."""
    return f"{sentence.removesuffix('.')} ({more})" if sentence and more else sentence


def unanswered(facts: tuple[Fact, ...]) -> str:
    """How many questions were not asked, in words, and which."""
    names = [fact.name for fact in facts if not fact.is_tested]
    return f"{count(len(names), 'question')} not asked: {', '.join(names)}" if names else ""
