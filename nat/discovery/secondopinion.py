"""Why pystun3's name for a NAT differs from what was found here: which of its faults explains it."""

import enum
from typing import Final

from nat.choices import Dependence
from nat.discovery.report import FamilyReport, ServerReport
from nat.discovery.surroundings import Classic

_EI: Final = Dependence.ENDPOINT_INDEPENDENT
_AD: Final = Dependence.ADDRESS_DEPENDENT
_APD: Final = Dependence.ADDRESS_AND_PORT_DEPENDENT


class ClassicName(enum.Enum):
    """What pystun3 can say (RFC 3489 §10.1), letter for letter."""

    BLOCKED = "Blocked"
    OPEN_INTERNET = "Open Internet"
    FULL_CONE = "Full Cone"
    SYMMETRIC_FIREWALL = "Symmetric UDP Firewall"
    RESTRICTED = "Restric NAT"
    PORT_RESTRICTED = "Restric Port NAT"
    SYMMETRIC = "Symmetric NAT"
    FAILED = "Meet an error, when do Test1 on Changed IP and Port"


_CONES: Final = {
    _EI: ClassicName.FULL_CONE,
    _AD: ClassicName.RESTRICTED,
    _APD: ClassicName.PORT_RESTRICTED,
}
_BY_FILTER: Final = {
    ClassicName.FULL_CONE: _EI,
    ClassicName.RESTRICTED: _AD,
    ClassicName.PORT_RESTRICTED: _APD,
}


def expected_name(family: FamilyReport) -> ClassicName | None:
    """The name that RFC 3489 has for what was found; None where too little is known."""
    if family.udp.value is False:
        return ClassicName.BLOCKED
    if family.translated.value is None:
        return None
    filtering = family.filtering.value
    if not family.translated.value:
        if filtering is None:
            return None
        return ClassicName.OPEN_INTERNET if filtering is _EI else ClassicName.SYMMETRIC_FIREWALL
    if family.mapping.value is None:
        return None
    if family.mapping.value is not _EI:
        return ClassicName.SYMMETRIC
    return None if filtering is None else _CONES[filtering]


def difference(family: FamilyReport, classic: Classic, server: ServerReport | None = None) -> str:
    """Say why pystun3 says something else; empty where it does not, or where one cannot tell.

    Args:
        family: what was found of IPv4.
        classic: what pystun3 said.
        server: what is thought of the server that pystun3 asked.
    """
    if classic.failure:
        return f"pystun3 says nothing: {classic.failure}"
    name, ours = _read(classic.name), expected_name(family)
    if name is None or ours is None or name is ours:
        return ""
    return f"pystun3 says {name.value!r} and not {ours.value!r}: {_why(name, ours, family, server)}"


def _read(name: str) -> ClassicName | None:
    try:
        return ClassicName(name)
    except ValueError:
        return None


def _why(
    name: ClassicName, ours: ClassicName, family: FamilyReport, server: ServerReport | None
) -> str:
    match name:
        case ClassicName.FULL_CONE:
            return _why_full_cone(ours, family, server)
        case ClassicName.BLOCKED:
            return (
                "the server does not answer requests of RFC 3489, which have no magic cookie, or"
                " four packets in a row were lost"
            )
        case ClassicName.FAILED:
            return (
                "nothing came from the server's other address, where it goes on to ask; it has no"
                " other way to tell the mapping"
            )
        case ClassicName.SYMMETRIC:
            return _why_symmetric(ours, family)
        case ClassicName.OPEN_INTERNET | ClassicName.SYMMETRIC_FIREWALL:
            return "it takes a NAT that keeps the own address for none"
        case ClassicName.RESTRICTED | ClassicName.PORT_RESTRICTED:
            return _why_restricted(name, ours)


def _why_full_cone(ours: ClassicName, family: FamilyReport, server: ServerReport | None) -> str:
    if family.translated.value is False:
        return "it looks for its own address where it has none, and so takes no NAT for one"
    if ours is ClassicName.SYMMETRIC and family.filtering.value is _EI:
        return (
            "the NAT lets strangers in, and then pystun3 never looks at its mapping, which is"
            f" {family.mapping.value.value if family.mapping.value else 'another'}"
        )
    if server is not None and server.tests_filtering.value is False:
        return (
            "the server answers from where it was asked whatever it is told, and pystun3 does not"
            " look from where an answer comes"
        )
    return (
        "it takes any answer to its second test for one from elsewhere, be it from the address that"
        " was asked, or let in because of an earlier run from the same port"
    )


def _why_symmetric(ours: ClassicName, family: FamilyReport) -> str:
    if ours is ClassicName.BLOCKED:
        return "UDP passed while it asked"
    if family.clashes.value:
        return (
            "it has the server's other address send first, and speaks to that then: to whom has come"
            " unasked this NAT speaks from another port"
        )
    return (
        "it saw two external ports, once each, and asks nobody twice: a NAT that changes its mind, or"
        " one with several external addresses, looks so"
    )


def _why_restricted(name: ClassicName, ours: ClassicName) -> str:
    if ours is ClassicName.SYMMETRIC:
        return (
            "it compares the ports that two addresses see once, and a NAT may happen to give the"
            " same, as long as that is free"
        )
    if ours in _BY_FILTER and _strictness(_BY_FILTER[ours]) < _strictness(_BY_FILTER[name]):
        return "four answers in a row did not come, which it takes for a filter"
    return "it does not look from where the answer to its third test comes"


def _strictness(dependence: Dependence) -> int:
    return (_EI, _AD, _APD).index(dependence)
