"""Every finding of a report says how it was measured; advice is given where there is something to do."""

import dataclasses

import pytest

from nat.choices import Dependence, PortMapping
from nat.discovery.explaining import explain
from nat.discovery.findings import Finding, known, not_tested, unknown
from nat.discovery.report import FamilyReport, PortRule, Report, ServerReport, Span

NAMES = [
    field.name
    for kind in (FamilyReport, PortRule, ServerReport, Report)
    for field in dataclasses.fields(kind)
    if "findings.Finding" in str(field.type) and field.name != "port_mapping"
]


def test_every_finding_has_a_sentence() -> None:
    assert len(NAMES) > 25
    for name in [*NAMES, *(each.value for each in PortMapping), "works", "opened"]:
        told = explain(name, not_tested())
        assert told.how.endswith("."), name
        assert told.advice == ""


@pytest.mark.parametrize(
    ("name", "finding", "words"),
    [
        ("mapping", known(Dependence.ADDRESS_AND_PORT_DEPENDENT, ""), "full cone"),
        ("mapping", known(Dependence.ENDPOINT_INDEPENDENT, ""), ""),
        ("mapping", unknown("lost"), "--server"),
        ("udp", known(value=False, why=""), "443"),
        ("udp", known(value=True, why=""), ""),
        ("one_shot_lifetime", known(Span(20, 30), ""), "every 15 s"),
        ("stream_lifetime", known(Span(600, None), ""), ""),
        ("path_mtu", known(1400, ""), "1400 bytes"),
        ("path_mtu", known(1500, ""), ""),
        ("delta", known(1, ""), ""),
        ("gibberish", known(1, ""), ""),
    ],
)
def test_advice(name: str, finding: Finding[object], words: str) -> None:
    advice = explain(name, finding).advice
    assert words in advice
    assert bool(advice) == bool(words)
