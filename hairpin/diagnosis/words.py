"""What is found, in words: the field's own, with what they mean beside them, and a colour's meaning."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hairpin.console import BROKEN, FINE, HELPED, QUIET
from nat import (
    Dependence,
    FilterScope,
    Hairpinning,
    Pooling,
    PortMapping,
    Refresh,
    Sessions,
)
from nat.discovery import Finding, Grade, Status, Verdict, Way
from nat.discovery.report import Outlook, Span


class Tone(enum.Enum):
    """What an answer means for direct connections; the value is the colour on a terminal."""

    FINE = FINE
    HELPED = HELPED
    BROKEN = BROKEN
    QUIET = QUIET
    """Unknown, or not tested."""
    PLAIN = ""
    """Neither good nor bad."""


@dataclass(frozen=True, slots=True)
class Words:
    """An answer in a few words.

    Attributes:
        text: such as `endpoint-independent`.
        meaning: what that means, in plain words; empty where the text says it all.
        tone: whether that is good.
    """

    text: str
    meaning: str = ""
    tone: Tone = Tone.PLAIN

    @property
    def whole(self) -> str:
        """Both."""
        return f"{self.text}: {self.meaning}" if self.meaning else self.text


GRADES: Final = {
    Grade.EXCELLENT: Tone.FINE,
    Grade.GOOD: Tone.FINE,
    Grade.FAIR: Tone.HELPED,
    Grade.POOR: Tone.HELPED,
    Grade.NONE: Tone.BROKEN,
    Grade.UNKNOWN: Tone.QUIET,
}
WAYS: Final = {
    Way.DIRECTLY: Tone.FINE,
    Way.WITH_HELP: Tone.HELPED,
    Way.THROUGH_A_RELAY: Tone.HELPED,
    Way.NOT_AT_ALL: Tone.BROKEN,
    Way.UNKNOWN: Tone.QUIET,
}
PROTOCOLS: Final = {
    PortMapping.UPNP: "UPnP IGD",
    PortMapping.NAT_PMP: "NAT-PMP",
    PortMapping.PCP: "PCP",
}


def outlook_of(outlook: Outlook) -> str:
    """From where it was looked, in a sentence; nothing where there is no other way out."""
    if not outlook.others:
        return ""
    through, others = (" and ".join(each) for each in (outlook.through, outlook.others))
    if outlook.is_chosen:
        return f"Looked through {through}, as asked; {others} was not looked through."
    more = f"--interface {outlook.others[0]}"
    return f"Looked through {through}; {others} leads out as well: {more} tells what is there."


_EI, _AD, _APD = Dependence
_MAPPING: Final = {
    _EI: Words(_EI.value, "every destination sees the same port", Tone.FINE),
    _AD: Words(_AD.value, "a new port for each address", Tone.HELPED),
    _APD: Words(f'{_APD.value} ("symmetric NAT")', "a new port for each destination", Tone.BROKEN),
}
_FILTERING: Final = {
    _EI: Words(_EI.value, "lets anybody in", Tone.FINE),
    _AD: Words(_AD.value, "lets in who was sent to, from any port", Tone.FINE),
    _APD: Words(_APD.value, "lets in who was sent to, from that port alone", Tone.HELPED),
}
_HAIRPINNING: Final = {
    Hairpinning.EXTERNAL_SOURCE: Words("yes", "with the external source address", Tone.FINE),
    Hairpinning.INTERNAL_SOURCE: Words(
        "with the internal source", "some programs do not know such answers", Tone.HELPED
    ),
    Hairpinning.NONE: Words("no", "or not so that one machine could see it", Tone.HELPED),
}
_POOLING: Final = {
    Pooling.PAIRED: Words(Pooling.PAIRED.value, "one external address", Tone.FINE),
    Pooling.ARBITRARY: Words(Pooling.ARBITRARY.value, "changing external addresses", Tone.HELPED),
}
_SCOPE: Final = {
    FilterScope.MAPPING: Words("one mapping"),
    FilterScope.ENDPOINT: Words("the internal endpoint", "all its mappings let the same in"),
}
_SESSIONS: Final = {
    Sessions.NONE: Words("none"),
    Sessions.CONNTRACK: Words("as in Linux", "a packet that was let in is answered from its port"),
}
_REFRESH: Final = {
    Refresh.OUTBOUND: Words("outbound packets", "only what we send"),
    Refresh.INBOUND: Words("inbound packets", "only what comes in", Tone.HELPED),
    Refresh.BOTH: Words("packets either way"),
}


def _yes_no(yes: Words, no: Words) -> Mapping[Any, Words]:
    return {True: yes, False: no}


_TABLES: Final[Mapping[str, Mapping[Any, Words]]] = {
    "udp": _yes_no(Words("gets through", tone=Tone.FINE), Words("blocked", tone=Tone.BROKEN)),
    "translated": _yes_no(
        Words("yes"), Words("no", "the own address is the public one", Tone.FINE)
    ),
    "mapping": _MAPPING,
    "tcp_mapping": _MAPPING,
    "tls_mapping": _MAPPING,
    "filtering": _FILTERING,
    "filter_scope": _SCOPE,
    "sessions": _SESSIONS,
    "clashes": _yes_no(
        Words("yes", "who comes unasked takes the port that was meant for him", Tone.HELPED),
        Words("no", tone=Tone.FINE),
    ),
    "forgets": _yes_no(
        Words("yes", "an ICMP error ends a mapping", Tone.HELPED), Words("no", tone=Tone.FINE)
    ),
    "hairpinning": _HAIRPINNING,
    "pooling": _POOLING,
    "preserving": _yes_no(Words("kept", "the external port is the internal one"), Words("changed")),
    "parity": _yes_no(Words("even stays even"), Words("not kept")),
    "contiguity": _yes_no(Words("neighbours stay neighbours"), Words("not kept")),
    "alg": _yes_no(
        Words("yes", "addresses in payloads are rewritten", Tone.HELPED),
        Words("no", "payloads are left alone", Tone.FINE),
    ),
    "fragments": _yes_no(Words("pass", tone=Tone.FINE), Words("dropped", tone=Tone.HELPED)),
    "refresh": _REFRESH,
    "is_deterministic": _yes_no(
        Words("yes", "the same each time", Tone.FINE),
        Words("no", "it changes its behaviour", Tone.BROKEN),
    ),
    "carrier_grade": _yes_no(
        Words("yes", "the carrier translates, too", Tone.HELPED), Words("no", tone=Tone.FINE)
    ),
    "double": _yes_no(Words("yes", "more than one NAT", Tone.HELPED), Words("no", tone=Tone.FINE)),
    "captive_portal": _yes_no(
        Words("yes", "pages are answered by somebody else", Tone.BROKEN),
        Words("no", tone=Tone.FINE),
    ),
    "answers": _yes_no(Words("answers", tone=Tone.FINE), Words("silent", tone=Tone.BROKEN)),
    "tests_filtering": _yes_no(Words("yes"), Words("no", "it cannot answer from elsewhere")),
    "honest": _yes_no(Words("yes"), Words("no", "what it says was not believed", Tone.BROKEN)),
    "works": _yes_no(Words("works", tone=Tone.FINE), Words("does not work", tone=Tone.BROKEN)),
    "opens": _yes_no(
        Words("there", "the router opens ports", Tone.FINE), Words("no", "no port is opened by it")
    ),
    "opens_pinholes": _yes_no(
        Words("there", "the router opens pinholes in its firewall", Tone.FINE),
        Words("no", "no pinhole is opened by it"),
    ),
    "opened_pinholes": _yes_no(
        Words("reached", "strangers get in by the pinhole", Tone.FINE),
        Words("not reached", "nobody gets in by the pinhole", Tone.BROKEN),
    ),
    "opened": _yes_no(
        Words("reached", "strangers get in at the opened port", Tone.FINE),
        Words("not reached", "nobody gets in at the opened port", Tone.BROKEN),
    ),
}


def graded(verdict: Verdict) -> tuple[str, str]:
    """The grade in a word, and the sentence without it."""
    word = verdict.grade.value.capitalize()
    return word, verdict.sentence.removeprefix(f"{word}: ")


def as_sentence(text: str) -> str:
    """A sentence as it is written alone."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def words_of(key: str, finding: Finding[Any]) -> Words:
    """A finding in words; what is unknown, or was not tested, says so, and nothing else.

    Args:
        key: which question it answers: the name of its field in the report.
        finding: the answer.
    """
    if finding.status is not Status.KNOWN:
        return Words(finding.status.value, _why(key, finding), Tone.QUIET)
    return _known(key, finding.value)


def _why(key: str, finding: Finding[Any]) -> str:
    """Why there is no answer, behind those that are left."""
    left = " or ".join(_known(key, value).text for value in finding.possible)
    return f"{left}; {finding.why}" if left else finding.why


def _known(key: str, value: Any) -> Words:
    if isinstance(value, Span):
        return Words(_span(value), "so long may a binding be silent")
    if isinstance(value, str):
        return Words(value)
    if key == "path_mtu":
        return Words(f"{value:,} B")
    if key == "delta":
        return Words(f"{value:+d}", "from one mapping to the next") if value else Words("none")
    return _TABLES[key][value]


def _span(lifetime: Span) -> str:
    """`30 to 35 s`, `at least 600 s`, `less than 15 s`."""
    if lifetime.gone is None:
        return f"at least {lifetime.alive:g} s"
    if lifetime.alive <= 0:
        return f"less than {lifetime.gone:g} s"
    return f"{lifetime.alive:g} to {lifetime.gone:g} s"
