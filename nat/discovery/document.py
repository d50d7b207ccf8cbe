"""A report as JSON, with the evidence inside, which alone is read back: it is judged again.

The keys are those of `nat.discovery.report`. A finding has `status`, `value`, `why`, `possible`, `tests`,
`against`, `servers`, `confidence`, and how it was measured: `how`, `clause`, `advice`. Addresses are
pairs of host and port.
"""

import dataclasses
import enum
import json
from typing import Any, Final

import msgspec

from nat.discovery.evidence import Evidence, EvidenceError, decode, encode
from nat.discovery.explaining import explain
from nat.discovery.findings import Finding
from nat.discovery.report import VERSION, Report
from stunwire import Family

SCHEMA: Final = "hairpin nat report"
_FAMILIES: Final = {Family.IPV4: "IPv4", Family.IPV6: "IPv6"}


def document(report: Report) -> dict[str, Any]:
    """A report as what JSON knows."""
    fields = {
        field.name: _plain(field.name, getattr(report, field.name))
        for field in dataclasses.fields(report)
        if field.name != "evidence"
    }
    evidence = json.loads(encode(report.evidence))
    return {"schema": SCHEMA, "version": VERSION, **fields, "evidence": evidence}


def encode_report(report: Report) -> bytes:
    """Write a report as JSON."""
    return json.dumps(document(report), indent=1, ensure_ascii=False).encode()


class _Document(msgspec.Struct):
    """What is read of a report, and enough to know one."""

    schema: str = ""
    version: int = 0
    evidence: msgspec.Raw = msgspec.Raw()


def read(text: bytes | str) -> Evidence:
    """Read the evidence of a report, or evidence as it is.

    Raises:
        EvidenceError: it is neither; the message says where, and what was expected there.
    """
    try:
        found = msgspec.json.decode(text, type=_Document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return decode(text)
    if not found.schema:
        return decode(text)
    if found.schema != SCHEMA:
        raise EvidenceError(f"a document of the schema {found.schema!r}, and {SCHEMA!r} is known")
    if found.version != VERSION:
        raise EvidenceError(f"a report of version {found.version}, and {VERSION} is known")
    if not bytes(found.evidence):
        raise EvidenceError("a report with no evidence in it")
    return decode(bytes(found.evidence))


def _plain(name: str, value: Any) -> Any:
    """What JSON knows, for anything in a report.

    Args:
        name: of the field.
        value: in it.
    """
    match value:
        case Finding():
            return _finding(name, value)
        case Family():
            return _FAMILIES[value]
        case enum.Enum():
            return value.value
        case dict():
            return {
                str(_plain("", key)): _plain(_of(name, key), each) for key, each in value.items()
            }
        case tuple():
            return [_plain(name, each) for each in value]
    if dataclasses.is_dataclass(value):
        return {
            field.name: _plain(field.name, getattr(value, field.name))
            for field in dataclasses.fields(value)
        }
    return value


def _of(name: str, key: Any) -> str:
    """What a finding in a table is explained by: the protocol by which it was asked, or the table."""
    return str(key.value) if name == "port_mapping" and isinstance(key, enum.Enum) else name


def _finding(name: str, finding: Finding[Any]) -> dict[str, Any]:
    told = explain(name, finding)
    return {
        "status": finding.status.value,
        "value": _plain(name, finding.value),
        "why": finding.why,
        "possible": _plain(name, finding.possible),
        "tests": finding.tests,
        "against": finding.against,
        "servers": finding.servers,
        "confidence": finding.confidence,
        "how": told.how,
        "clause": told.clause,
        "advice": told.advice,
    }
