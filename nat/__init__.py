"""NAT behaviour in the words of RFC 4787: said (`behavior`), judged (`traversal`), played."""

from nat.behavior import (
    ALL_NINE,
    FULL_CONE,
    PORT_RESTRICTED_CONE,
    PRESETS,
    RESTRICTED_CONE,
    SYMMETRIC,
    Behavior,
    Dependence,
    Hairpinning,
    PortAssignment,
    parse,
)
from nat.candidates import CandidateType
from nat.packets import (
    Address,
    Drop,
    DropReason,
    Fragment,
    IcmpEcho,
    IcmpError,
    IcmpKind,
    Packet,
    Protocol,
    wire_size,
)
from nat.translator import Translator
from nat.traversal import Expectation, Model, direct_possible, expect, explain_direct

__all__ = [
    "ALL_NINE",
    "FULL_CONE",
    "PORT_RESTRICTED_CONE",
    "PRESETS",
    "RESTRICTED_CONE",
    "SYMMETRIC",
    "Address",
    "Behavior",
    "CandidateType",
    "Dependence",
    "Drop",
    "DropReason",
    "Expectation",
    "Fragment",
    "Hairpinning",
    "IcmpEcho",
    "IcmpError",
    "IcmpKind",
    "Model",
    "Packet",
    "PortAssignment",
    "Protocol",
    "Translator",
    "direct_possible",
    "expect",
    "explain_direct",
    "parse",
    "wire_size",
]
