"""Named behaviours: the types of RFC 3489, all nine pairs of RFC 4787, and NATs that are in use.

What is said about products comes from their sources and manuals, as far as it could be read
there; `SOURCES` says for each preset which. Versions differ: a preset is a starting point.
"""

import dataclasses
import itertools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nat.behavior import Behavior
from nat.choices import (
    Dependence,
    Exhaustion,
    Fragments,
    Hairpinning,
    Kept,
    MidStream,
    PortAssignment,
    PortBlocks,
    Refresh,
    Sessions,
    TcpReset,
    Unsolicited,
    UnsolicitedSyn,
)

_EI, _AD, _APD = Dependence

FULL_CONE: Final = Behavior(_EI, _EI)
RESTRICTED_CONE: Final = Behavior(_EI, _AD)
PORT_RESTRICTED_CONE: Final = Behavior(_EI, _APD)
SYMMETRIC: Final = Behavior(_APD, _APD)

ALL_NINE: Final = tuple(
    Behavior(mapping, filtering) for mapping, filtering in itertools.product(Dependence, Dependence)
)
"""Every mapping with every filtering, in the order of the truth tables: EI/EI, EI/AD, EI/APD, …"""

LINUX_MASQUERADE: Final = Behavior(
    _EI,
    _APD,
    ports=PortAssignment.OVERLOADING,
    sessions=Sessions.CONNTRACK,
    refresh=Refresh.BOTH,
    mapping_lifetime=120,
    one_shot_lifetime=30,
    stream_after=2,
    tcp_lifetime=432_000,
    tcp_transitory_lifetime=120,
    icmp_lifetime=30,
    well_known=Kept.IF_POSSIBLE,
)
LINUX_MASQUERADE_OPEN_INPUT: Final = dataclasses.replace(
    LINUX_MASQUERADE, unsolicited=Unsolicited.CLASH, unsolicited_syn=UnsolicitedSyn.RESET
)
OPENWRT: Final = dataclasses.replace(
    LINUX_MASQUERADE,
    mapping_lifetime=180,
    one_shot_lifetime=60,
    tcp_lifetime=7440,
    unsolicited=Unsolicited.ICMP,
    unsolicited_syn=UnsolicitedSyn.RESET,
)
FREEBSD_PF: Final = Behavior(
    _APD,
    _APD,
    sessions=Sessions.CONNTRACK,
    refresh=Refresh.BOTH,
    port_range=(50_001, 65_535),
    mapping_lifetime=60,
    one_shot_lifetime=60,
    tcp_lifetime=86_400,
    tcp_transitory_lifetime=120,
    icmp_lifetime=20,
    midstream=MidStream.DROPPED,
)
AWS_NAT_GATEWAY: Final = Behavior(
    _APD,
    _APD,
    sessions=Sessions.CONNTRACK,
    refresh=Refresh.BOTH,
    mapping_lifetime=350,
    tcp_lifetime=350,
    tcp_transitory_lifetime=350,
    midstream=MidStream.DROPPED,
)
CGN_EIF: Final = Behavior(
    _EI,
    _EI,
    hairpinning=Hairpinning.EXTERNAL_SOURCE,
    mapping_lifetime=300,
    blocks=PortBlocks.ON_DEMAND,
    block_size=512,
    blocks_per_host=4,
    quota=2048,
    quarantine=120,
    exhaustion=Exhaustion.ICMP,
    unsolicited_syn=UnsolicitedSyn.HOLD,
)
CGN_SYMMETRIC: Final = Behavior(
    _APD,
    _APD,
    mapping_lifetime=60,
    tcp_lifetime=7440,
    blocks=PortBlocks.ON_DEMAND,
    block_size=1024,
    blocks_per_host=2,
    quota=2048,
)
RFC_4787: Final = Behavior(
    _EI,
    _EI,
    hairpinning=Hairpinning.EXTERNAL_SOURCE,
    mapping_lifetime=300,
    well_known=Kept.IF_POSSIBLE,
    parity=Kept.IF_POSSIBLE,
    exhaustion=Exhaustion.ICMP,
    unsolicited_syn=UnsolicitedSyn.HOLD,
)
ZYXEL_VOIP: Final = Behavior(_EI, _AD, ports=PortAssignment.PRESERVING, mapping_lifetime=180)
PRESERVING_THEN_SYMMETRIC: Final = Behavior(
    _EI, _APD, ports=PortAssignment.PRESERVING, after_conflict=SYMMETRIC
)
BUGGY_HOME: Final = Behavior(
    _EI,
    _APD,
    ports=PortAssignment.SEQUENTIAL,
    mapping_lifetime=30,
    fragments=Fragments.DROPPED,
    unsolicited_syn=UnsolicitedSyn.RESET,
    tcp_lifetime=900,
    tcp_reset=TcpReset.ENDS,
)

PRESETS: Final[Mapping[str, Behavior]] = MappingProxyType(
    {
        "full-cone": FULL_CONE,
        "restricted-cone": RESTRICTED_CONE,
        "port-restricted-cone": PORT_RESTRICTED_CONE,
        "symmetric": SYMMETRIC,
        "linux-masquerade": LINUX_MASQUERADE,
        "linux-masquerade-open-input": LINUX_MASQUERADE_OPEN_INPUT,
        "openwrt": OPENWRT,
        "freebsd-pf": FREEBSD_PF,
        "aws-nat-gateway": AWS_NAT_GATEWAY,
        "cgn-eif": CGN_EIF,
        "cgn-symmetric": CGN_SYMMETRIC,
        "zyxel-voip": ZYXEL_VOIP,
        "rfc-4787": RFC_4787,
        "preserving-then-symmetric": PRESERVING_THEN_SYMMETRIC,
        "buggy-home": BUGGY_HOME,
        **{
            f"pure-{one.mapping.short}-{one.filtering.short}".lower(): one  # as in the truth table
            for one in ALL_NINE
        },
    }
)
"""Behaviours under the names `parse` reads; "-cone" may be left out."""

_PURE: Final = "The pair of RFC 4787 alone, every other setting at its default."

SOURCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "full-cone": "RFC 3489 §5.",
        "restricted-cone": "RFC 3489 §5.",
        "port-restricted-cone": "RFC 3489 §5.",
        "symmetric": "RFC 3489 §5.",
        "linux-masquerade": (
            "Measured against nftables `masquerade` on Linux 6.18 with INPUT dropping; timers as in"
            " the kernel's nf_conntrack-sysctl documentation."
        ),
        "linux-masquerade-open-input": (
            "As linux-masquerade, but INPUT accepts: hole punching between two of them fails"
            " (measured on Linux 6.18)."
        ),
        "openwrt": (
            "OpenWrt's default firewall4: masquerade, the zone wan rejects input; timers from its"
            " sysctl settings for conntrack (60, 180 and 7440 s)."
        ),
        "freebsd-pf": (
            "pf.conf(5): `nat` takes a proxy port from 50001 to 65535 for each state; timers are the"
            " defaults of `set timeout`."
        ),
        "aws-nat-gateway": (
            "Amazon VPC user guide: idle timeout 350 s, a port for each destination, fragments of"
            " UDP pass."
        ),
        "cgn-eif": "RFC 6888 as it asks: paired, blocks and a quota, 120 s of quarantine, hairpinning.",
        "cgn-symmetric": (
            "Mobile carriers: Richter et al., IMC 2016, found about 40 % of cellular CGNs symmetric."
        ),
        "zyxel-voip": (
            "Home routers whose NAT lets in every port of an address that was contacted, so that"
            " media from another port than the signalling's gets in."
        ),
        "rfc-4787": "Every MUST and RECOMMENDED of RFC 4787, RFC 5382 and RFC 5508.",
        "preserving-then-symmetric": (
            "RFC 4787 §8: a NAT whose behaviour changes when two hosts want one port."
        ),
        "buggy-home": (
            "A home router with every old fault: 30 s, counted ports, no fragments (Hätönen et al.,"
            " IMC 2010, measured 30 s as the minimum of 34)."
        ),
        **{name: _PURE for name in PRESETS if name.startswith("pure-")},
    }
)
"""Where each preset comes from."""
