"""The schema holds what is printed, and something that is not is refused."""

import json
from typing import Any

import jsonschema
import pytest

from hairpin.diagnosis.schema import document_schema
from nat.discovery import Evidence, Report
from nat.discovery.document import encode_report

VALIDATOR = jsonschema.Draft202012Validator(document_schema())


def printed(report: Report) -> Any:
    return json.loads(encode_report(report))


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(document_schema())


def test_reports_are_held_by_it(home: Report, packets: Evidence, make_report: Any) -> None:
    VALIDATOR.validate(printed(home))
    VALIDATOR.validate(printed(make_report(evidence=packets)))


def test_what_a_simulated_diagnosis_prints_is_held_by_it(run_nat: Any) -> None:
    VALIDATOR.validate(json.loads(run_nat("simulate", "symmetric", "--json").output))


@pytest.mark.parametrize(
    ("key", "value"),
    [("version", 2), ("schema", "another"), ("verdict", {}), ("families", [{"family": "IPv5"}])],
)
def test_anything_else_is_refused(home: Report, key: str, value: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(printed(home) | {key: value})
