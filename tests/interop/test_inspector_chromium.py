"""The connection inspector in Chromium: two pages in a call, and what it says of the path between them."""

import asyncio
import contextlib
import json
import urllib.parse
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import relay
import signaling
from hairpin.pages.site import site
from hairpin.services import Running, Services, serve
from tests.interop.chromium import Browser, Page, browse_here
from tests.node.running import HERE, ROOT

pytestmark = pytest.mark.interop

PATIENCE = 30.0
LOOPBACK = ("127.0.0.1", 0)
CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
INSPECTOR = ROOT / "hairpin" / "pages" / "chat" / "inspector"


def pages() -> signaling.Pages:
    """What is served, the inspector, and a page that opens it without that of a call, under the same policy."""
    served = site()
    table = {path: page for path in served.paths if (page := served.find(path)) is not None}
    policy = tuple(pair for pair in table["/"].headers if pair[0] == "Content-Security-Policy")
    harness = HERE / "inspector"
    table["/harness"] = signaling.page(
        "harness.html", (harness / "harness.html").read_bytes(), policy
    )
    table["/harness.js"] = signaling.page("harness.js", (harness / "harness.js").read_bytes(), ())
    for file in [*INSPECTOR.rglob("*.js"), *INSPECTOR.rglob("*.css")]:
        path = f"/chat/inspector/{file.relative_to(INSPECTOR).as_posix()}"
        table[path] = signaling.page(file.name, file.read_bytes(), ())
    return signaling.Pages(table)


async def until(page: Page, expression: str) -> Any:
    try:
        async with asyncio.timeout(PATIENCE):
            while not (value := await page.evaluate(expression)):
                await asyncio.sleep(0.05)
    except TimeoutError:
        seen = await page.evaluate("document.body.innerText")
        raise AssertionError(f"{expression} never came; {seen!r} {page.complaints}") from None
    return value


class Stage:
    """The servers, and a browser."""

    def __init__(self, running: Running, browser: Browser) -> None:
        self.running = running
        self._browser = browser
        self.pages: list[Page] = []

    async def open(self, name: str, **told: Any) -> Page:
        hash_ = urllib.parse.quote(json.dumps({"name": name} | told))
        page = await self._browser.open(f"{self.running.page_url}harness#{hash_}")
        metrics = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        await page.ask("Emulation.setDeviceMetricsOverride", **metrics)
        self.pages.append(page)
        await until(page, "window.ready === true")
        return page


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    services = Services(
        signaling_address=LOOPBACK,
        relay_address=LOOPBACK,
        secret="s",
        peers=relay.PeerPolicy(reach=relay.Reach.LOCAL),
        pages=pages(),
    )
    async with (
        asyncio.timeout(3 * PATIENCE),
        serve(services) as running,
        browse_here(tmp_path, *CAMERA) as browser,
    ):
        made = Stage(running, browser)
        yield made
        for page in made.pages:
            with contextlib.suppress(AssertionError):
                await page.evaluate("0")
        assert {"".join(page.complaints) for page in made.pages} <= {""}


def card(verdict: str) -> str:
    return f"document.querySelector('.remote[data-verdict={verdict}]')"


async def plotted(page: Page) -> None:
    for plot in ("rtt", "loss", "bits"):
        find = f"document.querySelector('[data-plot={plot}] .line')"
        await until(page, f"{find}.getTotalLength() > 1")


async def test_a_direct_call_is_called_direct_has_its_plots_and_is_exported(stage: Stage) -> None:
    alice, bob = await stage.open("alice"), await stage.open("bob", language="ja")
    await until(alice, f"!!{card('direct')}")
    assert "Direct" in await alice.evaluate(f"{card('direct')}.innerText")
    assert await until(bob, f"{card('direct')}?.innerText.includes('直接')")
    await plotted(alice)
    rules = "[...document.querySelectorAll('.why li')].map(each => each.dataset.rule)"
    assert await alice.evaluate(f"{rules}[0]") in {"direct.same", "direct.nat"}
    document = await alice.evaluate("JSON.parse(JSON.stringify(inspector.snapshot()))")
    assert [document["format"], document["version"]] == ["hairpin-inspector", 1]
    (remote,) = document["remotes"]
    assert (remote["name"], remote["verdict"]) == ("bob", "direct")
    kinds = [event["kind"] for event in remote["events"]]
    assert {"state", "ice", "ours", "theirs", "pair", "path"} <= set(kinds)
    assert sorted(times := [event["at_s"] for event in remote["events"]]) == times
    assert max(sample["bits_in"] or 0 for sample in remote["samples"]) > 0

    await bob.evaluate("room.leave()")
    await until(
        alice, "!document.querySelector('.remote') && !document.querySelector('.alone').hidden"
    )
    await alice.evaluate("inspector.close(), 0")
    assert await alice.evaluate("document.getElementById('here').childElementCount") == 0


async def test_a_relayed_call_names_the_server_and_how_it_is_reached(stage: Stage) -> None:
    rtc = {"iceTransportPolicy": "relay"}
    alice, _bob = await stage.open("alice", rtc=rtc), await stage.open("bob", rtc=rtc)
    said = await until(alice, f"{card('relayed')}?.innerText")
    assert stage.running.turn_url.partition("?")[0] in said
    assert "reached over UDP" in said
    assert "relays only" in said
    await plotted(alice)


async def test_who_is_alone_is_told_so_and_one_stun_address_tells_no_mapping(
    stage: Stage,
) -> None:
    alone = await stage.open("alice", media=False)
    await until(alone, "document.querySelector('.network').dataset.mapping === 'unknown'")
    await until(alone, "document.querySelector('.alone').hidden === false")
