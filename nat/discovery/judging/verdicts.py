"""The verdict first: what it comes to, in one sentence and a grade, and what would help."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nat.choices import Dependence
from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding
from nat.discovery.judging.partners import HOME, IPV6, MOBILE, Situation
from nat.discovery.judging.surroundings import judge_port_mapping, pinhole_openers, tells_no_address
from nat.discovery.report import FamilyReport, Grade, Outcome, Partner, Verdict, Way
from stunwire import Family

_SEVERAL: Final = 2
_TURN: Final = "use a TURN server that listens on TCP and TLS port 443 as well"

_BY_RELAY: Final = {
    True: "connections work through a relay, over TCP or TLS",
    False: "none of the relays that were tried could be reached",
    None: "connections need a relay over TCP or TLS",
}
"""How else it goes, by whether a relay was reached; None if none was tried."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the verdict is made of."""

    evidence: Evidence
    situation: Situation
    partners: tuple[Partner, ...]
    udp_ports: dict[int, Finding[bool]]
    captive_portal: Finding[bool]

    def way(self, name: str) -> Way:
        """How one gets through to a kind of partner."""
        return next(each.way for each in self.partners if each.name == name)

    @property
    def families(self) -> tuple[FamilyReport, ...]:
        """That were judged."""
        return self.situation.families


def pronounce(circumstances: Circumstances) -> Verdict:
    """Say what it comes to."""
    passes = [each.udp.value for each in circumstances.families]
    if True in passes:
        return _through_udp(circumstances)
    if False in passes and not _why_within(circumstances):
        return _blocked(circumstances)
    return _silent(circumstances)


def _through_udp(now: Circumstances) -> Verdict:
    shut = [port for port, finding in now.udp_ports.items() if finding.value is False]
    open_ = [port for port, finding in now.udp_ports.items() if finding.value]
    home, mobile, ipv6 = now.way(HOME), now.way(MOBILE), now.way(IPV6)
    if shut and open_:
        ports = ", ".join(map(str, open_))
        sentence = (
            f"Poor: UDP gets out only on some ports ({ports}), so most connections need a relay."
        )
        return Verdict(Outcome.RELAY_NEEDED, Grade.POOR, sentence, _advice(now))
    outcome, grade, sentence = _graded(home, mobile)
    if ipv6 is Way.DIRECTLY:
        outcome, grade, sentence = _with_ipv6(outcome, grade, sentence)
    if outcome is Outcome.INCONCLUSIVE:
        sentence = f"{sentence} {_why_unknown(now)}".strip()
    return Verdict(outcome, grade, sentence, _advice(now))


def _graded(home: Way, mobile: Way) -> tuple[Outcome, Grade, str]:
    likely, some, relay = Outcome.DIRECT_LIKELY, Outcome.DIRECT_WITH_SOME, Outcome.RELAY_NEEDED
    match home, mobile:
        case Way.DIRECTLY, Way.DIRECTLY:
            words = "direct connections work with almost everybody, strict mobile carriers included"
            return likely, Grade.EXCELLENT, f"Excellent: {words}."
        case Way.DIRECTLY, Way.UNKNOWN:
            words = "with strict mobile carriers it is not known"
        case Way.DIRECTLY, Way.WITH_HELP:
            words = "with strict mobile carriers only under conditions"
        case Way.DIRECTLY, _:
            words = "not with strict mobile carriers"
        case Way.UNKNOWN, _:
            sentence = "With whom direct connections work is not known."
            return Outcome.INCONCLUSIVE, Grade.UNKNOWN, sentence
        case Way.WITH_HELP, _:
            sentence = (
                "Fair: direct connections work with some home networks, not with all of them."
            )
            return some, Grade.FAIR, sentence
        case _:
            sentence = (
                "Poor: most connections need a relay, those with home networks as well; direct ones"
                " work only with networks that let strangers in."
            )
            return relay, Grade.POOR, sentence
    return (
        likely,
        Grade.GOOD,
        (f"Good: direct connections work with almost every home network; {words}."),
    )


def _with_ipv6(outcome: Outcome, grade: Grade, sentence: str) -> tuple[Outcome, Grade, str]:
    """IPv6 makes a difference where IPv4 does not do."""
    if grade in {Grade.EXCELLENT, Grade.GOOD}:
        return outcome, grade, sentence
    words = "over IPv6 they work with everybody who has it"
    if outcome is Outcome.RELAY_NEEDED:
        start = "Fair: over IPv4 most connections need a relay"
        return Outcome.DIRECT_WITH_SOME, Grade.FAIR, f"{start}; {words}, directly."
    if outcome is Outcome.INCONCLUSIVE:
        start = "Fair: over IPv4 it is not known with whom direct connections work"
        return Outcome.DIRECT_WITH_SOME, Grade.FAIR, f"{start}; {words}."
    return outcome, grade, f"{sentence.rstrip('.')}; {words}."


def _why_unknown(now: Circumstances) -> str:
    for each in now.families:
        for finding in (each.udp, each.mapping, each.filtering):
            if not finding.is_known and finding.why:
                return f"{finding.why[0].upper()}{finding.why[1:]}."
    return ""


def _blocked(now: Circumstances) -> Verdict:
    if now.captive_portal.value:
        sentence = "UDP is blocked, and a login page stands before the internet."
        return Verdict(Outcome.UDP_BLOCKED, Grade.NONE, sentence, _advice(now))
    rest = _BY_RELAY[now.situation.relayed]
    sentence = f"UDP is blocked here: {rest}."
    return Verdict(Outcome.UDP_BLOCKED, Grade.NONE, sentence, _advice(now))


def _silent(now: Circumstances) -> Verdict:
    """Nobody has answered over UDP, and nothing shows that UDP is to blame."""
    why = _why_no_network(now)
    if why:
        advice = ("check the cable, the Wi-Fi or the VPN",)
        return Verdict(Outcome.NO_NETWORK, Grade.NONE, f"No network: {why}.", advice)
    if now.captive_portal.value:
        sentence = "A login page stands before the internet, and nothing else got through."
        return Verdict(Outcome.INCONCLUSIVE, Grade.UNKNOWN, sentence, _advice(now))
    reason = _why_silent(now)
    sentence = f"It could not be found out what works here: {reason}."
    return Verdict(
        Outcome.INCONCLUSIVE, Grade.UNKNOWN, sentence, ("try other servers, with --server",)
    )


def _why_no_network(now: Circumstances) -> str:
    evidence = now.evidence
    reached = any(each.reached_at is not None or each.refused for each in evidence.attempts)
    if reached or any(each.answers for each in evidence.transactions):
        return ""
    asked = bool(evidence.servers or evidence.transactions or evidence.attempts)
    if asked and not now.families:
        return "this machine has no address but its own"
    unasked = _why_nobody_was_asked(evidence)
    if unasked:
        return unasked
    tried = [each for each in evidence.transactions if each.sent or each.failure]
    if tried and all(each.failure and not each.answers for each in tried) and _cannot_send(now):
        return tried[0].failure
    return _everything_silent(evidence)


def _why_nobody_was_asked(evidence: Evidence) -> str:
    """There is no way to any server, or nobody looks up any of several names and nobody else answers."""
    if evidence.transactions or not all(each.failure for each in evidence.servers):
        return ""
    if any(each.no_way for each in evidence.servers):
        return next(each.failure for each in evidence.servers if each.no_way)
    unheard = not any(each.no_name for each in evidence.servers) and not _gateway_answers(evidence)
    if unheard and len({each.name for each in evidence.servers}) >= _SEVERAL:
        return f"no name server answers ({evidence.servers[0].failure})"
    return ""


def _gateway_answers(evidence: Evidence) -> bool:
    probes = (*evidence.gateways, *evidence.firewalls)
    return any(each.answered_at is not None for each in probes)


def _cannot_send(now: Circumstances) -> bool:
    """Whether nothing was ever sent: errors that somebody else has told are another matter."""
    return not any(each.sent for each in now.evidence.transactions)


def _everything_silent(evidence: Evidence) -> str:
    """Several servers over UDP, and TCP as well: then it is not the servers."""
    hosts = {
        each.target.host
        for each in evidence.transactions
        if each.sent and not each.abandoned and not each.failure
    }
    streams = [each for each in evidence.attempts if each.failure and each.reached_at is None]
    if len(hosts) >= _SEVERAL and streams and not evidence.interrupted:
        return f"nothing gets out, neither UDP to {len(hosts)} servers nor TCP"
    return ""


def _why_within(now: Circumstances) -> str:
    """What is said of a family that servers saw, though none of them from the internet."""
    within = [each.udp.why for each in now.families if each.external and each.udp.value is None]
    return next(iter(within), "")


def _why_silent(now: Circumstances) -> str:
    if within := _why_within(now):
        return within
    if now.evidence.interrupted:
        return "it was stopped before a server had answered"
    if not now.evidence.servers and not now.evidence.transactions:
        return "no server was asked"
    failures = [each.failure for each in now.evidence.servers if each.failure]
    if failures and not now.evidence.transactions:
        return _why_no_name(now.evidence) or failures[0]
    asked = {each.target.family for each in now.evidence.transactions}
    whys = [each for each in now.families if each.udp.why]
    whys.sort(key=lambda each: each.family not in asked)
    return whys[0].udp.why if whys else "no server answered"


def _why_no_name(evidence: Evidence) -> str:
    """There is a network, and names are what is wrong."""
    unknown = [each.name for each in evidence.servers if each.no_name]
    if unknown:
        there = "a name server answers, so there is a network, but it knows no"
        return f"{there} {' and no '.join(unknown)}; see how they are written"
    if _gateway_answers(evidence):
        return f"the router answers, but no name server does ({evidence.servers[0].failure})"
    return ""


def _advice(now: Circumstances) -> tuple[str, ...]:
    """What would help, the best first."""
    advice = []
    if now.captive_portal.value:
        advice.append("log in to the network with a browser")
    advice += _advice_on_nat(now)
    advice += _advice_on_firewall(now)
    outer = now.way(IPV6)
    if outer is not Way.DIRECTLY and not any(f.family is Family.IPV6 for f in now.families):
        advice.append("switch IPv6 on, if the provider has it: it needs no NAT")
    if now.way(MOBILE) is not Way.DIRECTLY and now.situation.relayed is not True:
        advice.append(_TURN)
    return tuple(advice)


def _advice_on_firewall(now: Circumstances) -> Sequence[str]:
    """A firewall of IPv6 that keeps strangers out can be opened for one port."""
    here = now.situation.family(Family.IPV6)
    if here is None or not here.udp.value:
        return ()
    keeps_out = here.filtering.value in {
        Dependence.ADDRESS_DEPENDENT,
        Dependence.ADDRESS_AND_PORT_DEPENDENT,
    }
    names = " or ".join(each.title for each in pinhole_openers(now.evidence))
    if not keeps_out or not names:
        return ()
    return (f"let programs open pinholes in the IPv6 firewall by {names}: this router does it",)


def _advice_on_nat(now: Circumstances) -> Sequence[str]:
    here = now.situation.family(Family.IPV4)
    if here is None or here.translated.value is not True or not here.udp.value:
        return ()
    advice = []
    if here.double.value:
        advice.append("there are two NATs: make one of them a bridge")
    elif here.carrier_grade.value:
        advice.append("the carrier has a NAT: ask for a public address")
    elif tells_no_address(now.evidence):
        advice.append(
            "look for a second router before this one, which says that it has no public address; if"
            " there is none, ask the provider for one"
        )
    elif now.situation.openable:
        names = " or ".join(each.title for each in now.situation.openable)
        advice.append(f"let programs open ports by {names}: this router does it")
    elif judge_port_mapping(now.evidence):
        advice.append("switch UPnP or NAT-PMP on in the router")
    if here.mapping.is_known and here.mapping.value is not Dependence.ENDPOINT_INDEPENDENT:
        advice.append("this NAT changes ports: look for a setting such as full cone in the router")
    return advice
