"""What stands beside a finding: how it was measured, the RFC's clause, and what one can do about it."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from nat.choices import Dependence, Hairpinning, Pooling, Refresh
from nat.discovery.findings import Finding
from nat.discovery.report import Span

_EI, _AD, _APD = Dependence
_CHANGING: Final = "look for full cone, or a gaming mode, in the router; else a relay (TURN) helps"
_TWO_MINUTES: Final = 120.0
_ETHERNET: Final = 1500


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands beside a finding.

    Attributes:
        how: how it was measured, in one sentence.
        clause: the RFC's section, and its requirement where there is one; empty where there is none.
        advice: what one can do about the answer; empty where there is nothing to do.
    """

    how: str
    clause: str = ""
    advice: str = ""


_HOW: Final[dict[str, tuple[str, str]]] = {
    "udp": ("STUN servers were asked over UDP.", "RFC 5780 §4.2"),
    "udp_ports": ("STUN servers were asked on that port.", "RFC 5780 §4.2"),
    "translated": (
        "The address that servers see was held against the real one of the socket.",
        "RFC 5780 §4.3",
    ),
    "mapping": (
        (
            "From one port a server was asked at two addresses and two ports, and it was compared how it"
            " sees us; that was repeated from fresh ports."
        ),
        "RFC 4787 §4.1 REQ-1, RFC 5780 §4.3",
    ),
    "filtering": (
        (
            "From fresh ports a server was asked to answer from another address and from another port;"
            " silence counts only between plain answers, and if the server is seen to obey elsewhere."
        ),
        "RFC 4787 §5 REQ-8, RFC 5780 §4.4",
    ),
    "filter_scope": (
        "A server was asked to answer from where another mapping of the same port had sent.",
        "RFC 4787 §5",
    ),
    "sessions": (
        "After a stranger had come in, something was sent to it, and it was compared from which port.",
        "RFC 4787 §4.1",
    ),
    "clashes": (
        (
            "After a stranger had been kept out, something was sent to it, and it was compared from which"
            " port."
        ),
        "RFC 4787 §8 REQ-11",
    ),
    "forgets": (
        (
            "Something was sent to a port where nobody is, and when that was told by ICMP, a server was asked"
            " from another port to answer to ours."
        ),
        "RFC 4787 §9 REQ-12",
    ),
    "tcp_mapping": (
        (
            "From one port connections were made to several addresses, and it was compared how they see"
            " us."
        ),
        "RFC 5382 §4.1 REQ-1",
    ),
    "tls_mapping": (
        "The same over TLS, where nobody between can change what the server says.",
        "RFC 5382 §4.1 REQ-1",
    ),
    "hairpinning": (
        "Two sockets learned their external addresses, and each sent to that of the other.",
        "RFC 4787 §6 REQ-9, RFC 5780 §4.5",
    ),
    "pooling": (
        "The external addresses of all mappings were compared.",
        "RFC 4787 §4.1 REQ-2",
    ),
    "preserving": (
        "The external port of each fresh port was held against its own.",
        "RFC 4787 §4.2.1 REQ-3",
    ),
    "parity": ("It was counted how many even ports became even ones.", "RFC 4787 §4.2.2 REQ-4"),
    "contiguity": (
        "Two ports beside each other were mapped, the higher one first.",
        "RFC 4787 §4.2.3",
    ),
    "delta": (
        "Ports of new mappings were compared in the order of their making.",
        "RFC 4787 §4.2.1",
    ),
    "alg": (
        (
            "A server tells the address that it sees plain and masked: who rewrites addresses on the way"
            " changes only the plain one."
        ),
        "RFC 4787 §7 REQ-10, RFC 5780 §4.8",
    ),
    "fragments": (
        "A server was asked, and answered, with so much padding that both take two packets.",
        "RFC 4787 §11 REQ-14, RFC 5780 §4.7",
    ),
    "one_shot_lifetime": (
        (
            "Ports with one exchange were left alone for different times, and then a server was asked"
            " from another port to answer to theirs. What ends first counts: the mapping, or the filter's"
            " entry."
        ),
        "RFC 4787 §4.3 REQ-5, RFC 5780 §4.6",
    ),
    "stream_lifetime": (
        "The same, after some seconds of traffic both ways.",
        "RFC 4787 §4.3 REQ-5, RFC 5780 §4.6",
    ),
    "refresh": (
        (
            "Halfway through a wait one packet was sent, from outside or from inside, and it was asked"
            " whether the binding outlived its time."
        ),
        "RFC 4787 §4.3 REQ-6",
    ),
    "is_deterministic": (
        "The tests for the mapping were repeated from fresh ports.",
        "RFC 4787 §8 REQ-11",
    ),
    "carrier_grade": (
        (
            "Our own address, and the outer one that the router tells, were looked at: carriers use"
            " 100.64.0.0/10."
        ),
        "RFC 6598 §1, RFC 6888 §3",
    ),
    "double": (
        "The outer address that the router tells was held against the one that servers see.",
        "RFC 6888 §1",
    ),
    "path_mtu": (
        "Packets of different sizes that nobody may cut in pieces were sent to a server.",
        "RFC 8899 §4",
    ),
    "captive_portal": ("A page whose answer is known was fetched.", "RFC 8952 §1"),
    "nat-pmp": (
        "The gateway was asked for its external address; nothing was opened.",
        "RFC 6886 §3.2",
    ),
    "pcp": ("The gateway was asked whether it speaks PCP; nothing was opened.", "RFC 6887 §14.1"),
    "upnp": ("Gateways were searched and asked for the external address; nothing was opened.", ""),
    "opened": ("A port was opened, a stranger sent to it, and it was closed again.", ""),
    "pinholes": (
        "The router of IPv6 was asked whether it opens pinholes in its firewall; nothing was opened.",
        "RFC 6887 §14.1, RFC 6092 §3.4",
    ),
    "opened_pinholes": (
        "A pinhole was opened, a stranger sent to it, and it was closed again.",
        "",
    ),
    "answers": ("It was asked.", "RFC 8489 §6"),
    "tests_filtering": (
        "It was asked to answer from elsewhere, also where every NAT lets such an answer in.",
        "RFC 5780 §7.2",
    ),
    "honest": (
        "What it says was held against where its answers come from, and against other servers.",
        "RFC 5780 §7.3, RFC 5780 §7.4",
    ),
    "works": ("It was tried.", ""),
    "classic": ("pystun3 was asked for a second opinion.", "RFC 3489 §10.1"),
}


def explain(name: str, finding: Finding[Any]) -> Explanation:
    """Say how a finding was measured, and what one can do.

    Args:
        name: of the field of the report, or the value of a `PortMapping`.
        finding: what was found.
    """
    how, clause = _HOW.get(name, ("", ""))
    return Explanation(how, clause, _advise(name, finding))


def _advise(name: str, finding: Finding[Any]) -> str:
    """What one can do about an answer, or about there being none."""
    if finding.value is None:
        return (
            _ABOUT_UNKNOWN.get(name, "")
            if finding.why and finding.status.value == "unknown"
            else ""
        )
    if isinstance(finding.value, Span):
        return _about_lifetime(finding.value)
    if name == "path_mtu":
        return _about_size(finding.value)
    if isinstance(finding.value, bool | Enum):
        return _ABOUT.get((name, finding.value), "")
    return ""


_ABOUT: Final[dict[tuple[str, bool | Enum], str]] = {
    ("udp", False): "use TURN over TCP and TLS on port 443, or ask for UDP to be let out",
    ("mapping", _AD): _CHANGING,
    ("mapping", _APD): _CHANGING,
    (
        "filtering",
        _APD,
    ): "let programs open ports (UPnP, NAT-PMP, PCP) to be reached by strict NATs",
    ("clashes", True): "have the router drop unsolicited packets instead of answering them",
    (
        "forgets",
        True,
    ): "send again soon from the same port: what was on its way is lost, and the port may be new",
    ("pooling", Pooling.ARBITRARY): "ask the carrier for paired pooling, or use a relay",
    (
        "hairpinning",
        Hairpinning.INTERNAL_SOURCE,
    ): "some programs do not know such answers for theirs",
    ("alg", True): "switch the router's SIP or generic ALG off, or use TLS",
    ("fragments", False): "keep datagrams below 1,200 bytes",
    ("refresh", Refresh.OUTBOUND): "send keep-alives from inside; what comes in does not count",
    ("refresh", Refresh.INBOUND): "have the other side send keep-alives",
    ("carrier_grade", True): "ask the carrier for a public address, or use IPv6",
    ("double", True): "make one of the two routers a bridge, or an access point",
    ("captive_portal", True): "log in to the network with a browser",
    ("is_deterministic", False): "expect it to change; a relay is the only sure way",
    ("nat-pmp", False): "switch it on in the router, if direct connections fail",
    ("upnp", False): "switch it on in the router, if direct connections fail",
    ("pcp", False): "switch it on in the router, if direct connections fail",
    ("pinholes", False): "switch it on in the router, if strangers are to reach this machine",
    ("honest", False): "use another server",
    (
        "tests_filtering",
        False,
    ): "use a server with two addresses (RFC 5780) to learn what is let in",
}
_ABOUT_UNKNOWN: Final = {
    "filtering": "ask a server with two addresses (RFC 5780), such as `hairpin nat serve` runs",
    "mapping": "ask other servers, with --server",
    "udp": "ask other servers, with --server",
    "carrier_grade": "look up the router's outer address in its own pages",
    "double": "look up the router's outer address in its own pages",
}


def _about_lifetime(span: Span) -> str:
    seconds = max(int(span.alive) * 3 // 4, 1)
    if span.gone is None:
        return ""
    advice = f"send a keep-alive every {seconds} s or more often"
    if span.alive < _TWO_MINUTES:
        return f"{advice}; RFC 4787 asks NATs for two minutes at least"
    return advice


def _about_size(size: int) -> str:
    return "" if size >= _ETHERNET else f"keep datagrams, headers included, within {size} bytes"
