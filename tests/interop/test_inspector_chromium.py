"""The connection inspector in Chromium: what it says of the path between two pages in a call."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import cast

import pytest

import stunwire
from tests.interop.browsing import Page, until
from tests.interop.chatstage import Stage, sees, staged

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
    await alice.tap("i")
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
    await alice.tap("Escape")
    await until(alice, "document.getElementById('inspector').hidden")
    assert await alice.evaluate("document.querySelector('.looks')") is None


async def test_a_relayed_call_names_the_server_and_how_it_is_reached(stage: Stage) -> None:
    """Opened late it tells what was before: the candidates of both sides, and how it was connected."""
    alice = await stage.enter("Aoi", "?room=blue&relay")
    await stage.enter("Bob", "?room=blue&relay")
    await sees(alice, 1)
    loaded = (
        "performance.getEntriesByType('resource').some(({ name }) => name.includes('/inspector/'))"
    )
    assert not await alice.evaluate(loaded)
    await alice.tap("i")
    said = await until(alice, f"{card('relayed')}?.innerText")
    assert stage.running.turn_url.partition("?")[0] in said
    assert "reached over UDP" in said
    assert (await alice.evaluate(RULES))[0] == "relayed.asked"
    (remote,) = json.loads(await alice.evaluate(SAVED))["remotes"]
    told = [(each["kind"], each["what"]) for each in remote["events"]]
    assert {("ours", "relay"), ("theirs", "relay"), ("path", "relayed")} <= set(told)
    assert (
        told.index(("state", "new"))
        < told.index(("ours", "relay"))
        < told.index(("ice", "connected"))
    )
    connected = next(each for each in remote["events"] if each["what"] == "connected")
    assert connected["at"] < remote["age"] - 0.5
    await plotted(alice)


async def test_with_one_stun_address_the_mapping_is_unknown_and_not_guessed(stage: Stage) -> None:
    alone = await stage.enter("Aoi")
    await alone.tap("i")
    await until(alone, "document.querySelector('.network')?.dataset.mapping === 'unknown'")
    assert "this server names 1" in await alone.evaluate(
        "document.querySelector('.network').innerText"
    )


class Mirror(asyncio.DatagramProtocol):
    """A STUN server that sees everybody at 203.0.113.7, at a port that is so much higher than it is."""

    def __init__(self, higher: int) -> None:
        self._higher = higher

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        seen = stunwire.XorMappedAddress(stunwire.Address("203.0.113.7", addr[1] + self._higher))
        answer = stunwire.decode(data).success(seen)
        self._transport.sendto(answer.encode(), addr)


@pytest.mark.parametrize(
    ("hosts", "higher", "mapping"),
    [
        (("127.0.0.1", "127.0.0.2"), (0, 0), "independent"),
        (("127.0.0.1", "127.0.0.2"), (1, 2), "dependent"),
        (("127.0.0.1", "127.0.0.1"), (0, 0), "port-independent"),
    ],
)
async def test_two_stun_servers_tell_how_ports_are_mapped(
    stage: Stage, hosts: tuple[str, str], higher: tuple[int, int], mapping: str
) -> None:
    page = await stage.open()
    loop = asyncio.get_running_loop()
    urls = []
    async with contextlib.AsyncExitStack() as stack:
        for host, more in zip(hosts, higher, strict=True):
            server, _ = await loop.create_datagram_endpoint(
                partial(Mirror, more), local_addr=(host, 0)
            )
            stack.callback(server.close)
            urls.append(f"stun:{host}:{server.get_extra_info('sockname')[1]}")
        module = "import('/chat/inspector/nat.js')"
        nat = await page.evaluate(f"{module}.then((nat) => nat.measure({json.dumps(urls)}))")
    assert (nat["mapping"], nat["reason"]) == (mapping, None)
    assert {each["address"].split(":")[0] for each in nat["seen"]} == {"203.0.113.7"}
