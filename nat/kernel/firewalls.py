"""What a router with a stateful firewall does, as rules of nftables: it translates nothing (RFC 6092).

Who is let in is learned from what leaves, as behind a NAT: anyone, or those addresses that an
endpoint has sent to. Answers belong to a session and always get in.
"""

import dataclasses
import math
from collections.abc import Iterator
from typing import Any, Final

from nat.behavior import Behavior
from nat.choices import (
    Blocking,
    Dependence,
    Fragments,
    MidStream,
    Unsolicited,
    UnsolicitedSyn,
)
from nat.kernel.errors import NotExpressibleError
from nat.kernel.expressible import check
from nat.kernel.rules import LAN, WAN, parameters

_EI, _AD, _APD = Dependence
_ENTRIES: Final = 65535
_REJECTIONS: Final = {4: "icmp type admin-prohibited", 6: "icmpv6 type admin-prohibited"}


def check_firewall(behavior: Behavior) -> None:
    """Refuse what the kernel cannot do; what is said about translation does not count.

    Raises:
        NotExpressibleError: it names the setting.
    """
    not_ours = {one: _DEFAULTS[one] for one in ("ports", "hairpinning", "pooling", "port_range")}
    if behavior.fragments is Fragments.IN_ORDER:
        not_ours["fragments"] = _DEFAULTS["fragments"]  # the kernel cuts again as it was cut before
    check(dataclasses.replace(behavior, **not_ours), ())
    if behavior.unsolicited is Unsolicited.CLASH:
        why = "nothing is translated, so nothing clashes"
        raise NotExpressibleError("unsolicited", behavior.unsolicited, why)


_DEFAULTS: Final[dict[str, Any]] = {one.name: one.default for one in dataclasses.fields(Behavior)}


def firewall_rules(behavior: Behavior, version: int) -> str:
    """The rules of a firewall whose interfaces are `wan` and `lan`.

    Args:
        behavior: what it does; filtering, lifetimes, blocking and what strangers get count.
        version: 4 or 6.
    """
    family, address = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}[version]
    lifetimes = {"udp": behavior.mapping_lifetime, "tcp": behavior.tcp_lifetime}
    contact = f" . {address}" if behavior.filtering is _AD else ""
    sets = [
        f"  set open_{protocol} {{ type {address} . inet_service{contact}; flags dynamic, timeout;"
        f" timeout {math.ceil(lifetime)}s; size {_ENTRIES}; }}"
        for protocol, lifetime in lifetimes.items()
        if behavior.filtering is not _APD
    ]
    rules = (*_outbound(behavior, family), *_inbound(behavior, family, _REJECTIONS[version]))
    return "\n".join(
        (
            f"table {family} firewall {{",
            *sets,
            "  chain pass {",
            "    type filter hook forward priority filter; policy accept;",
            *(f"    {rule}" for rule in rules),
            "  }",
            "}",
        )
    )


def firewall_parameters(behavior: Behavior, version: int) -> dict[str, int]:
    """The parameters of the kernel that go with the rules.

    On the internet of a lab everybody is a neighbour, so the firewall answers there for those
    behind it.
    """
    given = parameters(behavior)
    at_once = {f"ipv{version}__neigh__{WAN}__proxy_delay": 0}
    if version == 4:
        return {**given, **at_once, "ipv4__conf__all__proxy_arp": 1}
    forwarding = {"ipv6__conf__all__forwarding": 1, "ipv6__conf__all__proxy_ndp": 1}
    return {**given, **at_once, **forwarding}


def _outbound(behavior: Behavior, family: str) -> Iterator[str]:
    if behavior.midstream is MidStream.DROPPED:
        yield "ct state invalid drop"
    match behavior.blocking:
        case Blocking.UDP:
            yield f'iifname "{LAN}" meta l4proto udp drop'
        case Blocking.ALL_BUT_WEB:
            yield f'iifname "{LAN}" tcp dport != {{ 80, 443 }} drop'
            yield f'iifname "{LAN}" meta l4proto != tcp drop'
        case Blocking.NONE:
            pass
    if behavior.filtering is not _APD:
        remote = f" . {family} daddr" if behavior.filtering is _AD else ""
        for protocol in ("udp", "tcp"):
            key = f"{family} saddr . {protocol} sport{remote}"
            yield f'iifname "{LAN}" update @open_{protocol} {{ {key} }}'
    yield f'iifname "{LAN}" accept'


def _inbound(behavior: Behavior, family: str, rejection: str) -> Iterator[str]:
    yield f'iifname "{WAN}" ct state established,related accept'
    if behavior.filtering is not _APD:
        remote = f" . {family} saddr" if behavior.filtering is _AD else ""
        for protocol in ("udp", "tcp"):
            key = f"{family} daddr . {protocol} dport{remote}"
            yield f'iifname "{WAN}" {key} @open_{protocol} accept'
    if behavior.unsolicited is Unsolicited.ICMP:
        yield f'iifname "{WAN}" meta l4proto udp reject with {rejection}'
    if behavior.unsolicited_syn is UnsolicitedSyn.RESET:
        yield f'iifname "{WAN}" meta l4proto tcp reject with tcp reset'
    yield f'iifname "{WAN}" drop'
