"""What stands beside a prediction: the RFC's clause that it comes down to, and what the two can do."""

from dataclasses import dataclass
from typing import Final

from nat.choices import Dependence, Hairpinning
from nat.discovery.foretold import Certainty, Path, Prediction
from nat.discovery.report import FamilyReport, Report
from stunwire import Family

_EI, _AD, _APD = Dependence
_MAPPING: Final = "RFC 4787 §4.1 REQ-1"
_FILTERING: Final = "RFC 4787 §5 REQ-8"
_HAIRPIN: Final = "RFC 4787 §6 REQ-9"
_STEADY: Final = "RFC 4787 §8 REQ-11"
_ERRORS: Final = "RFC 4787 §9 REQ-12"
_HOSTS: Final = "RFC 8445 §5.1.1.1"
_RELAYS: Final = "RFC 8656 §3.1"
_FALLBACK: Final = "have a relay (TURN) ready, to which ICE turns by itself"
_PORT: Final = "open a port on one side (UPnP, NAT-PMP, PCP), or set its NAT to full cone"


@dataclass(frozen=True, slots=True)
class Counsel:
    """What stands beside a prediction.

    Attributes:
        clause: the RFC's section that decides, and its requirement where there is one.
        advice: what the two can do; empty where there is nothing to do.
    """

    clause: str
    advice: str = ""


def counsel(found: Prediction, a: Report, b: Report) -> Counsel:
    """Say what a prediction comes down to, and what to do.

    Args:
        found: the prediction.
        a, b: of which reports.
    """
    match found.path:
        case Path.SAME_NETWORK:
            return _near(found)
        case Path.HAIRPIN | Path.DIRECT | Path.IPV6:
            return _direct(found, a, b)
        case Path.RELAY:
            return _relayed(found, a, b)
        case Path.NONE:
            advice = "let TCP or TLS to a relay's port out, such as 443, or switch IPv6 on"
            return Counsel(_RELAYS, advice)


def _near(found: Prediction) -> Counsel:
    match found.certainty:
        case Certainty.CERTAIN:
            return Counsel(f"{_HOSTS}, {_HAIRPIN}")
        case Certainty.LIKELY:
            advice = "where guests are kept apart (client isolation), take another Wi-Fi or a cable"
            return Counsel(_HOSTS, f"{advice}, or {_FALLBACK}")
    advice = "diagnose again while the router answers UPnP, NAT-PMP or PCP, without masks"
    return Counsel(f"{_HOSTS}, {_HAIRPIN}", f"{advice}; {_FALLBACK}")


def _direct(found: Prediction, a: Report, b: Report) -> Counsel:
    family = Family.IPV6 if found.path is Path.IPV6 else Family.IPV4
    sides = [each for each in (a.family(family), b.family(family)) if each is not None]
    clause = _HAIRPIN if found.path is Path.HAIRPIN else _decisive(sides)
    if found.certainty is Certainty.CERTAIN:
        return Counsel(clause)
    if any(each.udp.value is None for each in sides):
        return Counsel("RFC 5780 §4.2", "diagnose again with other servers (--server)")
    if "gives its port away" in found.reason or "give their port away" in found.reason:
        advice = "have that router drop unsolicited packets instead of answering them"
        if "of who calls" in found.reason:
            advice = f"let the other one call, or {advice}"
        return Counsel(_STEADY, f"{advice}; {_FALLBACK}")
    if "forgets its port" in found.reason:
        return Counsel(f"{clause}, {_ERRORS}", _FALLBACK)
    if found.certainty is Certainty.UNCERTAIN:
        advice = "diagnose again with a server that has two addresses (RFC 5780)"
        return Counsel(clause, f"{advice}; {_FALLBACK}")
    return Counsel(clause, _FALLBACK)


def _decisive(sides: list[FamilyReport]) -> str:
    """Where all keep their ports that decides; else whom the other one lets in."""
    kept = all(each.mapping.value is _EI or each.translated.value is False for each in sides)
    return _MAPPING if kept else f"{_MAPPING}, {_FILTERING}"


def _relayed(found: Prediction, a: Report, b: Report) -> Counsel:
    tried = found.certainty is Certainty.CERTAIN
    relay = "give both the relay that was reached" if tried else "have a relay (TURN) for both"
    known = [each.udp.value for report in (a, b) for each in report.families]
    if False in known:
        over = " over TCP or TLS on port 443" if not tried else ""
        return Counsel(_RELAYS, f"{relay}{over}, or ask for UDP to be let out")
    sides = [each.family(Family.IPV4) for each in (a, b)]
    if None in sides:
        return Counsel("RFC 8656 §7.2", f"{relay}, or switch IPv6 on for both")
    kinds = [each.hairpinning.value for each in sides if each is not None]
    if "turn packets back" in found.reason:
        turned = Hairpinning.EXTERNAL_SOURCE not in kinds
        advice = "join one network" if turned else "set the NAT to full cone"
        return Counsel(_HAIRPIN, f"{relay}, or {advice}")
    return Counsel(f"{_MAPPING}, {_FILTERING}", f"{relay}; or {_PORT}")
