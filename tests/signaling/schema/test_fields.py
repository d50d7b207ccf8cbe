"""What fields mean."""

from signaling.schema.fields import FIELDS
from signaling.schema.jsonschema import Side, definitions


def test_every_field_is_explained_and_nothing_else_is() -> None:
    fields = {
        field
        for side in Side
        for schema in definitions(side).values()
        for field in schema.get("properties", {})
    }
    assert set(FIELDS) == fields
