"""RFC 3489's name for it, from pystun3, and why it is another one than what was found here."""

from collections.abc import Iterable

from nat.discovery.evidence import Evidence
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.report import FamilyReport, ServerReport
from nat.discovery.secondopinion import difference


def classic_name(evidence: Evidence) -> Finding[str]:
    """The name that pystun3 gave."""
    if not evidence.classic:
        return not_tested()
    names = {each.name for each in evidence.classic if each.name}
    if not names:
        return unknown(evidence.classic[0].failure or "pystun3 said nothing")
    if len(names) > 1:
        return unknown(f"pystun3 says {' and '.join(sorted(names))}")
    return known(names.pop(), "pystun3 says so", tests=len(evidence.classic))


def classic_difference(
    evidence: Evidence, here: FamilyReport | None, servers: Iterable[ServerReport]
) -> str:
    """Say why pystun3's name is another one than what was found; empty where it is the same."""
    if here is None:
        return ""
    by_address = {each.address: each for each in servers}
    for each in evidence.classic:
        words = difference(here, each, by_address.get(each.server))
        if words:
            return words
    return ""
