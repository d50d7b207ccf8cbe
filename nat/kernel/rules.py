"""What a NAT does, as rules of nftables: text, made without touching the kernel.

The kernel's connection tracking translates; these rules choose the external address and port of a
session's first packet, and let strangers in. Two things make every mapping and filtering possible:

Rule 1: A chain behind source translation learns what was chosen, in maps that time out. So a
    mapping can be looked up again for another destination (`mapped`), from outside (`inside`),
    and for whom it lets in (`contacts`).
Rule 2: Unsolicited packets to the router itself are dropped, not accepted. Accepted, they would be
    sessions, and the kernel would give the answer to them another port than the mapping has.

What the kernel does and a setting cannot change: an inbound packet that is let in makes a session,
whose answers leave as it came (the model "conntrack" of the truth tables), and packets of either
direction keep a session alive.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from nat.behavior import Behavior
from nat.choices import (
    Blocking,
    Dependence,
    Hairpinning,
    Kept,
    MidStream,
    PortAssignment,
    Unsolicited,
    UnsolicitedSyn,
)
from nat.kernel.expressible import check

WAN: Final = "wan"
LAN: Final = "lan"
"""How a router's interfaces are called."""

_ENTRIES: Final = 65535
_WELL_KNOWN: Final = "1-1023"
_TURNED: Final = "ct mark 1"
"""A session from the inside to an external address; behind routing nothing else tells it apart."""

_EI, _AD, _APD = Dependence


def rule_set(behavior: Behavior, external: tuple[str, ...]) -> str:
    """The rules of a NAT whose interfaces are `wan` and `lan`.

    Args:
        behavior: what it does.
        external: its addresses outside, which its interface `wan` has.

    Raises:
        NotExpressibleError: the kernel cannot do that; it names the setting.
    """
    check(behavior, external)
    lifetimes = {"udp": behavior.mapping_lifetime, "tcp": behavior.tcp_lifetime}
    tables = (
        _table(behavior, external, protocol, math.ceil(lifetime))
        for protocol, lifetime in lifetimes.items()
    )
    return "\n".join((*tables, _router(behavior, external)))


def parameters(behavior: Behavior) -> dict[str, int]:
    """The parameters of the kernel that go with the rules, for `Namespace.sysctl`."""
    stream = math.ceil(behavior.mapping_lifetime)
    once = behavior.one_shot_lifetime
    timeouts = {
        "udp_timeout": stream if once is None else math.ceil(once),
        "udp_timeout_stream": stream,
        "tcp_timeout_established": math.ceil(behavior.tcp_lifetime),
        "icmp_timeout": math.ceil(behavior.icmp_lifetime),
        **{f"tcp_timeout_{x}": math.ceil(behavior.tcp_transitory_lifetime) for x in _TRANSITORY},
    }
    return {
        "ipv4__ip_forward": 1,
        "netfilter__nf_conntrack_tcp_loose": int(behavior.midstream is MidStream.PICKED_UP),
        **{f"netfilter__nf_conntrack_{name}": value for name, value in timeouts.items()},
    }


_TRANSITORY: Final = (
    "syn_sent",
    "syn_recv",
    "fin_wait",
    "close_wait",
    "last_ack",
    "time_wait",
    "close",
)
"""The kernel's names for what RFC 5382 REQ-5 calls transitory, and for a connection after a RST."""

_MAPPED_BY: Final[Mapping[Dependence, str]] = {_EI: "", _AD: " . ct original ip daddr"}
"""What is added to the internal endpoint to find a mapping again; nothing is found again for APD."""

_LET_IN_BY: Final[Mapping[Dependence, tuple[str, str]]] = {
    _AD: ("ip saddr", "ct original ip daddr"),
    _APD: ("ip saddr . {p} sport", "ct original ip daddr . ct original proto-dst"),
}
"""What is added to the external endpoint to ask whether it lets a source in, and to learn that."""


def _table(behavior: Behavior, external: tuple[str, ...], protocol: str, lifetime: int) -> str:
    """The rules for one transport protocol."""
    chains = {
        "assign": ("nat hook postrouting priority srcnat", _assign(behavior, external)),
        "observe": ("filter hook postrouting priority srcnat + 10", _observe(behavior)),
        "admit": ("nat hook prerouting priority dstnat", _admit(behavior, external)),
        "learn": ("", _learn(behavior, external)),
        "refresh": ("", _refresh(behavior)),
    }
    order = ("learn", "refresh", "assign", "observe", "admit")
    return "\n".join(
        (
            f"table ip nat_{protocol} {{",
            *_maps(behavior, external, lifetime),
            *(_chain(name, *chains[name]) for name in order),
            "}",
        )
    ).replace("{p}", protocol)


def _chain(name: str, hook: str, rules: Iterator[str]) -> str:
    head = [f"    type {hook}; policy accept;"] if hook else []
    return "\n".join((f"  chain {name} {{", *head, *(f"    {rule}" for rule in rules), "  }"))


def _maps(behavior: Behavior, external: tuple[str, ...], lifetime: int) -> Iterator[str]:
    tail = f"flags dynamic, timeout; timeout {lifetime}s; size {_ENTRIES};"
    endpoint = "ipv4_addr . inet_service"
    yield f"  map inside {{ type {endpoint} : {endpoint}; {tail} }}"
    if _finds_again(behavior):
        key = endpoint + (" . ipv4_addr" if behavior.mapping is _AD else "")
        yield f"  map mapped {{ type {key} : {endpoint}; {tail} }}"
    if behavior.ports is PortAssignment.PRESERVING:
        yield from (f"  set taken{n} {{ type inet_service; {tail} }}" for n in range(len(external)))
    contact = {_EI: "", _AD: " . ipv4_addr", _APD: f" . {endpoint}"}[behavior.filtering]
    if contact:
        yield f"  set contacts {{ type {endpoint}{contact}; {tail} }}"


def _assign(behavior: Behavior, external: tuple[str, ...]) -> Iterator[str]:
    """Choose the external endpoint for a session's first packet."""
    if behavior.hairpinning is not Hairpinning.EXTERNAL_SOURCE:
        leaving = [f'oifname "{WAN}"']
    else:
        leaving = [f'oifname "{WAN}"', f'oifname "{LAN}" {_TURNED}']
    for where in leaving:
        if _finds_again(behavior):
            key = f"ip saddr . {{p}} sport{_MAPPED_BY[behavior.mapping]}"
            yield f"{where} snat ip to {key} map @mapped"
        for number, address in enumerate(external):
            mine = f"jhash ip saddr mod {len(external)} {number} " if len(external) > 1 else ""
            yield from _choose(behavior, f"{where} meta l4proto {{p}} {mine}", address, number)


def _choose(behavior: Behavior, where: str, address: str, number: int) -> Iterator[str]:
    if behavior.well_known is Kept.IF_POSSIBLE:  # RFC 4787 REQ-3a
        yield from _keep_or_draw(behavior, where, address, number, _WELL_KNOWN)
    first, last = behavior.port_range
    yield from _keep_or_draw(behavior, where, address, number, f"{first}-{last}")
    yield f"{where}snat ip to {address}:{first}-{last} fully-random"


def _keep_or_draw(
    behavior: Behavior, where: str, address: str, number: int, ports: str
) -> Iterator[str]:
    """For a port of a range: keep it if that is wanted and it is free, else draw one from there."""
    of_range = f"{where}{{p}} sport {ports}"
    match behavior.ports:
        case PortAssignment.PRESERVING:
            yield f"{of_range} {{p}} sport != @taken{number} snat ip to {address}"
        case PortAssignment.OVERLOADING:
            yield f"{of_range} snat ip to {address}"
        case _:
            pass
    if ports == _WELL_KNOWN:
        yield f"{of_range} snat ip to {address}:{ports} fully-random"


def _finds_again(behavior: Behavior) -> bool:
    """Whether a mapping serves several destinations because it is looked up, not by keeping ports."""
    return behavior.mapping in _MAPPED_BY and behavior.ports is not PortAssignment.OVERLOADING


def _observe(behavior: Behavior) -> Iterator[str]:
    """Look at what leaves, when its external endpoint is chosen."""
    yield f'oifname "{WAN}" meta l4proto {{p}} ct direction original jump learn'
    yield f'oifname "{WAN}" meta l4proto {{p}} ct direction reply jump refresh'
    if behavior.hairpinning is Hairpinning.EXTERNAL_SOURCE:
        turned = f'oifname "{LAN}" meta l4proto {{p}} {_TURNED} ct direction original'
        yield f"{turned} jump learn"
        if behavior.filtering is not _EI:
            source, _ = _LET_IN_BY[behavior.filtering]
            target = "ct original ip daddr . ct original proto-dst"
            yield f"{turned} ct state new {{p}} dport != 0 {target} . {source} != @contacts drop"


def _learn(behavior: Behavior, external: tuple[str, ...]) -> Iterator[str]:
    """Learn from a packet of a session that began inside."""
    outer, inner = "ip saddr . {p} sport", "ct original ip saddr . ct original proto-src"
    yield f"{{p}} sport != 0 update @inside {{ {outer} : {inner} }}"
    if _finds_again(behavior):
        key = f"{inner}{_MAPPED_BY[behavior.mapping]}"
        yield f"{{p}} sport != 0 update @mapped {{ {key} : {outer} }}"
    if behavior.ports is PortAssignment.PRESERVING:
        for number, address in enumerate(external):
            yield f"ip saddr {address} update @taken{number} {{ {{p}} sport }}"
    if behavior.filtering is not _EI:
        _, contact = _LET_IN_BY[behavior.filtering]
        yield f"{{p}} sport != 0 update @contacts {{ {outer} . {contact} }}"


def _refresh(behavior: Behavior) -> Iterator[str]:
    """Keep a mapping alive by answers to a stranger, whose session began outside."""
    outer, inner = "ip saddr . {p} sport", "ct reply ip saddr . ct reply proto-src"
    yield f"{{p}} sport != 0 update @inside {{ {outer} : {inner} }}"
    if behavior.mapping is _EI and _finds_again(behavior):
        yield f"{{p}} sport != 0 update @mapped {{ {inner} : {outer} }}"
    if behavior.filtering is _AD:
        yield f"{{p}} sport != 0 update @contacts {{ {outer} . ip daddr }}"


def _admit(behavior: Behavior, external: tuple[str, ...]) -> Iterator[str]:
    """Let strangers in: sessions that begin outside, or inside and turn around."""
    to_inside = "dnat ip to ip daddr . {p} dport map @inside"
    match behavior.filtering:
        case Dependence.ENDPOINT_INDEPENDENT:
            yield f'iifname "{WAN}" {to_inside}'
        case Dependence.ADDRESS_DEPENDENT:
            yield f'iifname "{WAN}" ip daddr . {{p}} dport . ip saddr @contacts {to_inside}'
        case Dependence.ADDRESS_AND_PORT_DEPENDENT:
            pass  # whoever was contacted is part of a session, and nobody else is let in
    if behavior.hairpinning is not Hairpinning.NONE:
        mark = _TURNED.replace("mark", "mark set")
        yield f'iifname "{LAN}" ip daddr {{ {", ".join(external)} }} {mark} {to_inside}'


def _router(behavior: Behavior, external: tuple[str, ...]) -> str:
    """The rules that are not about ports: what is not translated does not pass."""
    chains = {
        "assign": (
            "nat hook postrouting priority srcnat",
            iter((f'oifname "{WAN}" ip protocol icmp snat ip to {external[0]}',)),
        ),
        "pass": ("filter hook forward priority filter", _pass(behavior)),
        "receive": ("filter hook input priority filter", _receive(behavior, external)),
    }
    bodies = (_chain(name, hook, rules) for name, (hook, rules) in chains.items())
    return "\n".join(("table ip nat_router {", *bodies, "}"))


def _pass(behavior: Behavior) -> Iterator[str]:
    yield f'iifname "{WAN}" ct state new ct status & dnat != dnat drop'
    if behavior.midstream is MidStream.DROPPED:
        yield "ct state invalid drop"
    match behavior.blocking:
        case Blocking.UDP:
            yield f'iifname "{LAN}" meta l4proto udp drop'
        case Blocking.ALL_BUT_WEB:
            yield f'iifname "{LAN}" meta l4proto != tcp drop'
            yield f'iifname "{LAN}" tcp dport != {{ 80, 443 }} drop'
        case Blocking.NONE:
            pass


def _receive(behavior: Behavior, external: tuple[str, ...]) -> Iterator[str]:
    """What becomes of packets to the router itself."""
    yield f'iifname "{WAN}" ct state established,related accept'
    match behavior.unsolicited:
        case Unsolicited.CLASH:  # the kernel answers, for nobody listens
            yield f'iifname "{WAN}" meta l4proto udp accept'
        case Unsolicited.ICMP:
            yield f'iifname "{WAN}" meta l4proto udp reject with icmp type port-unreachable'
        case Unsolicited.DROP:
            pass
    if behavior.unsolicited_syn is UnsolicitedSyn.RESET:
        yield f'iifname "{WAN}" meta l4proto tcp reject with tcp reset'
    yield f'iifname "{WAN}" drop'
    yield f'iifname "{LAN}" ip daddr {{ {", ".join(external)} }} drop'
