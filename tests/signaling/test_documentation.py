"""What the guide shows is run: its small client against a server, its configuration, its tables."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

import signaling
from signaling import Settings, serve
from signaling.operation.configuration import make_configuration
from signaling.operation.document import decode_document
from signaling.schema.jsonschema import Side
from signaling.settings import Limits
from tests.node.running import HERE, run
from tests.signaling.mutating import validator
from tests.signaling.recording import record

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "signaling.md").read_text()
SECRETS = {
    "HAIRPIN_RESUME_KEY": "r" * 32,
    "HAIRPIN_TURN_SECRET": "t" * 32,
    "HAIRPIN_WEBHOOK_SECRET": "w" * 32,
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


async def test_the_small_client_of_the_guide_misses_nothing_when_its_connection_is_lost(
    tmp_path: Path,
) -> None:
    (program,) = blocks("js")
    module = tmp_path / "small.mjs"
    module.write_text(program)
    async with serve(Settings()) as server, record(server.url) as recorder:
        told = json.loads(await run(HERE / "small.mjs", module, recorder.url))
    assert told == {"heard": list(range(40)), "resumed": True, "closed": 1000}
    valid = validator(Side.CLIENT)
    for frame in recorder.said(Side.CLIENT):
        valid.validate(json.loads(frame))


def test_the_configuration_of_the_guide_is_one() -> None:
    (text,) = blocks("toml")
    configuration = make_configuration(decode_document(text.encode()), SECRETS)
    assert configuration.settings.limits == Limits(peers=8)
    assert configuration.settings.resume_key == b"r" * 32
    assert [relay.region for relay in configuration.settings.ice.relays] == ["eu-west"]
    assert len(configuration.webhooks) == 1


@pytest.mark.parametrize("text", blocks("json"))
def test_whatever_json_is_shown_is_json(text: str) -> None:
    json.loads(text)


def test_every_limit_is_in_the_guide_with_its_default() -> None:
    table = GUIDE[GUIDE.index("## Limits") : GUIDE.index("## Many nodes")]
    for field in dataclasses.fields(Limits):
        if field.name != "remembered_mids":
            assert f"`{field.name.replace('_', '-')}`" in table
    assert str(Limits().message) in table


def test_the_python_client_has_what_the_guide_says() -> None:
    section = GUIDE[GUIDE.index("## The Python client") : GUIDE.index("## The protocol")]
    events = re.findall(r"`([A-Z]\w+)(?:\(|`)", section)
    assert len(events) > 5
    assert [name for name in events if not hasattr(signaling, name)] == []
    table = section[section.index("| method |") : section.index("What it does while")]
    methods = re.findall(r"`(\w+)\(", table)
    assert len(methods) > 10
    assert [name for name in methods if not hasattr(signaling.Client, name)] == []


def test_the_browser_client_of_the_guide_has_what_the_guide_says() -> None:
    declared = (ROOT / "signaling" / "web" / "hairpin.d.ts").read_text()
    section = GUIDE[GUIDE.index("## The browser client") : GUIDE.index("## The Python client")]
    for name in re.findall(r"`(?:room|call)\.(\w+)", section):
        assert re.search(rf"\b{name}\b", declared), name
