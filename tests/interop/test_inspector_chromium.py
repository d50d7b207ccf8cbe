"""The connection inspector in Chromium: what it says of the path between two pages in a call."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.interop.chatstage import Stage, key, sees, staged, until
from tests.interop.chromium import Page

pytestmark = pytest.mark.interop

RULES = "[...document.querySelectorAll('.why li')].map((each) => each.dataset.rule)"
SAVED = """
new Promise((done) => {
  URL.createObjectURL = (blob) => (blob.text().then(done), "#");
  document.querySelector(".looks .export").click();
})
"""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        yield made


def card(verdict: str) -> str:
    return f"document.querySelector('.remote[data-verdict={verdict}]')"


async def plotted(page: Page) -> None:
    for plot in ("rtt", "loss", "bits"):
        find = f"document.querySelector('[data-plot={plot}] .line')"
        await until(page, f"{find}.getTotalLength() > 1")


async def test_the_key_i_tells_of_a_direct_call_and_exports_it_and_escape_closes(
    stage: Stage,
) -> None:
    alice = await stage.enter("Aoi")
    await key(alice, "i")
    await until(alice, "document.querySelector('.alone.small')?.hidden === false")
    bob = await stage.enter("<b>Bob</b>")
    await sees(alice, 1)
    said = await until(alice, f"{card('direct')}?.innerText")
    assert "<b>Bob</b>" in said
    assert "Direct" in said
    await plotted(alice)
    assert (await alice.evaluate(RULES))[0] in {"direct.same", "direct.nat"}

    document = json.loads(await alice.evaluate(SAVED))
    assert [document["format"], document["version"]] == ["hairpin-inspector", 1]
    (remote,) = document["remotes"]
    assert (remote["name"], remote["verdict"]) == ("<b>Bob</b>", "direct")
    events = remote["events"]
    assert {"state", "ice", "ours", "theirs", "pair", "path"} <= {each["kind"] for each in events}
    assert [each["at"] for each in events] == sorted(each["at"] for each in events)
    assert max(sample["bitsIn"] or 0 for sample in remote["samples"]) > 0

    await bob.evaluate("document.getElementById('bar-hangup').click(), 0")
    await until(alice, "!document.querySelector('.remote')")
    await key(alice, "Escape")
    await until(alice, "document.getElementById('inspector').hidden")
    assert await alice.evaluate("document.querySelector('.looks')") is None


async def test_a_relayed_call_names_the_server_and_how_it_is_reached(stage: Stage) -> None:
    alice = await stage.enter("Aoi", "?room=blue&relay")
    await stage.enter("Bob", "?room=blue&relay")
    await sees(alice, 1)
    await key(alice, "i")
    said = await until(alice, f"{card('relayed')}?.innerText")
    assert stage.running.turn_url.partition("?")[0] in said
    assert "reached over UDP" in said
    assert (await alice.evaluate(RULES))[0] == "relayed.asked"
    await plotted(alice)


async def test_with_one_stun_address_the_mapping_is_unknown_and_not_guessed(stage: Stage) -> None:
    alone = await stage.enter("Aoi")
    await key(alone, "i")
    await until(alone, "document.querySelector('.network')?.dataset.mapping === 'unknown'")
    assert "this server names 1" in await alone.evaluate(
        "document.querySelector('.network').innerText"
    )
