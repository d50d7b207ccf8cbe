"""The AsyncAPI document: valid as such, and unambiguous."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from signaling import messages as m
from signaling.codes import CloseCode, ErrorCode
from signaling.schema import page
from signaling.schema.asyncapi import document, key_of
from signaling.schema.jsonschema import Side

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "signaling.md").read_text()
EXAMPLES = page.by_type(PAGE)
DOCUMENT = document("1", EXAMPLES)
OFFICIAL = ROOT / "tests/node/node_modules/@asyncapi/specs/schemas/3.1.0.json"


def resolve(reference: dict[str, str]) -> Any:
    found: Any = DOCUMENT
    for step in reference["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found if "$ref" not in found else resolve(found)


def test_it_is_valid_against_the_schema_of_asyncapi_itself() -> None:
    official = jsonschema.Draft7Validator(json.loads(OFFICIAL.read_text()))
    official.validate(DOCUMENT)
    assert not official.is_valid(DOCUMENT | {"channels": {"signaling": {"addresses": "/v1/ws"}}})


def test_every_message_of_the_page_is_valid_against_one_message_of_the_channel_and_only_one() -> (
    None
):
    components = {"components": DOCUMENT["components"]}
    validators = {
        key: jsonschema.Draft7Validator(components | message["payload"])
        for key, message in DOCUMENT["components"]["messages"].items()
    }
    for (_, tag), messages in EXAMPLES.items():
        for message in messages:
            (only,) = (key for key, each in validators.items() if each.is_valid(message))
            assert DOCUMENT["components"]["messages"][only]["name"] == tag


def test_every_message_has_an_example_and_every_reference_leads_somewhere() -> None:
    channel = DOCUMENT["channels"]["signaling"]
    assert channel["address"] == m.PATH
    for key, reference in channel["messages"].items():
        assert resolve(reference)["examples"], key
        assert resolve(resolve(reference)["payload"])["type"] == "object"


@pytest.mark.parametrize("kind", Side.CLIENT.kinds)
def test_every_client_message_is_received_and_its_answers_are_sent(kind: type) -> None:
    operation = DOCUMENT["operations"][f"receive{kind.__name__}"]
    assert operation["action"] == "receive"
    assert operation["messages"] == [{"$ref": f"#/channels/signaling/messages/{key_of(kind)}"}]
    sent = DOCUMENT["operations"]["send"]["messages"]
    for answer in operation.get("reply", {"messages": []})["messages"]:
        assert answer in sent
    assert ("reply" in operation) is (kind is not m.Ack)


def test_every_server_message_is_sent() -> None:
    names = {resolve(each)["name"] for each in DOCUMENT["operations"]["send"]["messages"]}
    assert names == {str(kind.__struct_config__.tag) for kind in m.ServerMessage.__args__}


def test_the_codes_are_in_the_text() -> None:
    text = DOCUMENT["info"]["description"]
    for code in (*ErrorCode, *CloseCode):
        assert f"{code.value} `{code.name.lower()}`" in text
