"""The JSON Schema (2020-12) of what `hairpin nat --json` prints, made from the types of a report."""

from typing import Any, Final

import msgspec

from nat.discovery import Report
from nat.discovery.document import SCHEMA
from nat.discovery.report import VERSION

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_EXPLAINED: Final = ("confidence", "how", "clause", "advice")
"""What stands beside a finding in the document, and is text."""


def document_schema() -> dict[str, Any]:
    """The schema of a report as JSON, with the evidence inside."""
    made = msgspec.json.schema(Report)
    kinds = made["$defs"]
    report = kinds.pop("Report")
    for name, kind in kinds.items():
        if name.startswith("Finding_"):
            kind["properties"] |= {each: {"type": "string"} for each in _EXPLAINED}
            kind["required"] = list(kind["properties"])
    kinds["Family"] = {"title": "Family", "enum": ["IPv4", "IPv6"]}
    head = {"schema": {"const": SCHEMA}, "version": {"const": VERSION}}
    properties = head | report["properties"]
    return {
        "$schema": DIALECT,
        "title": SCHEMA,
        "description": "What `hairpin nat --json` prints. Addresses are pairs of host and port; times "
        "under `evidence` are seconds since the diagnosis began.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "$defs": kinds,
    }
