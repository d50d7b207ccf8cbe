"""Reports of `nat.discovery` in the words of an explanation.

Nothing of `peer` loads this but who has such a report, since it loads all of the diagnosis.
"""

from typing import Any, TypeVar

from nat.discovery import FamilyReport, Finding, Report
from nat.discovery.judging.behaviors import behaviors_of
from nat.discovery.report import Span
from peer.explanation.diagnosed import Diagnosed, Diagnosis
from stunwire import Family

T = TypeVar("T")
_FAMILIES = {4: Family.IPV4, 6: Family.IPV6}


def report_of(diagnosis: Diagnosis) -> Report:
    """The report that it is.

    Raises:
        TypeError: It is none.
    """
    if not isinstance(diagnosis, Report):
        raise TypeError(f"a diagnosis is a nat.discovery.Report, not {type(diagnosis).__name__}")
    return diagnosis


def read(diagnosis: Diagnosis, version: int, *, began: float | None = None) -> Diagnosed:
    """What a report knows of one family of addresses.

    Args:
        diagnosis: The report of one side.
        version: Of IP, 4 or 6.
        began: When ICE began, seconds since 1970, or `None` for unknown.

    Raises:
        TypeError: It is no report.
    """
    report = report_of(diagnosis)
    evidence = report.evidence
    family = report.family(_FAMILIES[version])
    age = began - evidence.started if began is not None and evidence.started else None
    if family is None:
        return Diagnosed(version, evidence.started, age, masked=evidence.anonymous)
    return Diagnosed(
        version,
        evidence.started,
        age,
        masked=evidence.anonymous,
        local=family.local,
        external=family.external,
        udp=family.udp.value,
        translated=family.translated.value,
        mapping=_left(family.mapping),
        filtering=_left(family.filtering),
        behaviors=behaviors_of(family),
        sessions=family.sessions.value,
        clashes=family.clashes.value,
        preserving=family.ports.preserving.value,
        keeps_ports=_without_exception(family.ports.preserving),
        pooling=family.pooling.value,
        hairpinning=family.hairpinning.value,
        carrier=family.carrier_grade.value,
        double=family.double.value,
        rewrites=family.alg.value,
        lifetime=_shortest(family),
    )


def _left(finding: Finding[T]) -> tuple[T, ...]:
    """The answer, or what is left of the answers where some were ruled out; else none."""
    return finding.candidates(())


def _without_exception(preserving: Finding[bool]) -> bool | None:
    """The answer where several ports say so and none says otherwise."""
    return preserving.value if preserving.tests > 1 and not preserving.against else None


def _shortest(family: FamilyReport) -> float | None:
    """After how much silence a mapping was seen to be gone, whatever had been sent before."""
    spans: list[Finding[Any]] = [family.one_shot_lifetime, family.stream_lifetime]
    gone = [one.value.gone for one in spans if isinstance(one.value, Span)]
    return min((one for one in gone if one is not None), default=None)
