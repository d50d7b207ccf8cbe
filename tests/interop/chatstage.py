"""What `hairpin up` serves, with the video chat in Chromium: pages, members, and what is to be seen of a picture."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from hairpin.pages.site import site
from hairpin.services import Running, Services, serve
from relay import PeerPolicy, Reach
from tests.interop.browsing import Browser, Page, press, type_into, until
from tests.interop.chromium import browse_here

PATIENCE = 90.0
#: Few pictures a second, since each is encoded once for each other member.
CAMERA = ("--use-fake-device-for-media-stream=fps=5", "--use-fake-ui-for-media-stream")
SCREEN = ("--auto-select-desktop-capture-source=Entire screen",)
NO_DEVICES = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotFoundError'))"
_LOOPBACK = ("127.0.0.1", 0)
_PROBE = """
window.probe = {
  tiles: () => [...document.querySelectorAll(".tile:not(.own)")],
  tile: (name) => probe.tiles().find((each) => each.querySelector(".name").textContent === name),
  pixels: (tile) => {
    const canvas = new OffscreenCanvas(32, 24).getContext("2d");
    canvas.drawImage(tile.querySelector("video"), 0, 0, 32, 24);
    return [...canvas.getImageData(0, 0, 32, 24).data];
  },
  remotes: () => [...(hairpin.mesh()?.remotes.values() ?? [])],
  decoded: async () => {
    const all = [];
    for (const { pc } of probe.remotes()) {
      let frames = 0;
      (await pc.getStats()).forEach((one) => one.type === "inbound-rtp" && one.kind === "video" && (frames += one.framesDecoded ?? 0));
      all.push(frames);
    }
    return all;
  },
  text: (id) => document.getElementById(id)?.textContent ?? "",
}, 0
"""


async def sees(page: Page, others: int) -> None:
    """Wait until the pictures of so many others move: frames are decoded, and their pixels change."""
    await until(
        page, f"probe.decoded().then((all) => all.length === {others} && all.every((n) => n > 2))"
    )
    await page.evaluate("probe.before = probe.tiles().map(probe.pixels), 0")
    changed = "probe.pixels(tile).some((value, i) => Math.abs(value - probe.before[n][i]) > 30)"
    await until(page, f"probe.tiles().length === {others}")
    await until(page, f"probe.tiles().every((tile, n) => {changed})")


class Stage:
    """The services, and a browser whose pages enter rooms."""

    def __init__(self, running: Running, browser: Browser, pages: list[Page] | None = None) -> None:
        self.running = running
        self.browser = browser
        self.pages: list[Page] = [] if pages is None else pages
        #: What pages may complain about when a test takes the server from them.
        self.tolerated = ""

    async def open(self, query: str = "", **device: Any) -> Page:
        """Open the lobby."""
        page = await self._blank(f"{self.running.page_url}{query}", device)
        await until(page, "globalThis.hairpin && !document.getElementById('lobby').hidden")
        await page.evaluate(_PROBE)
        return page

    async def open_broken(self, broken: str, query: str = "") -> Page:
        """Open the lobby in a browser that lacks something."""
        page = await self._blank("about:blank", {})
        await page.prepare(broken)
        await page.go(f"{self.running.page_url}{query}")
        await until(page, "globalThis.hairpin")
        await page.evaluate(_PROBE)
        return page

    async def unseen(self, name: str, query: str = "?room=blue", **device: Any) -> Page:
        """Join without camera and microphone, which costs little."""
        page = await self.open_broken(NO_DEVICES, query)
        await page.resize(**({"width": 1000, "height": 700} | device))
        return await self._join(page, name)

    async def _blank(self, url: str, device: dict[str, Any]) -> Page:
        page = await self.browser.open("about:blank")
        await page.resize(**({"width": 1000, "height": 700} | device))  # before it is under way
        await page.go(url)
        self.pages.append(page)
        return page

    async def enter(self, name: str, query: str = "?room=blue", **device: Any) -> Page:
        """Open the lobby, wait for the own picture, and join."""
        page = await self.open(query, **device)
        await until(page, "document.getElementById('preview').videoWidth > 0")
        return await self._join(page, name)

    async def _join(self, page: Page, name: str) -> Page:
        await page.evaluate("document.getElementById('name').value = '', 0")
        await type_into(page, "#name", name)
        await press(page, "#join")
        await until(page, "!document.getElementById('call').hidden")
        return page

    def beside(self, browser: Browser) -> "Stage":
        """The same services, with the pages of another browser."""
        return Stage(self.running, browser, self.pages)


def chromium(*flags: str) -> Callable[[Path], AbstractAsyncContextManager[Browser]]:
    """Chromium with a camera, or with other flags."""
    return lambda profile: browse_here(profile, *(flags or (*CAMERA, *SCREEN)))


@contextlib.asynccontextmanager
async def staged(
    profile: Path,
    *flags: str,
    start: Callable[[Path], AbstractAsyncContextManager[Browser]] | None = None,
    signaling_port: int = 0,
    services: Services | None = None,
    seconds: float = 2 * PATIENCE,
) -> AsyncIterator[Stage]:
    """Serve, browse, and hold at the end that no page has complained."""
    services = services or Services(
        signaling_address=("127.0.0.1", signaling_port),
        relay_address=_LOOPBACK,
        secret="s",
        peers=PeerPolicy(reach=Reach.LOCAL),
        pages=site(),
    )
    async with (
        asyncio.timeout(seconds),
        serve(services) as running,
        (start or chromium(*flags))(profile) as browser,
    ):
        made = Stage(running, browser)
        yield made
        for page in made.pages:
            with contextlib.suppress(AssertionError):
                await page.evaluate("0")
        said = [each for page in made.pages for each in page.complaints]
        assert [each for each in said if not (made.tolerated and made.tolerated in each)] == []
